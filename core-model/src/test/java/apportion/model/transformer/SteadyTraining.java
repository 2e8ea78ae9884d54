package apportion.model.transformer;

import apportion.model.compute.Backend;
import apportion.model.compute.Backends;
import apportion.model.compute.Precision;
import apportion.model.compute.Tensor;
import apportion.model.config.Experts;
import apportion.model.config.ModelConfig;
import apportion.model.config.Positions;
import apportion.model.optim.AdamWConfig;
import apportion.model.optim.Optimizer;
import apportion.model.optim.Schedule;
import com.sun.management.ThreadMXBean;
import java.io.IOException;
import java.lang.management.ManagementFactory;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.Random;
import org.bytedeco.javacpp.Pointer;

/** Trains for a while in a process of its own and says how its memory has grown. */
final class SteadyTraining {

    private SteadyTraining() {}

    /**
     * Arguments: the backend, steps before the first look, steps in all. Prints the growth of the process's own memory
     * and of that which JavaCPP knows of, then what a step allocates on the Java heap, all in bytes.
     */
    public static void main(String[] arguments) throws IOException {
        int warmUp = Integer.parseInt(arguments[1]);
        int steps = Integer.parseInt(arguments[2]);
        ModelConfig model = model();
        ParameterLayout layout = ParameterLayout.of(model);
        Random random = new Random(1);
        try (Backend backend = Backends.open(Backends.Kind.valueOf(arguments[0]), Precision.FLOAT, 2);
                Tensor values = backend.allocate(1, layout.size());
                Tensor gradients = backend.allocate(1, layout.size());
                Decoder decoder = new Decoder(model, backend, values, gradients, 1);
                Optimizer optimizer = new Optimizer(
                        backend,
                        new AdamWConfig(1e-3, 0.9, 0.99, 1e-8, 0.1),
                        new Schedule.Constant(0),
                        steps,
                        1,
                        layout.weights(),
                        values,
                        gradients)) {
            backend.write(layout.initialize(1), values);
            long resident = 0;
            long tracked = 0;
            long allocated = 0;
            for (int step = 1; step <= steps; step++) {
                // Every tenth batch is short, as at the end of an epoch.
                int sequences = step % 10 == 0 ? 1 : 3;
                int[] tokens = random.ints((long) sequences * model.context(), 0, model.vocabulary())
                        .toArray();
                backend.clear(gradients);
                decoder.accumulate(tokens, tokens, model.context(), 1.0 / tokens.length, step);
                optimizer.step(step);
                if (step == warmUp) {
                    resident = residentBytes();
                    tracked = Pointer.totalBytes();
                    allocated = allocatedBytes();
                }
            }
            long garbage = (allocatedBytes() - allocated) / (steps - warmUp);
            System.out.println((residentBytes() - resident) + " " + (Pointer.totalBytes() - tracked) + " " + garbage);
        }
    }

    /** Small, with all that keeps something from pass to pass. */
    private static ModelConfig model() {
        return Models.with(draft -> {
            draft.context = 8;
            draft.dropout = 0.1;
            draft.positions = new Positions.Relative(5);
            draft.qkNorm = true;
            draft.experts = new Experts(2, 1, Experts.Gates.ALL, 0.01, new Experts.Weights.Own());
        });
    }

    /** Memory that belongs to no file. */
    private static long residentBytes() throws IOException {
        System.gc();
        return Files.readAllLines(Path.of("/proc/self/status")).stream()
                .filter(line -> line.startsWith("RssAnon:"))
                .mapToLong(line -> Long.parseLong(line.replaceAll("\\D", "")) * 1024)
                .findFirst()
                .orElseThrow();
    }

    /** By all threads, since a backend may compute on several. */
    private static long allocatedBytes() {
        ThreadMXBean threads = (ThreadMXBean) ManagementFactory.getThreadMXBean();
        return Arrays.stream(threads.getThreadAllocatedBytes(threads.getAllThreadIds()))
                .sum();
    }
}
