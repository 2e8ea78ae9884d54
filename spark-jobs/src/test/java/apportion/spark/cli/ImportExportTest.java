package apportion.spark.cli;

import static java.nio.file.StandardCopyOption.REPLACE_EXISTING;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import apportion.data.tokenize.Tokenizer;
import apportion.model.checkpoint.LocalStore;
import apportion.model.compute.onednn.OneDnnBackend;
import apportion.model.huggingface.HuggingFace;
import apportion.spark.storage.Claim;
import apportion.spark.storage.Storage;
import apportion.spark.trained.TinyModel;
import apportion.spark.trained.TrainedModel;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.stream.Stream;
import org.deeplearning4j.nn.multilayer.MultiLayerNetwork;
import org.deeplearning4j.util.ModelSerializer;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;
import org.nd4j.linalg.dataset.DataSet;
import org.nd4j.linalg.factory.Nd4j;

/** Models that came from elsewhere, and go there, through the real commands. */
final class ImportExportTest {

    private static final String MASTER = "spark.master";
    private static final ObjectMapper JSON = new ObjectMapper();

    /** Written, with what PyTorch makes of them, by core-model's {@code hugging_face_models.py}. */
    private static final Path FIXTURES = Path.of("../core-model/src/test/resources/huggingface");

    @TempDir
    private Path folder;

    @BeforeAll
    static void local() {
        System.setProperty(MASTER, "local[2]");
    }

    @AfterAll
    static void reset() {
        System.clearProperty(MASTER);
    }

    private static Ran run(Object... arguments) {
        return Ran.of(arguments);
    }

    private static void assertRefused(Ran ran, String... messages) {
        assertThat(ran.exitCode()).as(ran.err()).isEqualTo(2);
        assertThat(ran.out()).isEmpty();
        assertThat(ran.err()).hasLineCount(1).contains(messages).doesNotContain("Exception");
    }

    private static JsonNode expected(String fixture) throws IOException {
        return JSON.readTree(FIXTURES.resolve(fixture).resolve("expected.json").toFile());
    }

    private static double loss(Path checkpoint, Path text) throws IOException {
        return run("evaluate", "--checkpoint", checkpoint, "--text", text, "--json")
                .json()
                .get("loss")
                .doubleValue();
    }

    @ParameterizedTest
    @CsvSource({
        "gpt2, nd4j", "llama-shards, nd4j", "llama-bf16, nd4j",
        "gpt2, onednn", "llama-shards, onednn", "llama-bf16, onednn"
    })
    void anImportedModelMeasuresATextAsPyTorchDoes(String fixture, String backend) throws IOException {
        assumeTrue(backend.equals("nd4j") || OneDnnBackend.obstacle().isEmpty(), "oneDNN does not load here");
        Path model = folder.resolve("model");
        JsonNode expected = expected(fixture);
        Path text = Files.writeString(
                folder.resolve("text.txt"), expected.get("text").textValue());

        JsonNode imported = run(
                        "import",
                        "--from",
                        "hf",
                        FIXTURES.resolve(fixture),
                        "--to",
                        model,
                        "--json",
                        "--set",
                        "compute.backend=" + backend)
                .json();

        assertThat(imported.get("vocabulary").intValue()).isEqualTo(262);
        JsonNode measured =
                run("evaluate", "--checkpoint", model, "--text", text, "--json").json();
        assertThat(measured.get("tokens").intValue())
                .isEqualTo(expected.get("text-tokens").intValue() - 1);
        assertThat(measured.get("loss").doubleValue())
                .isCloseTo(expected.get("text-loss").doubleValue(), within(1e-6));
    }

    private Path imported(String fixture) {
        Path model = folder.resolve("deep/" + fixture);
        Ran ran = run("import", "--from", "hf", FIXTURES.resolve(fixture), "--to", model);
        assertThat(ran.exitCode()).as(ran.err()).isZero();
        return model;
    }

