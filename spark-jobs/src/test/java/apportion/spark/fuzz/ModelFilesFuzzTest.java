package apportion.spark.fuzz;

import static org.assertj.core.api.Assertions.assertThat;

import apportion.model.checkpoint.Checkpoint;
import apportion.model.checkpoint.CheckpointContents;
import apportion.model.checkpoint.CheckpointError;
import apportion.model.checkpoint.Checkpoints;
import apportion.model.checkpoint.Dtype;
import apportion.model.checkpoint.FlatVector;
import apportion.model.checkpoint.LocalStore;
import apportion.model.checkpoint.Parameters;
import apportion.model.checkpoint.Provenance;
import apportion.model.checkpoint.ReplicaState;
import apportion.model.checkpoint.SafetensorsFile;
import apportion.model.checkpoint.SafetensorsWriter;
import apportion.model.checkpoint.TensorSpec;
import apportion.model.checkpoint.TrainingState;
import apportion.model.huggingface.HuggingFace;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.MessageDigest;
import java.util.HexFormat;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Weights and checkpoints, which may come from anywhere. */
final class ModelFilesFuzzTest {

    private static final Path FIXTURES = Path.of("../core-model/src/test/resources/huggingface");
    private static final String MODEL = "model.safetensors";

    /** Types whose values are read. */
    private static final Set<Dtype> NUMBERS = Set.of(Dtype.F64, Dtype.F32, Dtype.F16, Dtype.BF16);

    /** Each reader of values has a buffer of 1 MiB. */
    private static final long BUFFERS = 64 << 20;

    @TempDir
    private Path folder;

    @Test
    void safetensors() throws IOException {
        byte[] half = Files.readAllBytes(FIXTURES.resolve("llama-bf16").resolve(MODEL));
        fuzz(
                        "safetensors",
                        List.of(small(), half),
                        List.of(
                                Mutation::bytes,
                                Mutation.safetensorsHeader(Mutation::bytes),
                                Mutation.safetensorsHeader(Mutation::text),
                                Mutation.safetensorsHeader(Mutation::json)))
                .read(bytes -> {
                    MemoryFiles files = new MemoryFiles("memory", Map.of(MODEL, bytes));
                    SafetensorsFile file = SafetensorsFile.open(files, "memory/" + MODEL);
                    for (TensorSpec tensor : file.tensors()) {
                        assertThat(tensor.sizeInBytes()).isBetween(0L, (long) bytes.length);
                        if (NUMBERS.contains(tensor.dtype())) {
                            file.doubles(tensor.name());
                        }
                    }
                });
    }

    private static Fuzz fuzz(String format, List<byte[]> files, List<Mutation> mutations) {
        return new Fuzz(format, List.of(CheckpointError.class), "memory", files, mutations, BUFFERS);
    }

    private static byte[] small() throws IOException {
        ByteArrayOutputStream out = new ByteArrayOutputStream();
        List<TensorSpec> tensors = List.of(
                TensorSpec.of("a", Dtype.F32, 2, 3),
                TensorSpec.of("b", Dtype.F64),
                TensorSpec.of("c", Dtype.F32, 0, 7));
        try (SafetensorsWriter writer = new SafetensorsWriter(out, tensors, Map.of("format", "pt"))) {
            writer.write(new float[] {1, 2, 3, 4, 5, 6});
            writer.write(new double[] {7});
        }
        return out.toByteArray();
    }

    @Test
    void huggingFaceConfigurations() throws IOException {
        String name = "config.json";
        MemoryFiles gpt2 = MemoryFiles.of(FIXTURES.resolve("gpt2"));
        MemoryFiles llama = MemoryFiles.of(FIXTURES.resolve("llama-bf16"));
        fuzz(
                        name,
                        List.of(gpt2.get(name), llama.get(name)),
                        List.of(Mutation::bytes, Mutation::text, Mutation::json, Mutation::json))
                .read(bytes -> {
                    boolean likeGpt2 = new String(bytes, StandardCharsets.ISO_8859_1).contains("n_embd");
                    HuggingFace.read((likeGpt2 ? gpt2 : llama).with(name, bytes), "memory");
                });
    }

