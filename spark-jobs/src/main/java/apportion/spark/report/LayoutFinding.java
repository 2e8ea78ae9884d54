package apportion.spark.report;

import apportion.spark.statistics.Estimate;
import java.util.List;

/**
 * What the finished trials of one layout show.
 *
 * @param trials finished ones, by seed
 * @param loss mean over seeds, with its interval for other seeds and documents
 * @param toBest loss minus that of the best layout; intervals of all pairs hold at once
 * @param againstAll loss minus the mean of all layouts
 * @param standing beside the best layout
 */
record LayoutFinding(
        Layout layout,
        List<TrialFinding> trials,
        Estimate loss,
        Estimate toBest,
        Estimate againstAll,
        Standing standing) {

    /** Where a layout stands beside the best. */
    enum Standing {
        BEST,
        /** The interval of the difference holds 0. */
        NOT_TOLD_APART,
        WORSE,
        /** No interval, or one that leaves out the luck of the seed. */
        UNKNOWN
    }

    /** A finished trial; the interval of its loss is over documents alone. */
    record TrialFinding(TrialResult result, Outcome.Validation validation, Estimate loss) {}

    double perplexity() {
        return Math.exp(loss.value());
    }

    double bitsPerByte() {
        Outcome.Validation validation = trials.get(0).validation();
        return loss.value() / Math.log(2) * validation.tokens() / validation.bytes();
    }

    long parameters() {
        return trials.get(0).result().cost().parameters();
    }

    long forwardFlops() {
        return trials.get(0).result().cost().forwardFlops();
    }

    long keyValueBytes() {
        return trials.get(0).result().cost().keyValueBytes();
    }

    double tokensPerSecond() {
        return trials.stream()
                .mapToDouble(trial -> trial.result().cost().tokensPerSecond())
                .average()
                .orElse(0);
    }

    double seconds() {
        return trials.stream()
                .mapToDouble(trial -> trial.result().cost().seconds())
                .average()
                .orElse(0);
    }
}
