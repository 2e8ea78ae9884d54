package apportion.spark.bench;

import apportion.model.checkpoint.Dtype;
import apportion.model.checkpoint.SafetensorsWriter;
import apportion.model.checkpoint.TensorSpec;
import apportion.model.optim.AdamWConfig;
import apportion.model.transformer.ParameterLayout;
import apportion.spark.compute.ComputeConfig;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.BufferedOutputStream;
import java.io.DataOutputStream;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.IntBuffer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Random;

/**
 * What both sides of {@code bench train} do, in a folder of three files: {@code task.json}, which is this record;
 * {@code weights.safetensors}, the initial weights; {@code tokens.bin}, the batches.
 *
 * <p>A turn ends with the last batch, or where its time is over and enough was measured.
 *
 * @param compute how we compute
 * @param leastSteps of a turn
 * @param seconds after which a turn ends that has so many
 * @param normEpsilon of a layer norm
 * @param clip largest norm of the whole gradient
 * @param products sizes {@code [n, i, o]} of {@code x [n, i] W [o, i]^T}, on which the rate of products is measured
 */
record TrainTask(
        TrainShape shape,
        ComputeConfig compute,
        int leastSteps,
        double seconds,
        double normEpsilon,
        AdamWConfig optimizer,
        double clip,
        List<int[]> products) {

    private static final ObjectMapper MAPPER = new ObjectMapper();
    private static final int SEED = 1;
    private static final int LEAST_MEASURED = 3;
    private static final double SECONDS = 20;

    /** One token in so many does not follow from the one before it. */
    private static final int SURPRISE = 4;

    static TrainTask of(TrainShape shape, ComputeConfig compute) {
        return new TrainTask(
                shape,
                compute,
                shape.warmUp() + LEAST_MEASURED,
                SECONDS,
                TrainShape.NORM_EPSILON,
                new AdamWConfig(1e-3, 0.9, 0.99, 1e-8, 0.1),
                1.0,
                List.of(
                        new int[] {2048, 256, 1024},
                        new int[] {2048, 1024, 256},
                        new int[] {2048, 512, 2048},
                        new int[] {2048, 512, 8192},
                        new int[] {2048, 2048, 2048}));
    }

    static TrainTask read(Path folder) throws IOException {
        return MAPPER.readValue(folder.resolve("task.json").toFile(), TrainTask.class);
    }

    void write(Path folder) throws IOException {
        MAPPER.writeValue(folder.resolve("task.json").toFile(), this);
        writeWeights(folder.resolve("weights.safetensors"));
        writeTokens(folder.resolve("tokens.bin"));
    }

    private void writeWeights(Path file) throws IOException {
        ParameterLayout layout = ParameterLayout.of(shape.model());
        List<TensorSpec> tensors = layout.slices().stream()
                .map(slice -> slice.decays()
                        ? TensorSpec.of(slice.name(), Dtype.F32, slice.rows(), slice.columns())
                        : TensorSpec.of(slice.name(), Dtype.F32, slice.columns()))
                .toList();
        try (SafetensorsWriter writer =
                new SafetensorsWriter(new BufferedOutputStream(Files.newOutputStream(file)), tensors, Map.of())) {
            writer.write(layout.initialize(SEED));
        }
    }

    /**
     * Big-endian integers: step after step, sequence after sequence, T + 1 tokens each. Three tokens in four are an
     * affine function of the one before, which a model learns quickly, so the loss falls from the first steps on.
     */
    private void writeTokens(Path file) throws IOException {
        Random random = new Random(SEED);
        try (DataOutputStream out = new DataOutputStream(new BufferedOutputStream(Files.newOutputStream(file)))) {
            int token = 0;
            for (int i = 0; i < shape.turn() * batchLength(); i++) {
                boolean surprise = random.nextInt(SURPRISE) == 0;
                token = surprise ? random.nextInt(shape.vocabulary()) : (5 * token + 7) % shape.vocabulary();
                out.writeInt(token);
            }
        }
    }

    private int batchLength() {
        return shape.batch() * (shape.context() + 1);
    }

    /** The tokens of each step. */
    int[][] batches(Path folder) throws IOException {
        IntBuffer tokens = ByteBuffer.wrap(Files.readAllBytes(folder.resolve("tokens.bin")))
                .asIntBuffer();
        int[][] batches = new int[shape.turn()][batchLength()];
        for (int[] batch : batches) {
            tokens.get(batch);
        }
        return batches;
    }
}