    @Test
    void anImportedModelIsACheckpointLikeAnyOther() throws IOException {
        Path model = imported("gpt2");
        Path text = Files.writeString(folder.resolve("text.txt"), "In the inn at ten the cat.\n".repeat(40));
        Path dataset = folder.resolve("dataset");
        Ran prepared = run(
                "prepare",
                "--set",
                "data.corpus=" + text,
                "--set",
                "data.output=" + dataset,
                "--set",
                "data.format.document=line",
                "--set",
                "data.deduplicate=none",
                "--set",
                "data.validation={ by = tail, fraction = 0.3 }",
                "--set",
                "data.sequence=16",
                "--set",
                "data.tokenizer={ type = file, path = \"" + FIXTURES.resolve("gpt2/tokenizer.json") + "\" }");
        assertThat(prepared.exitCode()).as(prepared.err()).isZero();

        JsonNode measured = run("evaluate", "--checkpoint", model, "--dataset", dataset, "--json")
                .json();
        JsonNode generated = run("generate", "--checkpoint", model, "--prompt", "In the", "--tokens", "5", "--json")
                .json();

        assertThat(measured.get("loss").doubleValue()).isBetween(5.0, 7.0);
        assertThat(generated.get("text").textValue()).startsWith("In the");
        try (Stream<Path> left = Files.list(model.getParent())) {
            assertThat(left).containsExactly(model);
        }
    }

    @ParameterizedTest
    @ValueSource(strings = {"gpt2", "llama-shards", "llama-bf16"})
    void whatIsStoredWithAnImportedModelIsTheModel(String fixture) throws IOException {
        HuggingFace.Imported read =
                HuggingFace.read(new LocalStore(), FIXTURES.resolve(fixture).toString());

        TrainedModel trained =
                TrainedModel.load(Storage.withDefaults(), imported(fixture).toString());

        assertThat(trained.model()).isEqualTo(read.model());
        assertThat(trained.parameters()).isEqualTo(read.parameters());
        assertThat(trained.tokenizer().sha256())
                .isEqualTo(Tokenizer.fromJson(
                                Files.readString(FIXTURES.resolve(fixture).resolve("tokenizer.json")))
                        .sha256());
    }

    @Test
    void aModelOfOursComesBackFromHuggingFaceWithTheSameLoss() throws IOException {
        Path run = TinyModel.write(folder.resolve("run"), 1);
        Path text = Files.writeString(folder.resolve("text.txt"), "some text, longer than the context");
        Path there = folder.resolve("there");
        Path back = folder.resolve("back");

        JsonNode exported = run("export", "--checkpoint", run, "--to", "hf", "--output", there, "--json")
                .json();
        assertThat(run("import", "--from", "hf", there, "--to", back).exitCode())
                .isZero();

        assertThat(exported.get("layout").textValue()).isEqualTo("GPT-2");
        assertThat(there).isDirectoryContaining(file -> file.endsWith("tokenizer_config.json"));
        assertThat(Tokenizer.fromJson(Files.readString(there.resolve("tokenizer.json")))
                        .sha256())
                .isEqualTo(Tokenizer.bytes().sha256());
        assertThat(loss(back, text)).isCloseTo(loss(run, text), within(1e-6));
    }

    @Test
    void deeplearning4jRestoresAnExportedNetworkWithTheSameScore() throws IOException {
        Path model = imported("llama-bf16");
        Path zip = folder.resolve("zips/model.zip");
        run("export", "--checkpoint", model, "--to", "dl4j", "--output", zip, "--json")
                .json();

        MultiLayerNetwork network = ModelSerializer.restoreMultiLayerNetwork(zip.toFile());

        double sum = 0;
        JsonNode expected = expected("llama-bf16");
        for (JsonNode sequence : expected.get("tokens")) {
            float[][] inputs = new float[1][sequence.size() - 1];
            float[][] targets = new float[1][sequence.size() - 1];
            for (int i = 0; i < inputs[0].length; i++) {
                inputs[0][i] = sequence.get(i).intValue();
                targets[0][i] = sequence.get(i + 1).intValue();
            }
            sum += network.score(new DataSet(Nd4j.createFromArray(inputs), Nd4j.createFromArray(targets)));
        }
        assertThat(sum / expected.get("tokens").size())
                .isCloseTo(expected.get("loss").doubleValue(), within(1e-6));
        assertThat(network.getLayerWiseConfigurations()
                        .getConf(0)
                        .getLayer()
                        .getUpdaterByParam("head.weight")
                        .getLearningRate(0, 0))
                .isEqualTo(1e-3);
    }

    private Path spoiled(String file, String content) throws IOException {
        Path copy = Files.createDirectory(folder.resolve("spoiled"));
        for (String name : List.of("config.json", "model.safetensors", "tokenizer.json")) {
            Files.copy(FIXTURES.resolve("gpt2").resolve(name), copy.resolve(name));
        }
        Files.writeString(copy.resolve(file), content);
        return copy;
    }

    private void assertImportRefused(Path from, String... messages) throws IOException {
        assertRefused(run("import", "--from", "hf", from, "--to", folder.resolve("new/model")), messages);
        assertThat(folder.resolve("new")).doesNotExist();
    }

