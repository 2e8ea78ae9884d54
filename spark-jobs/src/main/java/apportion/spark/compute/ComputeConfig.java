package apportion.spark.compute;

import apportion.model.compute.Backend;
import apportion.model.compute.Precision;
import apportion.model.compute.nd4j.Nd4jBackend;
import java.io.Serializable;

/**
 * The section {@code compute}.
 *
 * @param backend which implementation of the Transformer's operations
 * @param precision of parameters and arithmetic
 * @param threads of one task
 */
public record ComputeConfig(Kind backend, Precision precision, int threads) implements Serializable {

    /** The backends there are. */
    public enum Kind {
        /** ND4J's own operations: portable. */
        ND4J
    }

    public ComputeConfig {
        if (threads < 1) {
            throw new IllegalArgumentException("threads must be at least 1, got " + threads);
        }
    }

    /** A backend for the thread that asks. */
    public Backend open() {
        return switch (backend) {
            case ND4J -> new Nd4jBackend(precision);
        };
    }
}
