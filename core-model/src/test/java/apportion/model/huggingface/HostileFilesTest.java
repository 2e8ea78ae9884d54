package apportion.model.huggingface;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import apportion.model.checkpoint.CheckpointError;
import apportion.model.checkpoint.Dtype;
import apportion.model.checkpoint.LocalStore;
import apportion.model.checkpoint.SafetensorsFile;
import apportion.model.checkpoint.SafetensorsWriter;
import apportion.model.checkpoint.TensorSpec;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.io.IOException;
import java.io.OutputStream;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;

/** Directories that come from anywhere: each is read, or refused in one line that says where and why. */
class HostileFilesTest {

    private static final String MODEL = "model.safetensors";
    private static final String INDEX = "model.safetensors.index.json";

    /** Of the fixtures. */
    private static final int LONGEST_HEADER = 4000;

    @TempDir
    private Path folder;

    private interface Damage {
        void on(Path directory) throws IOException;
    }

    private void assertRefused(Path directory, String... messages) {
        assertThatThrownBy(() -> HuggingFace.read(new LocalStore(), directory.toString()))
                .isInstanceOf(CheckpointError.class)
                .satisfies(thrown -> {
                    assertThat(thrown.getMessage())
                            .contains(messages)
                            .doesNotContain("\n")
                            .hasSizeLessThan(1000);
                });
    }

    private static Arguments config(String fixture, String key, String json, String... messages) {
        return Arguments.of(
                fixture + " " + key + " = " + json, fixture, (Damage) directory -> set(directory, key, json), messages);
    }

    private static void set(Path directory, String key, String json) throws IOException {
        Path file = directory.resolve("config.json");
        ObjectNode config = (ObjectNode) Fixtures.json(file);
        config.remove(key);
        String others = config.toString();
        Files.writeString(file, others.substring(0, others.length() - 1) + ",\"" + key + "\":" + json + "}");
    }

