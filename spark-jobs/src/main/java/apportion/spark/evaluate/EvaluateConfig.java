package apportion.spark.evaluate;

import apportion.data.corpus.OnBadText;
import apportion.spark.prepare.CorpusFormat;
import java.util.List;
import java.util.Optional;

/**
 * The section {@code evaluate}.
 *
 * @param checkpoint directory of a checkpoint, or of a run
 * @param dataset whose validation split is measured
 * @param text or texts: paths, directories, globs
 * @param document what is one document of a plain text, where {@code format} does not say
 * @param format of the texts
 * @param onBadText what happens to bad text; as the checkpoint has it if empty
 * @param maxDocumentBytes longest document that is not bad text; as the checkpoint has it if empty
 * @param stride tokens from one window to the next; the model's context if empty
 * @param batch windows computed at once
 */
public record EvaluateConfig(
        Optional<String> checkpoint,
        Optional<String> dataset,
        List<String> text,
        CorpusFormat.TextDocument document,
        CorpusFormat format,
        Optional<OnBadText> onBadText,
        Optional<Integer> maxDocumentBytes,
        Optional<Integer> stride,
        int batch) {

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
        maxDocumentBytes.filter(value -> value < 1).ifPresent(value -> {
            throw new IllegalArgumentException("max-document-bytes must be at least 1, got " + value);
        });
        if (batch < 1) {
            throw new IllegalArgumentException("batch must be at least 1, got " + batch);
        }
        stride.filter(value -> value < 1).ifPresent(value -> {
            throw new IllegalArgumentException("stride must be at least 1, got " + value);
        });
    }
}
