package apportion.spark.experiment.compression;

import apportion.spark.compress.CompressConfig.Method;
import apportion.spark.page.Numbers;
import apportion.spark.statistics.Estimate;
import java.util.Optional;

/** How this experiment writes things. */
final class Words {

    static final int DECIMALS = 4;

    private Words() {}

    /** What the short names of methods mean, for those who see a figure or a table. */
    static final String METHODS =
            "Weights: truncated SVD of a head\u2019s matrices. Data: the same, best for what the head"
                    + " sees of the training split. Drawn: initial weights.";

    static String of(Method method) {
        return switch (method) {
            case WEIGHTS -> "weights";
            case DATA -> "data";
            case RANDOM -> "drawn";
        };
    }

    /** Such as {@code one head, weights}. */
    static String of(String student, Method method) {
        return student + ", " + of(method);
    }

    static String nats(double value) {
        String text = Numbers.fixed(value, DECIMALS);
        return value > 0 && !text.equals(Numbers.fixed(0, DECIMALS)) ? "+" + text : text;
    }

    /** Such as {@code +0.0123 (+0.0101 to +0.0145)}. */
    static String nats(Estimate estimate) {
        return nats(estimate.value())
                + estimate.interval()
                        .map(range -> " (" + nats(range.low()) + " to " + nats(range.high()) + ")")
                        .orElse("");
    }

    static String orDash(Optional<Estimate> estimate) {
        return estimate.map(Words::nats).orElse("\u2013");
    }
}
