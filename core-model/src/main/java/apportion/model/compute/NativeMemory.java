package apportion.model.compute;

import java.lang.management.ManagementFactory;
import org.bytedeco.javacpp.Pointer;

/**
 * The tightest known limit on the memory of this process, in which tensors lie outside the Java heap.
 *
 * @param bytes largest sum
 * @param limit what sets it
 */
public record NativeMemory(long bytes, String limit) {

    /** The limit here; the machine's, or one that JavaCPP keeps for both backends. */
    public static NativeMemory ofThisProcess() {
        NativeMemory machine = machine();
        // JavaCPP's other limit, maxbytes, does not count the tensors of either backend.
        long process = Pointer.maxPhysicalBytes();
        return process > 0 && process < machine.bytes
                ? new NativeMemory(
                        process, "org.bytedeco.javacpp.maxphysicalbytes, which follows -Xmx unless it is set")
                : machine;
    }

    private static NativeMemory machine() {
        return ManagementFactory.getOperatingSystemMXBean() instanceof com.sun.management.OperatingSystemMXBean system
                ? new NativeMemory(
                        system.getTotalMemorySize() + system.getTotalSwapSpaceSize(),
                        "all memory of this machine or container")
                : new NativeMemory(Long.MAX_VALUE, "no limit is known");
    }
}