    static Stream<Arguments> configurations() {
        return Stream.of(
                config("gpt2", "model_type", "\"bert\"", "model_type is \"bert\"", "one of gpt2, llama"),
                config("gpt2", "model_type", "null", "model_type is absent", "one of gpt2, llama"),
                config("gpt2", "n_embd", "\"12\"", "n_embd is \"12\", but it must be a whole number"),
                config("gpt2", "n_embd", "-12", "n_embd is -12, but it must be a whole number from 1"),
                config("gpt2", "n_embd", "1e3000", "n_embd"),
                config("gpt2", "n_embd", "2147483647", "n_head is 3, but it must be a divisor of n_embd"),
                config("gpt2", "n_embd", "2147483646", "h.0.attn.c_attn.bias is [36], but must be [6442450938]"),
                config("gpt2", "n_embd", "99999999999999999999", "n_embd is 99999999999999999999"),
                config("gpt2", "n_embd", "12.5", "n_embd is 12.5"),
                config("gpt2", "n_head", "5", "n_head is 5, but it must be a divisor of n_embd, 12"),
                config("gpt2", "n_layer", "0", "n_layer is 0"),
                config(
                        "gpt2",
                        "n_layer",
                        "2147483647",
                        "asks for 2147483647 layers, but the files hold only 28 tensors"),
                config("gpt2", "n_layer", "3", "lacks tensors", "h.2.attn.c_attn.bias", "and 9 more"),
                config("gpt2", "n_layer", "1", "no place", "h.1.attn.c_attn.bias", "and 9 more"),
                config("gpt2", "n_inner", "40", "h.0.mlp.c_fc.weight is [12, 48], but must be [12, 40]"),
                config("gpt2", "n_positions", "31", "wpe.weight is [32, 12], but must be [31, 12]"),
                config("gpt2", "vocab_size", "1", "config.json", "vocabulary must be at least 2"),
                config("gpt2", "vocab_size", "263", "wte.weight is [262, 12], but must be [263, 12]"),
                config("gpt2", "layer_norm_epsilon", "0", "layer_norm_epsilon is 0, but it must be a positive number"),
                config("gpt2", "layer_norm_epsilon", "\"NaN\"", "layer_norm_epsilon is \"NaN\""),
                config("gpt2", "activation_function", "\"mish\"", "activation_function is \"mish\"", "gelu_new"),
                config("gpt2", "activation_function", "7", "activation_function is 7, but it must be a text"),
                config("gpt2", "scale_attn_weights", "1", "scale_attn_weights is 1, but it must be true or false"),
                config(
                        "gpt2",
                        "scale_attn_by_inverse_layer_idx",
                        "true",
                        "scale_attn_by_inverse_layer_idx is true, but it must be false"),
                config("gpt2", "add_cross_attention", "true", "add_cross_attention is true, but it must be false"),
                config("gpt2", "tie_word_embeddings", "false", "lacks tensors", "lm_head.weight"),
                config("gpt2", "bos_token_id", "{\"a\":" + "[".repeat(5000) + "]".repeat(5000) + "}", "config.json"),
                config(
                        "llama-shards",
                        "rope_scaling",
                        "{\"type\":\"linear\",\"factor\":2}",
                        "rope_scaling",
                        "type is \"linear\", but it must be default"),
                config("llama-shards", "rope_scaling", "{\"rope_type\":\"llama3\"}", "rope_type is \"llama3\""),
                config("llama-shards", "rope_scaling", "{\"factor\":2}", "factor is 2, but it must be absent"),
                config("llama-shards", "rope_scaling", "2", "rope_scaling is 2, but it must be an object"),
                config("llama-shards", "rope_theta", "-1", "rope_theta is -1"),
                config(
                        "llama-shards",
                        "partial_rotary_factor",
                        "0.5",
                        "partial_rotary_factor is 0.5, but it must be 1"),
                config("llama-shards", "head_dim", "5", "rotary positions turn pairs", "head-dim must be even"),
                config(
                        "llama-shards",
                        "head_dim",
                        "8",
                        "layers.0.self_attn.q_proj.weight is [16, 16], but must be [32, 16]"),
                config("llama-shards", "head_dim", "2147483647", "heads * head-dim must be at most"),
                config(
                        "llama-shards",
                        "num_attention_heads",
                        "6",
                        "num_attention_heads is 6, but it must be a divisor of hidden_size, which is 16"),
                config(
                        "llama-shards",
                        "num_key_value_heads",
                        "3",
                        "num_key_value_heads is 3, but it must be a divisor"),
                config(
                        "llama-shards",
                        "hidden_act",
                        "\"relu\"",
                        "hidden_act is \"relu\", but it must be one of gelu, silu"),
                config(
                        "llama-shards",
                        "mlp_bias",
                        "true",
                        "mlp_bias is true, but it must be false as attention_bias is"),
                config("llama-shards", "hidden_size", "null", "hidden_size is absent, but it must be a whole number"));
    }

