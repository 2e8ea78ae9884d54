package apportion.model.compute.nd4j;

import java.lang.reflect.InvocationTargetException;

/**
 * CUDA's own answers about its cards. By reflection, as the classes that ask CUDA are on the class path of a build with
 * the profile {@code cuda} alone.
 */
final class CudaRuntime implements Cuda.Cards {

    private static final String CLASS = "org.bytedeco.cuda.global.cudart";

    /** {@code cudaDevAttrComputeCapabilityMajor} and {@code Minor}. */
    private static final int MAJOR = 75;

    private static final int MINOR = 76;

    @Override
    public int count() {
        int[] count = new int[1];
        // Without a driver its status is an error, and the count stays 0.
        call("cudaGetDeviceCount", new Class<?>[] {int[].class}, count);
        return count[0];
    }

    @Override
    public ComputeCapability capability(int device) {
        return new ComputeCapability(attribute(MAJOR, device), attribute(MINOR, device));
    }

    private static int attribute(int attribute, int device) {
        int[] value = new int[1];
        int status = call(
                "cudaDeviceGetAttribute", new Class<?>[] {int[].class, int.class, int.class}, value, attribute, device);
        if (status != 0) {
            throw new IllegalStateException("CUDA answered with status " + status + " when asked for attribute "
                    + attribute + " of GPU " + device);
        }
        return value[0];
    }

    private static int call(String function, Class<?>[] types, Object... arguments) {
        try {
            return (int) Class.forName(CLASS).getMethod(function, types).invoke(null, arguments);
        } catch (InvocationTargetException e) {
            if (e.getCause() instanceof LinkageError missing) {
                throw missing;
            }
            throw new IllegalStateException(function + " failed", e.getCause());
        } catch (ReflectiveOperationException e) {
            throw new IllegalStateException(function + " of " + CLASS + " is not there", e);
        }
    }
}
