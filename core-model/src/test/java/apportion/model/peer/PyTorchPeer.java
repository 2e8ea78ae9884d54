package apportion.model.peer;

import ai.djl.Device;
import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDList;
import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.types.Shape;
import ai.djl.pytorch.engine.PtNDManager;
import ai.djl.pytorch.jni.JniUtils;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.sun.management.ThreadMXBean;
import java.io.IOException;
import java.lang.management.ManagementFactory;
import java.nio.ByteBuffer;
import java.nio.IntBuffer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;

/**
 * The other side of {@code bench train}: PyTorch's own operations, called through DJL.
 *
 * <p>A whole step, with gradient and update, is one call of a script that libtorch runs, so that nothing crosses from
 * Java in between. It uses what PyTorch 2.7 has fused for processors: layer norm, GELU, cross-entropy,
 * {@code _fused_adamw_}, which takes the factor of clipping along, and {@code scaled_dot_product_attention}: with it a
 * step of the small shape took 620 ms of processor time on one thread, with softmax between two products 840, of the
 * narrow one 1070 and 1900. Products go to MKL, or to oneDNN where that is faster; see {@link Variant}. In 16 bits,
 * weights and moments stay 32 bits wide, and everything between them and the loss is bfloat16, even the norms and the
 * residual stream, which PyTorch's autocast would keep wide.
 */
final class PyTorchPeer {

    /** As {@code apportion.spark.bench.TrainTurn} reads it. */
    record Turn(
            String variant,
            double[] losses,
            double[] stepSeconds,
            long peakResidentBytes,
            long allocatedBytesPerStep,
            double productFlopsPerSecond,
            Map<String, Double> operationSeconds) {}

    private static final int TRIAL_STEPS = 4;
    private static final double PRODUCT_SECONDS = 0.2;
    private static final ObjectMapper MAPPER = new ObjectMapper();

    private final Path folder;
    private final JsonNode task;
    private final PtNDManager manager;
    private final long[][] batches;

    private PyTorchPeer(Path folder, PtNDManager manager) throws IOException {
        this.folder = folder;
        this.task = MAPPER.readTree(folder.resolve("task.json").toFile());
        this.manager = manager;
        this.batches = batches(folder.resolve("tokens.bin"), task);
    }

    /** Arguments: the folder of the task, {@code float} or {@code bfloat16}, where to write what was measured. */
    public static void main(String[] arguments) throws IOException {
        try (PtNDManager manager = (PtNDManager) NDManager.newBaseManager(Device.cpu(), "PyTorch")) {
            // DJL switches gradients off when it starts.
            JniUtils.setGradMode(true);
            Variant.Type precision = arguments[1].equals("float") ? Variant.Type.FLOAT : Variant.Type.BFLOAT16;
            Turn turn = new PyTorchPeer(Path.of(arguments[0]), manager).turn(precision);
            MAPPER.writeValue(Path.of(arguments[2]).toFile(), turn);
        }
    }

    private Turn turn(Variant.Type precision) throws IOException {
        List<Variant> variants = Variant.of(precision);
        Variant fastest = fastest(variants);
        Turn trained = train(fastest, batches.length);
        double product = 0;
        for (Variant variant : variants) {
            product = Math.max(product, productFlopsPerSecond(variant));
        }
        return new Turn(
                fastest.name(),
                trained.losses,
                trained.stepSeconds,
                trained.peakResidentBytes,
                trained.allocatedBytesPerStep,
                product,
                Map.of());
    }

    private Variant fastest(List<Variant> variants) throws IOException {
        Variant fastest = variants.get(0);
        double least = Double.POSITIVE_INFINITY;
        for (Variant variant : variants) {
            // The first step compiles what the others use.
            double seconds = Arrays.stream(train(variant, TRIAL_STEPS).stepSeconds)
                    .skip(1)
                    .min()
                    .orElseThrow();
            if (seconds < least) {
                least = seconds;
                fastest = variant;
            }
        }
        return fastest;
    }

    private Turn train(Variant variant, int most) throws IOException {
        int least = Math.min(most, task.get("leastSteps").asInt());
        List<Double> losses = new ArrayList<>();
        List<Double> seconds = new ArrayList<>();
        long allocated = 0;
        try (Training training = new Training(manager, task, folder.resolve("weights.safetensors"), variant)) {
            long end = System.nanoTime() + (long) (task.get("seconds").asDouble() * 1e9);
            for (int step = 0; step < most && (step < least || System.nanoTime() < end); step++) {
                long before = allocatedBytes();
                long start = System.nanoTime();
                losses.add(training.step(batches[step]));
                seconds.add((System.nanoTime() - start) / 1e9);
                allocated = allocatedBytes() - before;
            }
        }
        return new Turn(variant.name(), array(losses), array(seconds), peakResidentBytes(), allocated, 0, Map.of());
    }

    private static double[] array(List<Double> numbers) {
        return numbers.stream().mapToDouble(Double::doubleValue).toArray();
    }

    private static long allocatedBytes() {
        return ((ThreadMXBean) ManagementFactory.getThreadMXBean()).getCurrentThreadAllocatedBytes();
    }

    private static long peakResidentBytes() throws IOException {
        return Files.readAllLines(Path.of("/proc/self/status")).stream()
                .filter(line -> line.startsWith("VmHWM:"))
                .mapToLong(line -> Long.parseLong(line.replaceAll("\\D", "")) * 1024)
                .findFirst()
                .orElseThrow();
    }

    /** The fastest product of the task's list. */
    private double productFlopsPerSecond(Variant variant) throws IOException {
        double best = 0;
        try (Script script = new Script(manager, task, variant);
                NDManager products = manager.newSubManager()) {
            for (JsonNode sizes : task.get("products")) {
                int rows = sizes.get(0).asInt();
                int inputs = sizes.get(1).asInt();
                int outputs = sizes.get(2).asInt();
                // DJL cannot make bfloat16 itself.
                NDArray x = script.call("cast", new NDList(products.randomNormal(new Shape(1, rows, inputs))));
                NDArray weight = script.call("cast", new NDList(products.randomNormal(new Shape(outputs, inputs))));
                NDList factors = new NDList(x, weight);
                long end = System.nanoTime() + (long) (PRODUCT_SECONDS * 1e9);
                while (System.nanoTime() < end) {
                    long start = System.nanoTime();
                    script.call("product", factors).close();
                    best = Math.max(best, 2e9 * rows * inputs * outputs / (System.nanoTime() - start));
                }
                factors.close();
            }
        }
        return best;
    }

    /** The file holds big-endian integers: step after step, sequence after sequence, T + 1 tokens each. */
    private static long[][] batches(Path file, JsonNode task) throws IOException {
        JsonNode shape = task.get("shape");
        int length = shape.get("batch").asInt() * (shape.get("context").asInt() + 1);
        IntBuffer tokens = ByteBuffer.wrap(Files.readAllBytes(file)).asIntBuffer();
        int[] batch = new int[length];
        long[][] batches = new long[tokens.remaining() / length][];
        for (int step = 0; step < batches.length; step++) {
            tokens.get(batch);
            batches[step] = Arrays.stream(batch).asLongStream().toArray();
        }
        return batches;
    }
}
