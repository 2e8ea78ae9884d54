package apportion.spark.prepare;

import apportion.data.corpus.Cleaning;
import apportion.data.corpus.LanguageFilter;
import apportion.data.corpus.OnBadText;
import apportion.data.pack.Layout;
import java.util.List;
import java.util.Optional;
import java.util.Set;

/**
 * The section {@code data}: which texts become which dataset.
 *
 * @param corpus paths, directories, globs, or {@code sample:europarl}
 * @param output directory of the dataset
 * @param maxDocumentBytes a longer record is refused, which bounds the memory of a task
 * @param languages ISO 639 codes of the languages to keep; empty keeps all
 * @param languageConfidence least probability of the best guess
 * @param sequence T: tokens that a row predicts
 * @param partSequences rows of a part
 * @param seed of the draw of validation documents
 */
public record DataConfig(
        List<String> corpus,
        String output,
        CorpusFormat format,
        OnBadText onBadText,
        int maxDocumentBytes,
        Clean clean,
        Deduplication deduplicate,
        List<String> languages,
        double languageConfidence,
        TokenizerConfig tokenizer,
        int sequence,
        ValidationConfig validation,
        int partSequences,
        long seed) {

    public DataConfig {
        corpus = List.copyOf(corpus);
        languages = List.copyOf(languages);
        if (corpus.isEmpty()) {
            throw new IllegalArgumentException("corpus is empty, but it must name at least one file or directory");
        }
        if (maxDocumentBytes < 1) {
            throw new IllegalArgumentException("max-document-bytes must be at least 1, got " + maxDocumentBytes);
        }
        if (sequence < 1) {
            throw new IllegalArgumentException("sequence must be at least 1, got " + sequence);
        }
        if (!(languageConfidence >= 0 && languageConfidence <= 1)) {
            throw new IllegalArgumentException("language-confidence must be from 0 to 1, got " + languageConfidence);
        }
        new Layout(sequence + 1, partSequences);
        if (!languages.isEmpty()) {
            new LanguageFilter(Set.copyOf(languages), languageConfidence);
        }
    }

    /** What becomes the same in texts that look the same. */
    public record Clean(Unicode unicode, Controls controlCharacters, boolean trim, int minimumCharacters) {

        public Clean {
            if (minimumCharacters < 1) {
                throw new IllegalArgumentException("minimum-characters must be at least 1, got " + minimumCharacters);
            }
        }

        Cleaning cleaning() {
            return new Cleaning(unicode == Unicode.NFC, controlCharacters == Controls.REMOVE, trim);
        }
    }

    /** Spelling of characters that have several. */
    public enum Unicode {
        NFC,
        NONE
    }

    /** What happens to control characters other than line feed and tab. */
    public enum Controls {
        REMOVE,
        KEEP
    }

    /** Which of several equal documents stay. */
    public enum Deduplication {
        /** The first in the order of files and offsets. */
        EXACT,
        NONE
    }

    TextRules texts() {
        return new TextRules(onBadText, maxDocumentBytes, clean);
    }

    Layout layout() {
        return new Layout(sequence + 1, partSequences);
    }

    Optional<LanguageFilter> languageFilter() {
        return languages.isEmpty()
                ? Optional.empty()
                : Optional.of(new LanguageFilter(Set.copyOf(languages), languageConfidence));
    }
}