    @Test
    void whatCannotBeImportedIsNamedAndNothingIsLeft() throws IOException {
        assertImportRefused(folder.resolve("absent"), "absent/config.json: is missing");
        Path config = spoiled("config.json", "{\"model_type\":\"mamba\"}");
        assertImportRefused(config, "config.json: model_type is \"mamba\", but it must be one of gpt2, llama");
        Files.copy(FIXTURES.resolve("gpt2/config.json"), config.resolve("config.json"), REPLACE_EXISTING);
        Files.writeString(config.resolve("tokenizer.json"), Tokenizer.bytes().toJson());
        assertImportRefused(config, "vocab_size is 262, but tokenizer.json beside it has 257 tokens");
        Files.writeString(config.resolve("tokenizer.json"), "{}");
        assertImportRefused(config, "tokenizer.json cannot be used");
        Files.delete(config.resolve("tokenizer.json"));
        assertImportRefused(config, "tokenizer.json is missing");
        Files.writeString(config.resolve("model.safetensors"), "12345678901");
        assertImportRefused(config, "model.safetensors", "says that its header has");
    }

    @Test
    void anotherTokenizerBesideACheckpointIsRefused() throws IOException {
        Path run = folder.resolve("imported");
        assertThat(run("import", "--from", "hf", FIXTURES.resolve("gpt2"), "--to", run)
                        .exitCode())
                .isZero();
        Files.writeString(run.resolve("tokenizer.json"), Tokenizer.bytes().toJson());

        assertRefused(
                run("export", "--checkpoint", run, "--to", "hf", "--output", folder.resolve("out")),
                "imported/tokenizer.json is not the tokenizer of ",
                "copy tokenizer.json of its dataset there");
    }

    @Test
    void anOutputThatIsBeingWrittenIsRefused() throws IOException {
        Path run = TinyModel.write(folder.resolve("run"), 1);
        Path output = folder.resolve("a:b 1%");
        try (Claim claim = Storage.withDefaults().claimWhole(output.toString())) {
            assertRefused(run("export", "--checkpoint", run, "--to", "hf", "--output", output), "is in use");
            assertRefused(run("export", "--checkpoint", run, "--to", "dl4j", "--output", output), "is in use");
            assertRefused(run("import", "--from", "hf", FIXTURES.resolve("gpt2"), "--to", output), "is in use");
            claim.require();
        }
        assertThat(run("import", "--from", "hf", FIXTURES.resolve("gpt2"), "--to", output)
                        .exitCode())
                .isZero();
        assertThat(folder.toFile().list()).containsExactlyInAnyOrder("run", "a:b 1%");
    }

    @Test
    void nothingIsWrittenOver() throws IOException {
        Path kept = Files.writeString(folder.resolve("kept"), "kept");
        Path run = TinyModel.write(folder.resolve("run"), 1);

        assertRefused(run("import", "--from", "hf", FIXTURES.resolve("gpt2"), "--to", kept), "kept exists");
        assertRefused(run("import", "--from", "hf", FIXTURES.resolve("gpt2"), "--to", run), "run exists");
        assertRefused(run("export", "--checkpoint", run, "--to", "hf", "--output", kept), "kept exists");
        assertRefused(run("export", "--checkpoint", run, "--to", "dl4j", "--output", kept), "kept exists");

        assertThat(kept).hasContent("kept");
        assertThat(run.toFile().list()).hasSize(2);
    }

    @Test
    void whatCannotBeExportedIsNamedAndNothingIsLeft() throws IOException {
        Path run = TinyModel.write(folder.resolve("run"), "positions = alibi, norm.type = rms", 1);
        Path there = folder.resolve("new/there");

        assertRefused(
                run("export", "--checkpoint", run, "--to", "hf", "--output", there),
                "is no GPT-2: positions is alibi, but must be learned; norm.type is rms, but must be layer",
                "is no LLaMA: positions is alibi, but must be rotary; feed-forward.activation is gelu");
        assertRefused(run("export", "--checkpoint", run, "--to", "onnx", "--output", there), "must be hf or dl4j");
        assertRefused(run("export", "--checkpoint", folder, "--to", "hf", "--output", there), "holds no checkpoint");
        assertRefused(run("import", "--from", "onnx", folder, "--to", there), "--from onnx", "must be hf");
        assertRefused(run("import", "--from", "hf", "--to", there), "--from", "see apportion import --help");
        assertRefused(run("import", "--from", "hf", folder), "--to", "see apportion import --help");
        assertThat(folder.resolve("new")).doesNotExist();
    }
}
