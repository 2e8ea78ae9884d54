package apportion.model.compute;

import apportion.model.compute.nd4j.Cuda;
import apportion.model.compute.nd4j.Nd4jBackend;
import apportion.model.compute.onednn.OneDnnBackend;
import java.util.Locale;
import java.util.Optional;
import java.util.OptionalInt;
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
        /** ND4J's own operations: portable, single and double precision; on GPUs in a build for CUDA. */
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

    /** Whether a backend computes on a GPU in this build. */
    public static boolean needsGpu(Kind kind) {
        return kind == Kind.ND4J && Cuda.isBuilt();
    }

    /**
     * Why a backend cannot compute on a GPU of this machine; empty if it can.
     *
     * @param gpu its number, as CUDA counts them in this process
     */
    public static Optional<String> obstacle(Kind kind, int gpu) {
        return needsGpu(kind)
                ? Cuda.obstacle(gpu)
                : Optional.of("backend " + kind.name().toLowerCase(Locale.ROOT) + " computes on the CPU in this build");
    }

    /** Opens a backend for the thread that asks, on a CPU or on the first GPU. */
    public static Backend open(Kind kind, Precision precision, int threads) {
        return open(kind, precision, threads, OptionalInt.empty());
    }

    /**
     * Opens a backend for the thread that asks.
     *
     * @param threads that compute; ND4J's are those that the process was started with
     * @param gpu as CUDA counts them in this process; empty where the backend computes on the CPU
     * @throws IllegalArgumentException if the backend has no such precision here
     * @throws IllegalStateException if it does not load here, or not on this GPU
     */
    public static Backend open(Kind kind, Precision precision, int threads, OptionalInt gpu) {
        Kind resolved = resolve(kind, precision);
        gpu.ifPresent(number -> obstacle(resolved, number).ifPresent(obstacle -> {
            throw new IllegalStateException(obstacle);
        }));
        return switch (resolved) {
            case ONEDNN -> {
                OneDnnBackend.obstacle().ifPresent(obstacle -> {
                    throw new IllegalStateException("backend onednn does not load here: " + obstacle
                            + "; use backend nd4j, which runs wherever ND4J does");
                });
                yield new OneDnnBackend(precision, threads);
            }
            case ND4J -> new Nd4jBackend(precision, gpu);
            case AUTO -> throw new IllegalStateException("auto stands for one of the others");
        };
    }
}