    static Stream<Arguments> files() {
        return Stream.of(
                file(
                        "no configuration",
                        "gpt2",
                        directory -> Files.delete(directory.resolve("config.json")),
                        "config.json: is missing"),
                file(
                        "empty configuration",
                        "gpt2",
                        directory -> Files.writeString(directory.resolve("config.json"), ""),
                        "config.json"),
                file(
                        "a list",
                        "gpt2",
                        directory -> Files.writeString(directory.resolve("config.json"), "[]"),
                        "config.json",
                        "not an object"),
                file(
                        "torn configuration",
                        "gpt2",
                        directory -> Files.writeString(directory.resolve("config.json"), "{\"a\":"),
                        "config.json",
                        "cannot be read"),
                file(
                        "keys twice",
                        "gpt2",
                        directory -> Files.writeString(directory.resolve("config.json"), "{\"a\":1,\"a\":2}"),
                        "config.json"),
                file(
                        "no text",
                        "gpt2",
                        directory -> Files.write(directory.resolve("config.json"), new byte[] {-1, -2}),
                        "not UTF-8"),
                file(
                        "endless",
                        "gpt2",
                        directory -> Files.writeString(directory.resolve("config.json"), " ".repeat((1 << 20) + 1)),
                        "more than 1048576 bytes"),
                file(
                        "no tensors",
                        "gpt2",
                        directory -> Files.delete(directory.resolve(MODEL)),
                        "has neither model.safetensors nor",
                        "safe_serialization"),
                file(
                        "empty tensors",
                        "gpt2",
                        directory -> Files.write(directory.resolve(MODEL), new byte[0]),
                        MODEL,
                        "has 0 bytes"),
                file(
                        "truncated",
                        "gpt2",
                        HostileFilesTest::truncate,
                        MODEL,
                        "bytes of values, but its header describes"),
                file(
                        "huge header",
                        "gpt2",
                        directory -> header(directory, Long.MAX_VALUE, ""),
                        MODEL,
                        "says that its header has 9223372036854775807 bytes"),
                file(
                        "negative header",
                        "gpt2",
                        directory -> header(directory, -1, ""),
                        MODEL,
                        "says that its header has -1 bytes"),
                file("no JSON", "gpt2", directory -> header(directory, 8, "{\"a\":1]}"), MODEL, "cannot be read"),
                file(
                        "overlap",
                        "gpt2",
                        directory -> offsets(directory, 0, 4, 2, 6),
                        MODEL,
                        "tensor b begins at byte 2, inside the one before it"),
                file("gap", "gpt2", directory -> offsets(directory, 0, 4, 6, 10), MODEL, "behind a gap"),
                file(
                        "beyond the end",
                        "gpt2",
                        directory -> offsets(directory, 0, 4, 4, 1L << 40),
                        MODEL,
                        "data_offsets is [4, 1099511627776]"),
                file(
                        "integers",
                        "gpt2",
                        directory -> rewrite(directory, "ln_f.bias", Dtype.I32, 12),
                        "tensor ln_f.bias is I32"),
                file(
                        "another shape",
                        "gpt2",
                        directory -> rewrite(directory, "ln_f.bias", Dtype.F32, 4, 3),
                        "ln_f.bias is [4, 3], but must be [12]"),
                file(
                        "a name too many",
                        "gpt2",
                        directory -> rewrite(directory, "transformer.wte.weight", Dtype.F32, 1),
                        "wte.weight, of which there is another one"),
                file(
                        "another output",
                        "gpt2",
                        directory -> rewrite(directory, "lm_head.weight", Dtype.F32, 262, 12),
                        "tie_word_embeddings is absent, but it must be false, as lm_head.weight is another matrix than wte.weight"),
                file(
                        "a weight that is no number",
                        "gpt2",
                        directory -> value(directory, "h.1.attn.c_attn.weight", 3 * 36 + 5, Float.NaN),
                        "h.1.attn.c_attn.weight[3, 5] = NaN, but a weight must be a finite number"),
                file(
                        "infinite weights",
                        "gpt2",
                        directory -> {
                            value(directory, "ln_f.bias", 7, Float.NEGATIVE_INFINITY);
                            value(directory, "ln_f.bias", 9, Float.POSITIVE_INFINITY);
                        },
                        MODEL,
                        "ln_f.bias[7] = -Infinity, and 1 more numbers of this tensor are not finite"),
                file(
                        "a foreign tensor",
                        "gpt2",
                        directory -> rewrite(directory, "score.weight", Dtype.F32, 1),
                        "has tensors for which this model has no place: score.weight"),
                file(
                        "a name with a line break",
                        "gpt2",
                        directory -> rewrite(directory, "a\nb" + "c".repeat(9999), Dtype.F32, 1),
                        "no place"),
                file(
                        "index outside",
                        "llama-shards",
                        directory -> shard(directory, "../gpt2/model.safetensors"),
                        INDEX,
                        "names the file \"../gpt2/model.safetensors\""),
                file(
                        "index absolute",
                        "llama-shards",
                        directory -> shard(directory, "/etc/passwd"),
                        "names the file \"/etc/passwd\""),
                file(
                        "index of something else",
                        "llama-shards",
                        directory -> shard(directory, "hdfs:x.safetensors"),
                        "names the file"),
                file(
                        "index of nothing",
                        "llama-shards",
                        directory -> shard(directory, "model-9.safetensors"),
                        "model-9.safetensors: is missing"),
                file(
                        "index of numbers",
                        "llama-shards",
                        directory -> Files.writeString(directory.resolve(INDEX), "{\"weight_map\":{\"a\":1}}"),
                        INDEX,
                        "weight_map.a"),
                file(
                        "empty index",
                        "llama-shards",
                        directory -> Files.writeString(directory.resolve(INDEX), "{\"weight_map\":{}}"),
                        "hold only 0 tensors"),
                file(
                        "one shard for all",
                        "llama-shards",
                        directory -> shard(directory, "model-00001-of-00002.safetensors"),
                        "lacks tensors",
                        "norm.weight"));
    }

