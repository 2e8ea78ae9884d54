package apportion.model.compute.nd4j;

import java.util.Map;
import java.util.Optional;
import java.util.concurrent.ConcurrentHashMap;
import org.jspecify.annotations.Nullable;
import org.nd4j.linalg.factory.Nd4j;

/**
 * ND4J on GPUs, which a build with the profile {@code cuda} has in the place of ND4J on CPUs.
 *
 * <p>A device has the number that CUDA gives it in this process.
 */
public final class Cuda {

    private static final boolean BUILT = find("org.nd4j.linalg.jcublas.JCublasBackend");
    private static final String REMEDY = ", or use backend onednn, which computes on the CPU";

    /** Answers by device: libraries that did not load say why only once. */
    private static final Map<Integer, Optional<String>> KNOWN = new ConcurrentHashMap<>();

    private Cuda() {}

    /** The cards that CUDA sees. */
    interface Cards {

        /**
         * How many there are; 0 also without a driver.
         *
         * @throws LinkageError if CUDA's libraries do not load
         */
        int count();

        ComputeCapability capability(int device);
    }

    /** Whether ND4J computes on GPUs in this build. */
    public static boolean isBuilt() {
        return BUILT;
    }

    private static boolean find(String name) {
        try {
            // Without loading CUDA, which a driver's host may not have.
            Class.forName(name, false, Cuda.class.getClassLoader());
            return true;
        } catch (ClassNotFoundException e) {
            return false;
        }
    }

    /**
     * Why ND4J cannot compute on a device; empty if it can. To be asked before ND4J is first used: its own loading
     * fails without a reason that a user could act on, and is not tried again in the same process.
     */
    public static Optional<String> obstacle(int device) {
        return KNOWN.computeIfAbsent(device, number -> obstacle(number, new CudaRuntime()));
    }

    static Optional<String> obstacle(int device, Cards cards) {
        int count;
        try {
            count = cards.count();
        } catch (LinkageError e) {
            return Optional.of("CUDA does not load here: " + innermost(e) + "; install NVIDIA's driver, which"
                    + " brings libcuda.so.1, and CUDA 11.6, and name its libraries' folder in LD_LIBRARY_PATH"
                    + REMEDY);
        }
        if (count == 0) {
            return Optional.of("CUDA finds no GPU here: there is none, its driver is older than CUDA 11.6 needs, or"
                    + " CUDA_VISIBLE_DEVICES hides it; see what nvidia-smi says" + REMEDY);
        }
        if (device >= count) {
            return Optional.of("there is no GPU " + device + ", as CUDA finds " + count
                    + " here, counted from 0; what names GPUs to Spark must see the same ones as its executors");
        }
        ComputeCapability capability = cards.capability(device);
        return capability.isSupported()
                ? Optional.empty()
                : Optional.of("GPU " + device + " has compute capability " + capability
                        + ", but ND4J for CUDA 11.6 has code for 3.7 to 8.9 alone; take another card" + REMEDY);
    }

    /** JavaCPP names the library that is missing in the innermost cause. */
    private static @Nullable String innermost(Throwable error) {
        Throwable cause = error;
        while (cause.getCause() != null) {
            cause = cause.getCause();
        }
        return cause.getMessage();
    }

    /** Makes the calling thread compute on a device, until it is given another one. */
    static void use(int device) {
        Nd4j.getAffinityManager().unsafeSetDevice(device);
    }
}
