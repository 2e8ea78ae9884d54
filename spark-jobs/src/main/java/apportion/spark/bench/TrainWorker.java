package apportion.spark.bench;

import apportion.model.checkpoint.SafetensorsReader;
import apportion.model.compute.Backend;
import apportion.model.compute.Tensor;
import apportion.model.optim.Optimizer;
import apportion.model.optim.Schedule;
import apportion.model.transformer.Decoder;
import apportion.model.transformer.ParameterLayout;
import com.sun.management.ThreadMXBean;
import java.io.IOException;
import java.lang.management.ManagementFactory;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/** Our side of {@code bench train}, in a process of its own. */
final class TrainWorker {

    private static final double PRODUCT_SECONDS = 0.2;
    private static final int TIMED_STEPS = 3;

    private final Path folder;
    private final TrainTask task;
    private final TrainShape shape;
    private final Backend backend;

    private TrainWorker(Path folder, TrainTask task, Backend backend) {
        this.folder = folder;
        this.task = task;
        this.shape = task.shape();
        this.backend = backend;
    }

    /** Arguments: the folder of the task, where to write what was measured. */
    public static void main(String[] arguments) throws IOException {
        Path folder = Path.of(arguments[0]);
        TrainTask task = TrainTask.read(folder);
        try (Backend backend = task.compute().open()) {
            new TrainWorker(folder, task, backend).turn().write(Path.of(arguments[1]));
        }
    }

    private TrainTurn turn() throws IOException {
        int[][] batches = task.batches(folder);
        List<Double> losses = new ArrayList<>();
        List<Double> seconds = new ArrayList<>();
        long allocated = 0;
        try (Model model = new Model(backend)) {
            long end = System.nanoTime() + (long) (task.seconds() * 1e9);
            for (int step = 0; step < batches.length && (step < task.leastSteps() || System.nanoTime() < end); step++) {
                long before = allocatedBytes();
                long start = System.nanoTime();
                losses.add(model.step(batches[step], step + 1));
                seconds.add((System.nanoTime() - start) / 1e9);
                allocated = allocatedBytes() - before;
            }
        }
        // Read before the products, whose factors may be larger than all that training needs.
        long resident = peakResidentBytes();
        return new TrainTurn(
                backend.name(),
                array(losses),
                array(seconds),
                resident,
                allocated,
                productFlopsPerSecond(),
                operationSeconds(batches));
    }

    /** Timed in steps of their own, as timing each operation costs time. */
    private Map<String, Double> operationSeconds(int[][] batches) throws IOException {
        OperationTimes times = new OperationTimes();
        try (Model model = new Model(times.of(backend))) {
            for (int step = 0; step < 2 * TIMED_STEPS; step++) {
                if (step == TIMED_STEPS) {
                    times.restart();
                }
                model.step(batches[step], step + 1);
            }
        }
        return times.secondsPerStep(TIMED_STEPS);
    }

    /** The model at the start of training. */
    private final class Model implements AutoCloseable {

        private final Backend on;
        private final Tensor values;
        private final Tensor gradients;
        private final Decoder decoder;
        private final Optimizer optimizer;

        Model(Backend on) throws IOException {
            ParameterLayout layout = ParameterLayout.of(shape.model());
            this.on = on;
            this.values = on.allocate(1, layout.size());
            this.gradients = on.allocate(1, layout.size());
            this.decoder = new Decoder(shape.model(), on, values, gradients);
            this.optimizer = new Optimizer(
                    on,
                    task.optimizer(),
                    new Schedule.Constant(0),
                    shape.turn(),
                    task.clip(),
                    layout.weights(),
                    values,
                    gradients);
            on.write(weights(layout), values);
        }

        /** Mean loss of a batch, before the update that it makes. */
        double step(int[] batch, int number) {
            int time = shape.context();
            int[] inputs = new int[shape.tokens()];
            int[] targets = new int[shape.tokens()];
            for (int s = 0; s < shape.batch(); s++) {
                System.arraycopy(batch, s * (time + 1), inputs, s * time, time);
                System.arraycopy(batch, s * (time + 1) + 1, targets, s * time, time);
            }
            on.clear(gradients);
            double loss = decoder.accumulate(inputs, targets, time, 1.0 / inputs.length, 0) / inputs.length;
            optimizer.step(number);
            return loss;
        }

        @Override
        public void close() {
            optimizer.close();
            decoder.close();
            values.close();
            gradients.close();
        }
    }

    private static double[] array(List<Double> numbers) {
        return numbers.stream().mapToDouble(Double::doubleValue).toArray();
    }

    private float[] weights(ParameterLayout layout) throws IOException {
        Path file = folder.resolve("weights.safetensors");
        float[] weights = new float[Math.toIntExact(layout.size())];
        try (SafetensorsReader reader =
                SafetensorsReader.of(file.toString(), Files.size(file), Files.newInputStream(file))) {
            reader.read(weights, 0, weights.length);
        }
        return weights;
    }

    /** Of all threads, since a backend may compute on several. */
    private static long allocatedBytes() {
        ThreadMXBean threads = (ThreadMXBean) ManagementFactory.getThreadMXBean();
        return Arrays.stream(threads.getThreadAllocatedBytes(threads.getAllThreadIds()))
                .sum();
    }

    private static long peakResidentBytes() throws IOException {
        return Files.readAllLines(Path.of("/proc/self/status")).stream()
                .filter(line -> line.startsWith("VmHWM:"))
                .mapToLong(line -> Long.parseLong(line.replaceAll("\\D", "")) * 1024)
                .findFirst()
                .orElseThrow();
    }

    private double productFlopsPerSecond() {
        double best = 0;
        for (int[] sizes : task.products()) {
            try (Tensor x = backend.allocate(sizes[0], sizes[1]);
                    Tensor weight = backend.allocate(sizes[2], sizes[1]);
                    Tensor out = backend.allocate(sizes[0], sizes[2])) {
                fill(x);
                fill(weight);
                long end = System.nanoTime() + (long) (PRODUCT_SECONDS * 1e9);
                while (System.nanoTime() < end) {
                    long start = System.nanoTime();
                    backend.linear(x, weight, Optional.empty(), out);
                    best = Math.max(best, 2e9 * sizes[0] * sizes[1] * sizes[2] / (System.nanoTime() - start));
                }
            }
        }
        return best;
    }

    private void fill(Tensor x) {
        float[] numbers = new float[Math.toIntExact(x.size())];
        for (int i = 0; i < numbers.length; i++) {
            numbers[i] = (float) Math.sin(i);
        }
        backend.write(numbers, x);
    }
}
