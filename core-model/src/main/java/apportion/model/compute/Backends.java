package apportion.model.compute;

import apportion.model.compute.nd4j.Nd4jBackend;
import apportion.model.compute.onednn.OneDnnBackend;
import java.util.Optional;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** The backends that there are, and which one a configuration means. */
public final class Backends {

    private static final Logger LOG = LoggerFactory.getLogger(Backends.class);

    /** What a configuration may ask for. */
    public enum Kind {
        /** The fastest that runs here. */
        AUTO,
        /** oneDNN on the CPU: single precision and bfloat16. */
        ONEDNN,
        /** ND4J's own operations: portable, single and double precision. */
        ND4J
    }

    private Backends() {}

    /**
     * Refuses what no machine could do.
     *
     * @throws IllegalArgumentException if the backend has no such precision
     */
    public static void check(Kind kind, Precision precision) {
        if (kind == Kind.ONEDNN && precision == Precision.DOUBLE) {
            throw new IllegalArgumentException("backend onednn has no precision double; use nd4j or auto for it");
        }
        if (kind == Kind.ND4J && precision == Precision.BFLOAT16) {
            throw new IllegalArgumentException("backend nd4j has no precision bfloat16; use onednn for it");
        }
    }

    /**
     * The backend that {@code kind} stands for on this machine; logs why, if it is not the fast one.
     *
     * @throws IllegalArgumentException if none has this precision here
     */
    public static Kind resolve(Kind kind, Precision precision) {
        check(kind, precision);
        if (kind != Kind.AUTO) {
            return kind;
        }
        if (precision == Precision.DOUBLE) {
            return Kind.ND4J;
        }
        Optional<String> obstacle = OneDnnBackend.obstacle();
        if (obstacle.isEmpty()) {
            return Kind.ONEDNN;
        }
        if (precision == Precision.BFLOAT16) {
            throw new IllegalArgumentException(
                    "precision bfloat16 needs backend onednn, which does not load here: " + obstacle.get());
        }
        LOG.warn("backend=nd4j chosen=auto, which is slower: onednn does not load here: {}", obstacle.get());
        return Kind.ND4J;
    }

    /**
     * Opens a backend for the thread that asks.
     *
     * @param threads that compute; ND4J's are those that the process was started with
     * @throws IllegalArgumentException if the backend has no such precision here
     * @throws IllegalStateException if it does not load here
     */
    public static Backend open(Kind kind, Precision precision, int threads) {
        return switch (resolve(kind, precision)) {
            case ONEDNN -> {
                OneDnnBackend.obstacle().ifPresent(obstacle -> {
                    throw new IllegalStateException("backend onednn does not load here: " + obstacle
                            + "; use backend nd4j, which runs wherever ND4J does");
                });
                yield new OneDnnBackend(precision, threads);
            }
            case ND4J -> new Nd4jBackend(precision);
            case AUTO -> throw new IllegalStateException("auto stands for one of the others");
        };
    }
}
