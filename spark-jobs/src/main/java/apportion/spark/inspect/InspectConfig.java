package apportion.spark.inspect;

import java.util.Optional;
import java.util.OptionalLong;

/**
 * The section {@code inspect}.
 *
 * @param checkpoint directory of a checkpoint, or of a run
 * @param dataset whose validation split is looked at
 * @param output directory of the page and of its numbers
 * @param sequences most that are used; empty for all
 * @param cut whether to measure the loss without each head
 * @param batch sequences computed at once
 */
public record InspectConfig(
        Optional<String> checkpoint,
        Optional<String> dataset,
        Optional<String> output,
        OptionalLong sequences,
        boolean cut,
        int batch) {

    public InspectConfig {
        if (checkpoint.isEmpty()) {
            throw new IllegalArgumentException("checkpoint must name what to look at; use --checkpoint");
        }
        if (dataset.isEmpty()) {
            throw new IllegalArgumentException("dataset must name what the model reads; use --data");
        }
        if (output.isEmpty()) {
            throw new IllegalArgumentException("output must name where the page will be; use --output");
        }
        if (sequences.isPresent() && sequences.getAsLong() < 1) {
            throw new IllegalArgumentException("sequences must be at least 1, got " + sequences.getAsLong());
        }
        if (batch < 1) {
            throw new IllegalArgumentException("batch must be at least 1, got " + batch);
        }
    }
}
