package apportion.spark.prepare;

import apportion.data.pack.Split;
import apportion.data.pack.ValidationSplit;
import java.util.List;

/**
 * Which texts are kept from training.
 *
 * @param fraction of the documents, or of each document's tokens
 * @param corpus paths, directories or globs of a validation corpus; only with {@code by = corpus}
 */
public record ValidationConfig(By by, double fraction, List<String> corpus) {

    /** How they are chosen. */
    public enum By {
        DOCUMENT,
        TAIL,
        CORPUS
    }

    public ValidationConfig {
        corpus = List.copyOf(corpus);
        if (!(fraction > 0 && fraction < 1)) {
            throw new IllegalArgumentException("fraction must lie between 0 and 1, got " + fraction);
        }
        if ((by == By.CORPUS) == corpus.isEmpty()) {
            throw new IllegalArgumentException(
                    by == By.CORPUS
                            ? "corpus must name at least one file when by = corpus"
                            : "corpus must be empty unless by = corpus");
        }
    }

    /** How the main corpus is split. */
    ValidationSplit split(long seed) {
        return switch (by) {
            case DOCUMENT -> new ValidationSplit.ByDocument(fraction, seed);
            case TAIL -> new ValidationSplit.Tail(fraction);
            case CORPUS -> new ValidationSplit.All(Split.TRAIN);
        };
    }
}
