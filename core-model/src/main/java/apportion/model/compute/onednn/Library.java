package apportion.model.compute.onednn;

import static org.bytedeco.dnnl.global.dnnl.dnnl_cpu;
import static org.bytedeco.dnnl.global.dnnl.dnnl_engine_create;
import static org.bytedeco.dnnl.global.dnnl.dnnl_get_effective_cpu_isa;

import org.bytedeco.dnnl.dnnl_engine;
import org.bytedeco.dnnl.global.dnnl;
import org.bytedeco.javacpp.Loader;
import org.bytedeco.javacpp.Pointer;
import org.bytedeco.openblas.presets.openblas_nolapack;

/** oneDNN in this process: its engine, and how its threads are kept from multiplying. */
final class Library {

    /** {@code dnnl_cpu_isa_avx512_core_bf16} and its successors all have this bit: products of bfloat16 numbers. */
    private static final int BFLOAT16_INSTRUCTIONS = 1 << 7;

    private static final class Holder {
        static final Library INSTANCE = new Library();
    }

    private final dnnl_engine engine = new dnnl_engine();
    private final SetThreads setThreads;

    /**
     * The library, loaded at the first call.
     *
     * @throws LinkageError if its native parts do not load here
     */
    static Library load() {
        return Holder.INSTANCE;
    }

    private Library() {
        Loader.load(dnnl.class);
        Pointer function = Loader.addressof("omp_set_num_threads");
        if (function == null || function.isNull()) {
            throw new UnsatisfiedLinkError("oneDNN came without the OpenMP that it needs");
        }
        setThreads = new SetThreads(function);
        check(dnnl_engine_create(engine, dnnl_cpu, 0), "an engine");
    }

    dnnl_engine engine() {
        return engine;
    }

    /** Whether this CPU multiplies bfloat16 numbers itself. */
    boolean multipliesBfloat16() {
        return (dnnl_get_effective_cpu_isa() & BFLOAT16_INSTRUCTIONS) != 0;
    }

    /**
     * Makes oneDNN run what the calling thread asks for in that thread alone, now and later. OpenMP's thread count is a
     * thread's own setting, and oneDNN has no other switch.
     */
    void keepToThisThread() {
        setThreads.call(1);
    }

    static void check(int status, String what) {
        if (status != 0) {
            throw new IllegalStateException("oneDNN refused " + what + " with status " + status);
        }
    }

    /** {@code omp_set_num_threads}, through the one class on the class path that can call such a function. */
    private static final class SetThreads extends openblas_nolapack.SetNumThreads {
        SetThreads(Pointer function) {
            super();
            put(function);
        }
    }
}
