package apportion.model.compute.onednn;

import static org.bytedeco.dnnl.global.dnnl.DNNL_ARG_SCRATCHPAD;
import static org.bytedeco.dnnl.global.dnnl.dnnl_memory_create;
import static org.bytedeco.dnnl.global.dnnl.dnnl_memory_desc_clone;
import static org.bytedeco.dnnl.global.dnnl.dnnl_memory_desc_get_size;
import static org.bytedeco.dnnl.global.dnnl.dnnl_memory_destroy;
import static org.bytedeco.dnnl.global.dnnl.dnnl_memory_get_memory_desc;
import static org.bytedeco.dnnl.global.dnnl.dnnl_memory_set_data_handle;
import static org.bytedeco.dnnl.global.dnnl.dnnl_primitive_create;
import static org.bytedeco.dnnl.global.dnnl.dnnl_primitive_desc_destroy;
import static org.bytedeco.dnnl.global.dnnl.dnnl_primitive_desc_query_md;
import static org.bytedeco.dnnl.global.dnnl.dnnl_primitive_destroy;
import static org.bytedeco.dnnl.global.dnnl.dnnl_primitive_execute;
import static org.bytedeco.dnnl.global.dnnl.dnnl_query_exec_arg_md;

import java.util.Arrays;
import org.bytedeco.dnnl.dnnl_exec_arg_t;
import org.bytedeco.dnnl.dnnl_memory;
import org.bytedeco.dnnl.dnnl_memory_desc;
import org.bytedeco.dnnl.dnnl_primitive;
import org.bytedeco.dnnl.dnnl_primitive_desc;

/** One of oneDNN's operations for one shape, with its arguments set out once for each worker. */
final class Primitive implements AutoCloseable {

    private final dnnl_primitive handle = new dnnl_primitive();
    private final long scratchpadBytes;
    private final Call[] calls;

    /**
     * Makes the operation.
     *
     * @param descriptor taken over and destroyed
     * @param arguments oneDNN's numbers of the arguments, in the order in which {@link Call#at} counts them
     */
    Primitive(Library library, int workers, dnnl_primitive_desc descriptor, int... arguments) {
        Library.check(dnnl_primitive_create(handle, descriptor), "a primitive");
        int[] all = Arrays.copyOf(arguments, arguments.length + 1);
        all[arguments.length] = DNNL_ARG_SCRATCHPAD;
        dnnl_memory_desc[] shapes = new dnnl_memory_desc[all.length];
        for (int i = 0; i < all.length; i++) {
            shapes[i] = dnnl_primitive_desc_query_md(descriptor, dnnl_query_exec_arg_md, all[i]);
        }
        scratchpadBytes = dnnl_memory_desc_get_size(shapes[arguments.length]);
        calls = new Call[workers];
        for (int w = 0; w < workers; w++) {
            calls[w] = new Call(library, all, shapes);
        }
        Library.check(dnnl_primitive_desc_destroy(descriptor), "to forget a descriptor");
    }

    /** How an argument lies in memory, described anew for the caller, who destroys the description. */
    dnnl_memory_desc layout(int argument) {
        dnnl_memory_desc own = new dnnl_memory_desc();
        Library.check(dnnl_memory_get_memory_desc(calls[0].memories[argument], own), "a description");
        dnnl_memory_desc clone = new dnnl_memory_desc();
        Library.check(dnnl_memory_desc_clone(clone, own), "a description");
        return clone;
    }

    /** The operation with one worker's arguments. */
    Call on(Worker worker) {
        Call call = calls[worker.index()];
        call.worker = worker;
        return call;
    }

    @Override
    public void close() {
        for (Call call : calls) {
            call.close();
        }
        dnnl_primitive_destroy(handle);
    }

    /** The operation as one worker runs it. */
    final class Call {

        private final dnnl_exec_arg_t arguments;
        private final dnnl_memory[] memories;
        /** Where each argument lies as far as oneDNN knows. */
        private final long[] addresses;

        private Worker worker = Worker.NOBODY;

        private Call(Library library, int[] names, dnnl_memory_desc[] shapes) {
            arguments = new dnnl_exec_arg_t(names.length);
            memories = new dnnl_memory[names.length];
            addresses = new long[names.length];
            Cursor nothing = new Cursor();
            for (int i = 0; i < names.length; i++) {
                memories[i] = new dnnl_memory();
                Library.check(
                        dnnl_memory_create(memories[i], shapes[i], library.engine(), nothing.at(0)), "a memory object");
                arguments.position(i).arg(names[i]).memory(memories[i]);
            }
            arguments.position(0);
        }

        /** Says where an argument lies. */
        Call at(int argument, long address) {
            if (addresses[argument] != address) {
                Library.check(
                        dnnl_memory_set_data_handle(
                                memories[argument], worker.cursor().at(address)),
                        "an address");
                addresses[argument] = address;
            }
            return this;
        }

        /** Runs with the arguments' latest places. */
        void run() {
            if (scratchpadBytes > 0) {
                at(memories.length - 1, worker.scratchpad(scratchpadBytes));
            }
            Library.check(
                    dnnl_primitive_execute(handle, worker.stream(), memories.length, arguments), "to run a primitive");
        }

        void run(long a, long b) {
            at(0, a).at(1, b).run();
        }

        void run(long a, long b, long c) {
            at(0, a).at(1, b).at(2, c).run();
        }

        private void close() {
            for (dnnl_memory memory : memories) {
                dnnl_memory_destroy(memory);
            }
            arguments.close();
        }
    }
}
