package apportion.model.huggingface;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import apportion.model.checkpoint.CheckpointStore;
import apportion.model.checkpoint.LocalStore;
import apportion.model.checkpoint.SafetensorsFile;
import apportion.model.checkpoint.TensorSpec;
import apportion.model.compute.Backend;
import apportion.model.compute.Backends;
import apportion.model.compute.Precision;
import apportion.model.compute.Tensor;
import apportion.model.compute.nd4j.Nd4jBackend;
import apportion.model.compute.onednn.OneDnnBackend;
import apportion.model.config.Activation;
import apportion.model.config.AttentionConfig;
import apportion.model.config.Initialization;
import apportion.model.config.ModelConfig;
import apportion.model.config.Norm;
import apportion.model.config.Positions;
import apportion.model.config.Scale;
import apportion.model.config.Sharing;
import apportion.model.huggingface.HuggingFace.Imported;
import apportion.model.transformer.Decoder;
import apportion.model.transformer.Models;
import apportion.model.transformer.Models.Draft;
import apportion.model.transformer.ParameterLayout;
import com.fasterxml.jackson.databind.JsonNode;
import java.io.IOException;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.OptionalLong;
import java.util.Random;
import java.util.function.Consumer;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import java.util.stream.StreamSupport;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;

class HuggingFaceTest {

    private static final CheckpointStore DISK = new LocalStore();

    private static final Consumer<Draft> GPT2 = draft -> draft.activation = Activation.GELU_TANH;

    private static final Consumer<Draft> LLAMA = draft -> {
        draft.attention = AttentionConfig.uniform(4, 6).withKvHeads(2);
        draft.activation = Activation.SWIGLU;
        draft.norm = Norm.Type.RMS;
        draft.positions = new Positions.Rotary(10000);
        draft.embedding = Sharing.Embedding.NONE;
        draft.bias = false;
    };

    @TempDir
    private Path folder;

    static List<String> fixtures() {
        return Fixtures.ALL;
    }

    /** What may separate the losses: rounding alone, as files hold what PyTorch computed with. */
    static Stream<Arguments> computations() {
        return Fixtures.ALL.stream()
                .flatMap(name -> Stream.of(
                        Arguments.of(name, Backends.Kind.ND4J, Precision.DOUBLE, 1e-12),
                        Arguments.of(name, Backends.Kind.ND4J, Precision.FLOAT, 1e-6),
                        Arguments.of(name, Backends.Kind.ONEDNN, Precision.FLOAT, 1e-6)));
    }

    @ParameterizedTest
    @MethodSource("computations")
    void aModelThatWasReadHasTheLossThatPyTorchComputed(
            String name, Backends.Kind kind, Precision precision, double tolerance) throws IOException {
        assumeTrue(kind == Backends.Kind.ND4J || OneDnnBackend.obstacle().isEmpty(), "oneDNN does not load here");
        Imported imported = HuggingFace.read(DISK, Fixtures.directory(name).toString());
        JsonNode expected = Fixtures.json(Fixtures.directory(name).resolve("expected.json"));

        try (Backend backend = Backends.open(kind, precision, 1)) {
            double sum = 0;
            int tokens = 0;
            for (JsonNode sequence : expected.get("tokens")) {
                int[] ids = StreamSupport.stream(sequence.spliterator(), false)
                        .mapToInt(JsonNode::intValue)
                        .toArray();
                sum += loss(backend, imported.model(), imported.parameters(), ids);
                tokens += ids.length - 1;
            }
            assertThat(sum / tokens).isCloseTo(expected.get("loss").doubleValue(), within(tolerance));
        }
    }

    /** Sum over all tokens but the first. */
    private static double loss(Backend backend, ModelConfig model, float[] parameters, int[] ids) {
        try (Tensor values = backend.allocate(1, parameters.length);
                Decoder decoder = new Decoder(model, backend, values, values)) {
            backend.write(parameters, values);
            return decoder.totalLoss(
                    Arrays.copyOf(ids, ids.length - 1), Arrays.copyOfRange(ids, 1, ids.length), ids.length - 1);
        }
    }

    private Imported written(ModelConfig model, float[] parameters) throws IOException {
        String directory = folder.resolve("written").toString();
        HuggingFace.write(DISK, directory, model, parameters, 7);
        return HuggingFace.read(DISK, directory);
    }

    @ParameterizedTest
    @MethodSource("fixtures")
    void whatWasReadIsWrittenTensorByTensorAsItWas(String name) throws IOException {
        Imported imported = HuggingFace.read(DISK, Fixtures.directory(name).toString());

        Imported again = written(imported.model(), imported.parameters());

        assertThat(again.model()).isEqualTo(imported.model());
        assertThat(again.parameters()).isEqualTo(imported.parameters());
        SafetensorsFile written = SafetensorsFile.open(
                DISK, folder.resolve("written/model.safetensors").toString());
        int tensors = 0;
        for (String part : imported.files()) {
            SafetensorsFile read = SafetensorsFile.open(
                    DISK, Fixtures.directory(name).resolve(part).toString());
            for (TensorSpec tensor : read.tensors()) {
                if (!tensor.name().endsWith(".attn.bias")) {
                    String theirs = name.equals("gpt2") ? "transformer." + tensor.name() : tensor.name();
                    assertThat(written.tensor(theirs).shape()).isEqualTo(tensor.shape());
                    assertThat(written.floats(theirs)).as(theirs).isEqualTo(read.floats(tensor.name()));
                    tensors++;
                }
            }
        }
        assertThat(written.tensors()).hasSize(tensors);
    }