    private static Arguments file(String name, String fixture, Damage damage, String... messages) {
        return Arguments.of(name, fixture, damage, messages);
    }

    private static void truncate(Path directory) throws IOException {
        byte[] bytes = Files.readAllBytes(directory.resolve(MODEL));
        Files.write(directory.resolve(MODEL), Arrays.copyOf(bytes, bytes.length - 5));
    }

    private static void header(Path directory, long length, String json) throws IOException {
        byte[] text = json.getBytes(StandardCharsets.UTF_8);
        Files.write(
                directory.resolve(MODEL),
                ByteBuffer.allocate(Long.BYTES + text.length)
                        .order(ByteOrder.LITTLE_ENDIAN)
                        .putLong(length)
                        .put(text)
                        .array());
    }

    private static void offsets(Path directory, long begin, long end, long nextBegin, long nextEnd) throws IOException {
        String tensor = "\"%s\":{\"dtype\":\"F32\",\"shape\":[1],\"data_offsets\":[%d,%d]}";
        String json = "{" + String.format(tensor, "a", begin, end) + ","
                + String.format(tensor, "b", nextBegin, nextEnd) + "}";
        header(directory, json.length(), json + "12345678");
    }

    /** The same file with one tensor more, or another one of its name; it holds zeros. */
    private static void rewrite(Path directory, String name, Dtype dtype, long... shape) throws IOException {
        SafetensorsFile file =
                SafetensorsFile.open(new LocalStore(), directory.resolve(MODEL).toString());
        List<TensorSpec> tensors = new ArrayList<>(file.tensors());
        tensors.removeIf(tensor -> tensor.name().equals(name));
        Path copy = directory.resolve("copy");
        try (OutputStream out = Files.newOutputStream(copy)) {
            List<TensorSpec> all = new ArrayList<>(tensors);
            // The writer knows floats alone; what is read is refused before its values are.
            all.add(TensorSpec.of(name, Dtype.F32, shape));
            try (SafetensorsWriter writer = new SafetensorsWriter(out, all, Map.of())) {
                for (TensorSpec tensor : tensors) {
                    writer.write(file.floats(tensor.name()));
                }
                writer.write(new float[(int) all.get(tensors.size()).size()]);
            }
        }
        byte[] bytes = Files.readAllBytes(copy);
        if (dtype != Dtype.F32) {
            String text = new String(bytes, StandardCharsets.ISO_8859_1);
            int at = text.indexOf("F32", text.indexOf(name));
            System.arraycopy(dtype.name().getBytes(StandardCharsets.US_ASCII), 0, bytes, at, 3);
        }
        Files.write(directory.resolve(MODEL), bytes);
    }