    @Test
    void huggingFaceIndexes() throws IOException {
        MemoryFiles whole = MemoryFiles.of(FIXTURES.resolve("llama-shards"));
        String index = "model.safetensors.index.json";
        fuzz("index.json", List.of(whole.get(index)), List.of(Mutation::bytes, Mutation::text, Mutation::json))
                .read(bytes -> HuggingFace.read(whole.with(index, bytes), "memory"));
    }

    @Test
    void manifestsOfCheckpoints() throws IOException {
        MemoryFiles whole = checkpoint();
        String name = "manifest.json";
        byte[] file = whole.get(name);
        fuzz(
                        "manifest of a checkpoint",
                        List.of(file),
                        List.of(
                                Mutation.sometimes(Mutation::bytes),
                                Mutation.sometimes(Mutation::text),
                                Mutation.sometimes(Mutation::json)))
                .read(bytes -> {
                    read(whole.with(name, bytes));
                    assertThat(bytes).isEqualTo(file);
                });
    }

    @Test
    void aCheckpointWhoseManifestVouchesForWhatItHolds() throws Exception {
        MemoryFiles whole = checkpoint();
        for (String name : List.of("state.json", "optimizer.safetensors")) {
            List<Mutation> mutations = name.endsWith(".json")
                    ? List.of(Mutation::bytes, Mutation::text, Mutation::json)
                    : List.of(Mutation::bytes, Mutation.safetensorsHeader(Mutation::json));
            fuzz("checkpoint's " + name, List.of(whole.get(name)), mutations)
                    .read(bytes -> read(vouchedFor(whole, name, bytes)));
        }
    }

    private static void read(MemoryFiles files) throws IOException {
        Checkpoint checkpoint = Checkpoint.open(files, "memory");
        checkpoint.parameters();
        for (int replica = 0; replica < checkpoint.state().replicas().size(); replica++) {
            checkpoint.replica(replica);
        }
        checkpoint.outerMomentum();
    }

    private static MemoryFiles vouchedFor(MemoryFiles whole, String name, byte[] bytes) throws Exception {
        String entry = "\"length\" : %d,\n      \"sha256\" : \"%s\"";
        byte[] before = whole.get(name);
        String manifest = new String(whole.get("manifest.json"), StandardCharsets.UTF_8);
        String old = String.format(entry, before.length, sha256(before));
        assertThat(manifest).contains(old);
        String changed = manifest.replace(old, String.format(entry, bytes.length, sha256(bytes)));
        return whole.with(name, bytes).with("manifest.json", changed.getBytes(StandardCharsets.UTF_8));
    }

    private static String sha256(byte[] bytes) throws Exception {
        return HexFormat.of().formatHex(MessageDigest.getInstance("SHA-256").digest(bytes));
    }

    private MemoryFiles checkpoint() throws IOException {
        FlatVector vector = FlatVector.of(new float[] {1, 2, 3, 4, 5, 6, 7});
        TrainingState state = new TrainingState(
                3,
                60,
                15_000,
                List.of(new TrainingState.Replica(300, 60), new TrainingState.Replica(301, 61)),
                Optional.of("allotment"),
                Optional.of("history.jsonl"),
                new Provenance(
                        "c".repeat(64),
                        "0123abc",
                        Map.of("dataset", "d".repeat(64)),
                        Map.of("init", 1L),
                        Map.of("a", "1")));
        String run = folder.toString();
        String directory = new Checkpoints(new LocalStore(), run)
                .write(
                        new CheckpointContents(
                                "{\"model\":{\"width\":3}}",
                                state,
                                new Parameters(
                                        vector,
                                        List.of(
                                                Parameters.Slice.of("embedding", 3, 2),
                                                Parameters.Slice.of("bias", 1))),
                                Optional.of(vector),
                                IntStream.range(0, 2)
                                        .mapToObj(replica -> new ReplicaState(replica, vector, vector))
                                        .iterator()),
                        1);
        return MemoryFiles.of(Path.of(directory));
    }
}