    static Stream<Consumer<Draft>> ours() {
        return Stream.of(
                GPT2,
                GPT2.andThen(draft -> draft.embedding = Sharing.Embedding.NONE),
                GPT2.andThen(draft -> draft.scale = new Scale.Fixed(1)),
                LLAMA,
                LLAMA.andThen(draft -> draft.embedding = Sharing.Embedding.FULL),
                LLAMA.andThen(draft -> draft.bias = true),
                LLAMA.andThen(draft -> draft.activation = Activation.GEGLU));
    }

    @ParameterizedTest
    @MethodSource("ours")
    void aModelOfOursComesBackAsItWent(Consumer<Draft> changes) throws IOException {
        ModelConfig model = Models.with(changes);
        float[] parameters = parameters(model);

        Imported again = written(model, parameters);

        assertThat(again.model()).isEqualTo(model);
        assertThat(again.parameters()).isEqualTo(parameters);
    }

    /** Biases and gains, too, differ from what they start with. */
    private static float[] parameters(ModelConfig model) {
        float[] parameters = ParameterLayout.of(model).initialize(3);
        Random random = new Random(4);
        for (int i = 0; i < parameters.length; i++) {
            parameters[i] += 0.1f * random.nextFloat();
        }
        return parameters;
    }

    static Stream<ModelConfig> near() {
        return Stream.of(GPT2, LLAMA).flatMap(base -> Models.near(base).stream());
    }

    @Test
    void everyModelIsEitherWrittenToComputeTheSameOrRefused() throws IOException {
        int[] ids = {3, 1, 10, 0, 7, 7};
        int same = 0;
        int refused = 0;
        try (Backend backend = new Nd4jBackend(Precision.DOUBLE)) {
            for (ModelConfig model : near().toList()) {
                float[] parameters = parameters(model);
                try {
                    Imported again = written(model, parameters);
                    assertThat(loss(backend, again.model(), again.parameters(), ids))
                            .as(model.toString())
                            .isCloseTo(loss(backend, model, parameters, ids), within(1e-12));
                    same++;
                } catch (IllegalArgumentException e) {
                    assertThat(e).hasMessageContaining("is no GPT-2: ").hasMessageContaining("is no LLaMA: ");
                    refused++;
                }
            }
        }
        assertThat(same).isGreaterThan(30);
        assertThat(refused).isGreaterThan(30);
    }

    @Test
    void aModelThatHasNoLayoutIsRefusedWithEveryReason() {
        ModelConfig model = Models.with(draft -> {
            draft.positions = new Positions.Alibi();
            draft.norm = Norm.Type.RMS;
            draft.qkNorm = true;
            draft.window = 3;
            draft.initialization = new Initialization.Mup(0.3, 4);
        });

        assertThatThrownBy(() -> written(model, parameters(model)))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessage("the model is no GPT-2: attention.window is 3, but must be at least the context of 5;"
                        + " attention.qk-norm is true, but must be false; initialization is mup, but must be gpt2 or"
                        + " xavier, as mup multiplies the logits by 0.5; positions is alibi, but must be learned;"
                        + " norm.type is rms, but must be layer. the model is no LLaMA: attention.window is 3, but must"
                        + " be at least the context of 5; attention.qk-norm is true, but must be false; initialization is"
                        + " mup, but must be gpt2 or xavier, as mup multiplies the logits by 0.5; positions is alibi, but"
                        + " must be rotary; feed-forward.activation is gelu, but must be swiglu or geglu");
        assertThat(folder.resolve("written")).doesNotExist();
    }

    @Test
    void whatTheirLibraryNeedsToKnowIsWritten() throws IOException {
        written(Models.with(LLAMA), parameters(Models.with(LLAMA)));

        JsonNode config = Fixtures.json(folder.resolve("written/config.json"));
        assertThat(config.get("architectures").get(0).textValue()).isEqualTo("LlamaForCausalLM");
        assertThat(config.get("head_dim").intValue()).isEqualTo(6);
        assertThat(config.get("eos_token_id").intValue()).isEqualTo(7);
        assertThat(config.get("tie_word_embeddings").booleanValue()).isFalse();
        assertThat(SafetensorsFile.open(
                                DISK,
                                folder.resolve("written/model.safetensors").toString())
                        .metadata())
                .containsEntry("format", "pt");
    }

    @Test
    void transposingTwiceChangesNothing() {
        Placement placement = new Placement("w", List.of(3L, 5L), OptionalLong.of(2), true);
        float[] tensor = new float[15];
        IntStream.range(0, 15).forEach(i -> tensor[i] = i);
        float[] vector = new float[20];

        placement.scatter(tensor, vector);

        // Their row 1, column 2 is our row 2, column 1.
        assertThat(vector[2 + 2 * 3 + 1]).isEqualTo(tensor[5 + 2]);
        assertThat(placement.gather(vector)).isEqualTo(tensor);
    }
}