    /** The same file with another number. */
    private static void value(Path directory, String tensor, int index, float value) throws IOException {
        Path path = directory.resolve(MODEL);
        byte[] bytes = Files.readAllBytes(path);
        ByteBuffer numbers = ByteBuffer.wrap(bytes).order(ByteOrder.LITTLE_ENDIAN);
        String header = new String(bytes, 8, (int) numbers.getLong(0), StandardCharsets.UTF_8);
        String key = header.contains("\"transformer." + tensor) ? "transformer." + tensor : tensor;
        int begin = new ObjectMapper()
                .readTree(header)
                .path(key)
                .path("data_offsets")
                .path(0)
                .intValue();
        numbers.putFloat(8 + (int) numbers.getLong(0) + begin + Float.BYTES * index, value);
        Files.write(path, bytes);
    }

    private static void shard(Path directory, String shard) throws IOException {
        String index = Files.readString(directory.resolve(INDEX));
        Files.writeString(directory.resolve(INDEX), index.replace("model-00002-of-00002.safetensors", shard));
    }

    @ParameterizedTest(name = "{0}")
    @MethodSource({"configurations", "files"})
    void isRefused(String name, String fixture, Damage damage, String[] messages) throws IOException {
        Path directory = Fixtures.copy(fixture, folder.resolve("model"));
        damage.on(directory);

        assertRefused(directory, messages);
    }

    @Test
    void aChangedByteIsReadOrRefusedAndNothingElse() throws IOException {
        Random random = new Random(6);
        int refused = 0;
        for (String fixture : Fixtures.ALL) {
            Path directory = Fixtures.copy(fixture, folder.resolve(fixture));
            for (String name : List.of("config.json", INDEX, MODEL)) {
                if (Files.exists(directory.resolve(name))) {
                    refused += refusals(directory, directory.resolve(name), random);
                }
            }
        }
        assertThat(refused).isGreaterThan(1000);
    }

    /**
     * Of 300 changes to a configuration, an index or a header; what follows a header is numbers, of which any may be.
     */
    private static int refusals(Path directory, Path file, Random random) throws IOException {
        String telling = "0918,:{}[]\".-e";
        byte[] whole = Files.readAllBytes(file);
        int refused = 0;
        for (int trial = 0; trial < 300; trial++) {
            byte[] changed = whole.clone();
            int any = random.nextInt(256);
            int at = random.nextInt(Math.min(LONGEST_HEADER, changed.length));
            changed[at] = (byte) (random.nextBoolean() ? any : telling.charAt(any % telling.length()));
            Files.write(file, changed);
            try {
                HuggingFace.read(new LocalStore(), directory.toString());
            } catch (CheckpointError e) {
                refused++;
            }
        }
        Files.write(file, whole);
        return refused;
    }

    @Test
    void whatSaysTheSameInAnotherWayIsRead() throws IOException {
        Path gpt2 = Fixtures.copy("gpt2", folder.resolve("gpt2"));
        set(gpt2, "reorder_and_upcast_attn", "true");
        set(gpt2, "tie_word_embeddings", "true");
        Path llama = Fixtures.copy("llama-bf16", folder.resolve("llama"));
        set(llama, "rope_theta", "null");
        set(llama, "rope_parameters", "{\"rope_type\":\"default\",\"rope_theta\":500000}");
        set(llama, "rope_scaling", "{\"rope_type\":\"default\"}");

        for (Path directory : List.of(gpt2, llama)) {
            String fixture = directory.equals(gpt2) ? "gpt2" : "llama-bf16";
            assertThat(HuggingFace.read(new LocalStore(), directory.toString()).model())
                    .isEqualTo(HuggingFace.read(
                                    new LocalStore(),
                                    Fixtures.directory(fixture).toString())
                            .model());
        }
    }
}
