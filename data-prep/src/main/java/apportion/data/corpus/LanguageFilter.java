package apportion.data.corpus;

import java.io.IOException;
import java.io.InputStream;
import java.io.Serializable;
import java.io.UncheckedIOException;
import java.util.Locale;
import java.util.Set;
import java.util.TreeSet;
import java.util.stream.Collectors;
import opennlp.tools.langdetect.Language;
import opennlp.tools.langdetect.LanguageDetectorME;
import opennlp.tools.langdetect.LanguageDetectorModel;

/**
 * Keeps the texts of some languages, as OpenNLP's model of 103 languages sees them. A text too short to tell is not
 * kept.
 *
 * @param languages ISO 639 codes of two or three letters, such as en or eng
 * @param minimumConfidence the model's probability of its best guess must reach this
 */
public record LanguageFilter(Set<String> languages, double minimumConfidence) implements Serializable {

    /** The beginning tells the language; the rest would cost time in proportion. */
    private static final int LOOKED_AT = 1024;

    public LanguageFilter {
        languages = languages.stream().map(LanguageFilter::threeLetters).collect(Collectors.toUnmodifiableSet());
        if (languages.isEmpty()) {
            throw new IllegalArgumentException("languages is empty, but it must name at least one ISO 639-3 code");
        }
        if (!(minimumConfidence >= 0 && minimumConfidence <= 1)) {
            throw new IllegalArgumentException(
                    "minimum-confidence = " + minimumConfidence + ", but it must be from 0 to 1");
        }
        for (String language : languages) {
            if (!Model.KNOWN.contains(language)) {
                throw new IllegalArgumentException(
                        "language \"" + language + "\" is not known; it must be one of " + Model.KNOWN);
            }
        }
    }

    public boolean keeps(String text) {
        String head = text.length() <= LOOKED_AT ? text : text.substring(0, LOOKED_AT);
        Language best = Model.DETECTORS.get().predictLanguage(head);
        return languages.contains(best.getLang()) && best.getConfidence() >= minimumConfidence;
    }

    private static String threeLetters(String code) {
        return code.length() == 2 ? Locale.forLanguageTag(code).getISO3Language() : code;
    }

    /** Loaded once a JVM, when the first text is looked at. */
    private static final class Model {

        private static final LanguageDetectorModel MODEL = load();
        private static final ThreadLocal<LanguageDetectorME> DETECTORS =
                ThreadLocal.withInitial(() -> new LanguageDetectorME(MODEL));
        private static final Set<String> KNOWN =
                new TreeSet<>(Set.of(DETECTORS.get().getSupportedLanguages()));

        private static LanguageDetectorModel load() {
            try (InputStream in = LanguageFilter.class.getResourceAsStream("/langdetect-183.bin")) {
                if (in == null) {
                    throw new IllegalStateException(
                            "the class path lacks langdetect-183.bin of opennlp-models-langdetect");
                }
                return new LanguageDetectorModel(in);
            } catch (IOException e) {
                throw new UncheckedIOException("the language model cannot be read", e);
            }
        }
    }
}
