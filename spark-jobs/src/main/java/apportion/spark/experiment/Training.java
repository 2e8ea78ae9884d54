package apportion.spark.experiment;

import java.util.List;
import java.util.OptionalInt;

/**
 * How each model of an experiment is trained: AdamW without decay, a cosine after a warm-up, clipped gradients.
 *
 * @param steps of the optimizer
 * @param batchSequences sequences of a step
 * @param sequences of the training set, from which batches are drawn with replacement; empty: every sequence is new
 * @param validationSequences that the error is measured on
 * @param learningRates at the schedule's peak; of several the best is chosen for each model, with a seed of its own
 * @param tuningSeed that seed
 * @param warmupSteps from zero to the peak
 * @param clip largest norm of the whole gradient
 */
public record Training(
        int steps,
        int batchSequences,
        OptionalInt sequences,
        int validationSequences,
        List<Double> learningRates,
        long tuningSeed,
        int warmupSteps,
        double clip) {

    public Training {
        learningRates = learningRates.stream().distinct().sorted().toList();
        positive(steps, "steps");
        positive(batchSequences, "batch-sequences");
        positive(validationSequences, "validation-sequences");
        sequences.ifPresent(count -> positive(count, "sequences"));
        if (learningRates.isEmpty() || learningRates.stream().anyMatch(rate -> !(rate > 0))) {
            throw new IllegalArgumentException(
                    "learning-rates must be one or more positive numbers, got " + learningRates);
        }
        if (warmupSteps < 0) {
            throw new IllegalArgumentException("warmup-steps must be at least 0, got " + warmupSteps);
        }
        if (!(clip > 0)) {
            throw new IllegalArgumentException("clip must be positive, got " + clip);
        }
    }

    private static void positive(int number, String name) {
        if (number < 1) {
            throw new IllegalArgumentException(name + " must be at least 1, got " + number);
        }
    }
}
