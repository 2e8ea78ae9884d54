package apportion.spark.evaluate;

import apportion.data.corpus.RecordFormat;
import java.util.List;
import java.util.Locale;
import java.util.Optional;

/**
 * The section {@code evaluate}.
 *
 * @param checkpoint directory of a checkpoint, or of a run
 * @param dataset whose validation split is measured
 * @param text or texts: paths, directories, globs
 * @param document what is one document of the text
 * @param stride tokens from one window to the next; the model's context if empty
 * @param batch windows computed at once
 */
public record EvaluateConfig(
        Optional<String> checkpoint,
        Optional<String> dataset,
        List<String> text,
        DocumentUnit document,
        Optional<Integer> stride,
        int batch) {

    /** What is one document of a text. */
    public enum DocumentUnit {
        FILE,
        LINE,
        BLOCK;

        RecordFormat format() {
            return switch (this) {
                case FILE -> new RecordFormat.WholeFile();
                case LINE -> new RecordFormat.Lines();
                case BLOCK -> new RecordFormat.Blocks();
            };
        }

        /** As messages name it. */
        public String label() {
            return name().toLowerCase(Locale.ROOT);
        }
    }

    public EvaluateConfig {
        text = List.copyOf(text);
        if (dataset.isPresent() != text.isEmpty()) {
            throw new IllegalArgumentException("dataset or text must say what to measure on, got "
                    + (text.isEmpty() ? "neither; use --dataset or --text" : "both; leave one of them out"));
        }
        if (dataset.isPresent() && stride.isPresent()) {
            throw new IllegalArgumentException(
                    "stride is for texts, as a dataset's rows are windows already; leave it out, or use --text");
        }
        if (checkpoint.isEmpty()) {
            throw new IllegalArgumentException("checkpoint must name what to measure; use --checkpoint");
        }
        if (batch < 1) {
            throw new IllegalArgumentException("batch must be at least 1, got " + batch);
        }
        stride.filter(value -> value < 1).ifPresent(value -> {
            throw new IllegalArgumentException("stride must be at least 1, got " + value);
        });
    }
}
