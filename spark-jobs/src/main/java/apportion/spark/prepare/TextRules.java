package apportion.spark.prepare;

import apportion.data.corpus.Cleaning;
import apportion.data.corpus.OnBadText;
import apportion.spark.conf.Settings;
import apportion.spark.failure.UserError;
import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.util.List;
import java.util.Optional;
import java.util.function.Supplier;

/**
 * What decides the text of a document once it is found: the settings of the section {@code data} that a model's
 * checkpoints carry, so that other texts are read as those were that it learned from.
 *
 * @param maxDocumentBytes a longer document is bad text
 */
public record TextRules(OnBadText onBadText, int maxDocumentBytes, DataConfig.Clean clean) {

    private static final ObjectMapper JSON = new ObjectMapper();
    private static final String SECTION = "data";
    private static final List<String> KEYS = List.of("clean", "max-document-bytes", "on-bad-text");

    /** Those of base.conf. */
    public static TextRules defaults() {
        return bound(Settings.load(Optional.empty(), List.of()));
    }

    /**
     * Those that a checkpoint carries; empty if it was imported, or written before checkpoints carried them.
     *
     * @param settings of the checkpoint
     */
    public static Optional<TextRules> stored(Settings settings) {
        return settings.isSet(SECTION + ".clean") ? Optional.of(bound(settings)) : Optional.empty();
    }

    private static TextRules bound(Settings settings) {
        Supplier<DataConfig.Clean> clean = settings.bind(SECTION + ".clean", DataConfig.Clean.class);
        Supplier<OnBadText> onBadText = settings.bind(SECTION + ".on-bad-text", OnBadText.class);
        Supplier<Integer> most = settings.bind(SECTION + ".max-document-bytes", Integer.class);
        return new TextRules(onBadText.get(), most.get(), clean.get());
    }

    /**
     * What of a dataset's settings a checkpoint carries.
     *
     * @param settings a manifest's: the section {@code data} as JSON
     * @return an object with some of the keys; empty if the dataset was not prepared from texts
     */
    public static ObjectNode carried(String settings) {
        ObjectNode carried = JSON.createObjectNode();
        try {
            JsonNode data = JSON.readTree(settings);
            KEYS.stream().filter(data::has).forEach(key -> carried.set(key, data.get(key)));
            return carried;
        } catch (JsonProcessingException e) {
            throw new UserError(
                    "the settings in the dataset's manifest are not JSON (" + e.getOriginalMessage()
                            + "); run prepare again",
                    e);
        }
    }

    /** A text to go on from, spelled as the model's texts are; spaces at its ends are the user's own. */
    public String prompt(String text) {
        Cleaning cleaning = clean.cleaning();
        return new Cleaning(cleaning.normalize(), cleaning.removeControls(), false).clean(text);
    }

    /** These, but for what is given. */
    public TextRules with(Optional<OnBadText> otherOnBadText, Optional<Integer> otherMaxDocumentBytes) {
        return new TextRules(otherOnBadText.orElse(onBadText), otherMaxDocumentBytes.orElse(maxDocumentBytes), clean);
    }
}
