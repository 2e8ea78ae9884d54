package apportion.spark.compute;

import apportion.model.compute.Backend;
import apportion.model.compute.Backends;
import apportion.model.compute.Precision;
import apportion.spark.failure.UserError;
import java.io.Serializable;

/**
 * How a run or a model computes.
 *
 * @param backend which implementation of the Transformer's operations
 * @param precision of parameters and arithmetic
 * @param threads of one task
 */
public record ComputeConfig(Backends.Kind backend, Precision precision, int threads) implements Serializable {

    public ComputeConfig {
        checkThreads(threads);
        Backends.check(backend, precision);
    }

    static void checkThreads(int threads) {
        if (threads < 1) {
            throw new IllegalArgumentException("threads must be at least 1, got " + threads);
        }
    }

    /**
     * The same with {@code auto} decided: on the driver, for all tasks of a run, as results depend on the backend.
     *
     * @throws UserError if no backend has the precision here
     */
    public ComputeConfig resolved() {
        try {
            return new ComputeConfig(Backends.resolve(backend, precision), precision, threads);
        } catch (IllegalArgumentException e) {
            throw new UserError("compute: " + e.getMessage(), e);
        }
    }

    /** The same for using a model where it was not trained: with a backend that loads there. */
    public ComputeConfig elsewhere() {
        return backend == Backends.Kind.ONEDNN
                ? new ComputeConfig(Backends.Kind.AUTO, precision, threads).resolved()
                : resolved();
    }

    /** A backend for the thread that asks. */
    public Backend open() {
        return Backends.open(backend, precision, threads);
    }
}
