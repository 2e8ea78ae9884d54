package apportion.spark.conf;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import apportion.model.config.AttentionConfig;
import apportion.model.config.EmbeddingConfig;
import apportion.model.config.Experts;
import apportion.model.config.HeadGroup;
import apportion.model.config.Initialization;
import apportion.model.config.ModelConfig;
import apportion.model.config.Norm;
import apportion.model.config.Positions;
import apportion.model.config.Scale;
import apportion.model.config.Scores;
import apportion.model.config.Sharing;
import apportion.model.optim.Outer;
import apportion.spark.study.Order;
import apportion.spark.sweep.Axes;
import apportion.spark.sweep.Equal;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.function.Supplier;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

final class SettingsTest {

    @TempDir
    Path folder;

    enum Backend {
        AUTO,
        ND4J
    }

    record Compute(Backend backend, int threads) {
        Compute {
            if (threads < 1) {
                throw new IllegalArgumentException("threads must be at least 1, got " + threads);
            }
        }
    }

    sealed interface Schedule {
        record Cosine(int warmupSteps, double finalFraction) implements Schedule {}

        record Constant(int warmupSteps) implements Schedule {}
    }

    record Sweep(
            Optional<String> output,
            int budget,
            List<Integer> heads,
            List<HeadSettings> layouts,
            Axes axes,
            Equal equal,
            ModelSettings.Theory theory,
            List<Order> claims,
            List<String> ours,
            List<Long> seeds,
            List<Double> learningRates,
            long tuningSeed,
            int slotsPerTrial) {}

    private String file(String name, String... lines) throws IOException {
        Path file = folder.resolve(name);
        Files.writeString(file, String.join("\n", lines));
        return file.toString();
    }

    private static Settings overridden(String... overrides) {
        return Settings.load(Optional.empty(), List.of(overrides));
    }

    private static List<String> problems(Settings settings) {
        return assertThatThrownBy(settings::throwIfWrong)
                .isInstanceOf(ConfigError.class)
                .actual()
                .toString()
                .replaceFirst(".*?: ", "")
                .lines()
                .toList();
    }

    private static ModelSettings model(String... overrides) {
        return overridden(overrides).bind("model", ModelSettings.class).get();
    }

    @Test
    void moreOverridesGoOverThoseThatWereThere() throws IOException {
        String file = file("my.conf", "train.schedule.warmup-steps = ${train.seed}");
        Settings settings = Settings.load(Optional.of(file), List.of("train.seed=7", "model.context=32"));

        Settings more = settings.with(List.of("train.seed=8", "model.context=64"));

        assertThat(more.text("train.seed")).isEqualTo("8");
        assertThat(more.text("train.schedule.warmup-steps")).isEqualTo("8");
        assertThat(more.text("data.sequence")).isEqualTo("64");
        assertThat(settings.text("train.seed")).isEqualTo("7");
        assertThat(settings.text("data.sequence")).isEqualTo("32");
        assertThatThrownBy(() -> settings.with(List.of("train.seed")))
                .isInstanceOf(ConfigError.class)
                .hasMessageContaining("must be key=value");
    }

    @Test
    void theDefaultsBind() {
        ModelSettings model = model();

        assertThat(model.layout()).isEmpty();
        assertThat(model.positions()).isEqualTo(new Positions.Learned());
        assertThat(model.toModel(257, AttentionConfig.uniform(4, 32)).vocabulary())
                .isEqualTo(257);
    }

    @Test
    void theFileStandsAboveTheDefaultsAndOverridesAboveTheFile() throws IOException {
        String file = file("run.conf", "model { layers = 3, width = 64 }");

        ModelSettings model = Settings.load(Optional.of(file), List.of("model.layers=5", "model.layers=6"))
                .bind("model", ModelSettings.class)
                .get();

        assertThat(model.layers()).isEqualTo(6);
        assertThat(model.width()).isEqualTo(64);
        assertThat(model.context()).isEqualTo(128);
    }

    @Test
    void everyProblemOfEverySectionIsReportedAtOnceWithFileAndLine() throws IOException {
        String file = file(
                "run.conf",
                "model {",
                "  layers = 0",
                "  width = 1.5",
                "  heads = 8",
                "  feed-forward.activation = gelo",
                "}",
                "compute.threads = 0",
                "swep.budget = 128");
        Settings settings = Settings.load(Optional.of(file), List.of("compute.backend=half"));
        settings.bind("model", ModelSettings.class);
        settings.bind("compute", Compute.class);

        assertThat(problems(settings))
                .containsExactlyInAnyOrder(
                        file + ": 8: swep is not a known key; did you mean sweep?",
                        file + ": 4: model.heads is not a known key; did you mean model.attention.heads?",
                        file + ": 3: model.width = 1.5, but it must be a whole number below 2^31",
                        file + ": 5: model.feed-forward.activation = \"gelo\", but it must be one of relu, gelu,"
                                + " gelu-tanh, silu, swiglu, geglu; did you mean gelu?",
                        "--set compute.backend=half: compute.backend = \"half\", but it must be one of auto, nd4j");
    }

    @Test
    void aRecordsRefusalIsReportedAtTheKeyThatItNames() throws IOException {
        String file = file("run.conf", "", "compute {", "  threads = 0", "}", "model.layers = 0");
        Settings settings = Settings.load(Optional.of(file), List.of());
        settings.bind("model", ModelSettings.class);
        settings.bind("compute", Compute.class);

        assertThat(problems(settings))
                .containsExactly(
                        file + ": 5: model.layers must be at least 1, got 0",
                        file + ": 3: compute.threads must be at least 1, got 0");
    }

    @Test
    void aDerivedErrorNamesTheNestedKeyAndTheRemedy() throws IOException {
        String file = file("run.conf", "model {", "  attention { heads = 24,", "    budget = 256 }", "}");
        Settings settings = Settings.load(Optional.of(file), List.of());
        settings.bind("model", ModelSettings.class);

        assertThat(problems(settings))
                .containsExactly(
                        file
                                + ": 2: model.attention.heads must divide the budget of 256, got 24; the nearest that do: 16 or 32");
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "model.layers=four       | model.layers = \"four\", but it must be a whole number",
                "model.layers=\"4\"      | model.layers = \"4\", but it must be a whole number",
                "model.layers=1e12       | model.layers = 1e12, but it must be a whole number",
                "model.layers=null       | model.layers has no value",
                "model.layers=[1,2]      | model.layers = [1,2], but it must be a whole number",
                "model.layers={a=1}      | model.layers = {\"a\":1}, but it must be a whole number",
                "model.dropout=much      | model.dropout = \"much\", but it must be a number",
                "model.dropout=1e999     | model.dropout = 1e999, but it must be a number",
                "model.dropout=1.5       | dropout must be at least 0 and below 1, got 1.5",
                "model.bias=1            | model.bias = 1, but it must be true or false",
                "model.positions=rotary  | model.positions = \"rotary\", but it must be a section: { type = rotary, base = ... }",
                "model.positions=lerned  | did you mean learned?",
                "model.positions={base=1}| a section whose key type is one of none, learned, sinusoidal, rotary, alibi, relative",
                "model.positions={type=rotary} | model.positions.base has no value",
                "model.norm=rms          | model.norm = \"rms\", but it must be a section with type, epsilon",
                "model.norm.epsilonn=1   | model.norm.epsilonn is not a known key; did you mean model.norm.epsilon?",
                "model.seeds=3           | model.seeds is not a known key; did you mean experiment.seeds or sweep.seeds?",
                "model.attention.groups=[{heads=4}] | model.attention.groups[0].head-dim has no value",
                "model.attention.groups=[{heads=4,head-dim=0}] | model.attention.groups[0].head-dim must be at least 1, got 0",
                "zzzzzzzzzzzz=3          | zzzzzzzzzzzz is not a known key; known here: ",
            })
    void aWrongValueSaysWhatItWasAndWhatItMustBe(String override, String message) {
        Settings settings = overridden(override);
        settings.bind("model", ModelSettings.class);

        assertThat(problems(settings)).singleElement().asString().contains(message);
    }

    @ParameterizedTest
    @ValueSource(strings = {"model.layers", "=3", "", "a..b=1", "model.layers=[1,"})
    void anOverrideThatIsNoKeyAndValueIsRefused(String override) {
        assertThatThrownBy(() -> overridden(override))
                .isInstanceOf(ConfigError.class)
                .hasMessageStartingWith("--set " + override + ":");
    }

    @Test
    void anOverrideTakesPathsAsTheyStand() {
        for (String path : List.of("hdfs://host:8020/a/*.txt", "s3a://b/c?#d", "/tmp/a b", "a=b", "~/x", "2024", "")) {
            assertThat(overridden("sweep.output=" + path)
                            .bind("sweep", Sweep.class)
                            .get()
                            .output())
                    .contains(path);
        }
    }

    @Test
    void aWholeNumberMayBeWrittenAsAPowerOfTen() {
        assertThat(model("model.width=1e3").width()).isEqualTo(1000);
    }

    @Test
    void listsHoldScalarsAndRecordsAndOneItemNeedsNoBrackets() {
        Sweep sweep = overridden("sweep.heads=[1,2]", "sweep.layouts=[{heads=4,head-dim=8}]", "sweep.seeds=7")
                .bind("sweep", Sweep.class)
                .get();

        assertThat(sweep.heads()).containsExactly(1, 2);
        assertThat(sweep.layouts()).containsExactly(new HeadSettings(4, 8, OptionalInt.empty()));
        assertThat(sweep.seeds()).containsExactly(7L);
        assertThat(sweep.output()).isEmpty();
        assertThat(sweep.slotsPerTrial()).isEqualTo(2);
    }

    @Test
    void anotherTypeLeavesBehindWhatTheDefaultsSayAboutTheirs() {
        assertThat(overridden("train.schedule.type=constant")
                        .bind("train.schedule", Schedule.class)
                        .get())
                .isEqualTo(new Schedule.Constant(100));
    }

    @Test
    void aTypeOfWhichAllMayBeLeftOutIsNamedByAWordOrInASection() {
        Outer.Diloco usual = new Outer.Diloco(Optional.empty(), Optional.empty());
        assertThat(overridden("train.outer=diloco")
                        .bind("train.outer", Outer.class)
                        .get())
                .isEqualTo(usual);
        assertThat(overridden("train.outer.type=diloco")
                        .bind("train.outer", Outer.class)
                        .get())
                .isEqualTo(usual);
        assertThat(overridden("train.outer={type=bmuf,momentum=0.5}")
                        .bind("train.outer", Outer.class)
                        .get())
                .isEqualTo(new Outer.Bmuf(Optional.empty(), Optional.of(0.5)));
    }

    @Test
    void aKeyOfAnotherTypeIsAMistakeIfTheUserWroteIt() {
        Settings settings = overridden("train.schedule.type=constant", "train.schedule.final-fraction=0.5");
        settings.bind("train.schedule", Schedule.class);

        assertThat(problems(settings))
                .singleElement()
                .asString()
                .contains("train.schedule.final-fraction is not a known key; known here: warmup-steps");
    }

    @Test
    void askingForARecordReportsTheProblemsOfAllSections() {
        Settings settings = overridden("compute.threads=0");
        Supplier<ModelSettings> model = settings.bind("model", ModelSettings.class);
        settings.bind("compute", Compute.class);

        assertThatThrownBy(model::get).isInstanceOf(ConfigError.class).hasMessageContaining("compute.threads");
    }

    @Test
    void aRuleAcrossSectionsIsReportedAtTheKeyThatItNames() {
        Settings settings = overridden("model.vocabulary=300");
        Supplier<ModelSettings> model = settings.bind("model", ModelSettings.class);
        settings.check("model", () -> model.get().toModel(257, AttentionConfig.uniform(1, 1)));

        assertThat(problems(settings))
                .containsExactly("--set model.vocabulary=300: model.vocabulary must be the tokenizer's 257, got 300;"
                        + " leave it out to take the tokenizer's");
    }

    @Test
    void headsAloneShareTheModelsWidth() {
        assertThat(model("model.attention.heads=8").layout()).contains(AttentionConfig.uniform(8, 16));
        assertThat(model("model.attention.head-dim=8").layout()).contains(AttentionConfig.uniform(16, 8));
        assertThat(model("model.attention.heads=3", "model.attention.head-dim=5")
                        .layout())
                .contains(AttentionConfig.uniform(3, 5));
        assertThat(model("model.attention.heads=8", "model.attention.budget=64").layout())
                .contains(AttentionConfig.uniform(8, 8));
        assertThatThrownBy(() -> model().toModel(9)).hasMessageStartingWith("model.attention needs heads");
    }

    @Test
    void keysAndValuesMayServeSeveralHeads() {
        assertThat(model("model.attention.heads=8", "model.attention.kv-heads=2")
                        .layout())
                .contains(new AttentionConfig(List.of(new HeadGroup(8, 16, 2))));
        assertThat(model("model.attention.groups=[{heads=2,head-dim=32},{heads=8,head-dim=8,kv-heads=1}]")
                        .layout())
                .contains(new AttentionConfig(List.of(new HeadGroup(2, 32), new HeadGroup(8, 8, 1))));
        assertThatThrownBy(() -> model("model.attention.heads=8", "model.attention.kv-heads=3"))
                .hasMessageContaining(
                        "model.attention.kv-heads must divide the 8 heads, got 3; the nearest that do: 2 or 4");
        assertThatThrownBy(() -> model("model.attention.groups=[{heads=8,head-dim=8,kv-heads=3}]"))
                .hasMessageContaining("model.attention.groups[0].kv-heads must divide the 8 heads, got 3");
        assertThatThrownBy(() -> model("model.attention.kv-heads=2"))
                .hasMessageContaining("model.attention.kv-heads needs heads or head-dim beside it");
    }

    @Test
    void layersMayHaveHeadsOfTheirOwn() {
        String layers = "model.attention.per-layer=[{heads=8,head-dim=4},{head-dim=64},"
                + "{groups=[{heads=2,head-dim=32,kv-heads=1},{heads=4,head-dim=16}]}]";
        ModelConfig model = model("model.layers=3", layers).toModel(9);
        assertThat(model.block(0).attention()).hasToString("8x4");
        assertThat(model.block(1).attention())
                .as("the other follows from the width")
                .hasToString("2x64");
        assertThat(model.block(2).attention()).hasToString("2x32/1+4x16");
        assertThat(model("model.layers=3", layers)
                        .toModel(9, AttentionConfig.uniform(4, 32))
                        .block(0)
                        .attention())
                .as("a sweep's")
                .hasToString("4x32");

        assertThatThrownBy(() -> model("model.layers=2", layers))
                .hasMessageContaining("model.attention.per-layer must have a layout for each of the 2 layers, got 3");
        assertThatThrownBy(() -> model("model.layers=3", layers, "model.attention.heads=4"))
                .hasMessageContaining("model.attention.per-layer says what heads every layer has; leave heads");
        assertThatThrownBy(() -> model("model.layers=3", layers, "model.attention.budget=128"))
                .hasMessageContaining("heads * head-dim must be the budget of 128, got 8 * 4 = 32");
        assertThatThrownBy(() -> model("model.attention.per-layer=[{}]"))
                .hasMessageContaining("model.attention.per-layer needs heads or head-dim, or groups, in every layer");
        assertThatThrownBy(() -> model("model.attention.per-layer=[{heads=4,groups=[{heads=1,head-dim=2}]}]"))
                .hasMessageContaining("model.attention.per-layer[0].groups say how many heads there are");
    }

    @Test
    void theoryMayAllocateTheHeads() {
        String theory = "model.attention.allocate={kernel=\"n-gram:2\",token-dim=16}";
        assertThat(model(theory).layout()).as("of the model's width").contains(AttentionConfig.uniform(8, 16));
        assertThat(model(theory, "model.attention.budget=70")
                        .toModel(9)
                        .block(3)
                        .attention()
                        .width())
                .isEqualTo(70);

        assertThatThrownBy(() -> model(theory, "model.attention.heads=4"))
                .hasMessageContaining("model.attention.allocate says what heads there are; leave heads");
        assertThatThrownBy(() -> model(theory, "model.attention.budget=8"))
                .hasMessageContaining("token-dim must be at most the budget of 8, or no head could keep a whole token");
        assertThatThrownBy(() -> model("model.attention.allocate={kernel=\"1,x\",token-dim=16}"))
                .hasMessageContaining("'x' is no number");
        assertThatThrownBy(() -> model("model.attention.allocate.kernel=1"))
                .hasMessageContaining("model.attention.allocate.token-dim has no value");
    }

    @Test
    void embeddingsAndLayersShareAsTheConfigurationSays() {
        assertThat(model("model.sharing.embedding=none").sharing().embedding()).isEqualTo(Sharing.Embedding.NONE);
        assertThat(model("model.sharing.embedding={type=partial,columns=64}")
                        .sharing()
                        .embedding())
                .isEqualTo(new Sharing.Embedding.Partial(64));
        assertThat(model("model.sharing.embedding={type=differentiated,rank=32,own=8}")
                        .sharing()
                        .embedding())
                .isEqualTo(new Sharing.Embedding.Differentiated(32, 8));
        assertThat(model("model.sharing.embedding={type=tied-until,step=100}")
                        .sharing()
                        .embedding())
                .isEqualTo(new Sharing.Embedding.TiedUntil(100));
        assertThat(model("model.sharing.embedding={type=untied-until,step=100,over=20}")
                        .sharing()
                        .embedding())
                .isEqualTo(new Sharing.Embedding.UntiedUntil(100, 20));
        assertThat(model("model.sharing.layers=feed-forward").sharing().layers())
                .isEqualTo(Sharing.Layers.FEED_FORWARD);
        assertThat(model("model.embedding.width=32", "model.embedding.output-bias=true")
                        .toModel(9, AttentionConfig.uniform(1, 2))
                        .embedding())
                .isEqualTo(new EmbeddingConfig(32, true));
        assertThat(model("model.width=64")
                        .toModel(9, AttentionConfig.uniform(1, 2))
                        .embedding()
                        .width())
                .isEqualTo(64);
        assertThatThrownBy(() -> model("model.sharing.embedding={type=partial,columns=129}"))
                .hasMessageContaining("model.sharing.embedding.columns must be at most model.width, 128, got 129");
        assertThatThrownBy(() -> model("model.embedding.width=200"))
                .hasMessageContaining("model.embedding.width must be at most model.width, 128, got 200");
    }

    @Test
    void expertsAreASectionOfTheFeedForwardNetwork() {
        assertThat(model().feedForward().experts().dense()).isTrue();
        assertThat(model(
                                "model.feed-forward.experts={count=8,top-k=2,weights={type=shared,rank=4}}",
                                "model.feed-forward.experts.balance=0.1")
                        .feedForward()
                        .experts())
                .isEqualTo(new Experts(8, 2, Experts.Gates.CHOSEN, 0.1, new Experts.Weights.Shared(4)));
        assertThatThrownBy(() -> model("model.feed-forward.experts.count=4"))
                .hasMessageContaining("model.feed-forward.experts.top-k must be at least 2 with gates = chosen, got 1");
    }

    @Test
    void initializationsAreSections() {
        assertThat(model("model.initialization.std=0.1").initialization()).isEqualTo(new Initialization.Gpt2(0.1));
        assertThat(model("model.initialization.type=xavier").initialization())
                .isEqualTo(new Initialization.Xavier(0.02));
        assertThat(model("model.initialization={type=mup,base-width=64}").initialization())
                .isEqualTo(new Initialization.Mup(0.02, 64));
        assertThatThrownBy(() -> model("model.initialization.std=0"))
                .hasMessageContaining("model.initialization.std must be positive and finite, got 0.0");
    }

    @Test
    void whatWasStoredUnderAnOlderNameIsRead() {
        Settings stored = Settings.stored(
                "run", "{\"model\":{\"initial-std\":0.3,\"width\":64},\"compute\":{\"precision\":\"double\"}}");
        assertThat(stored.text("train.precision")).isEqualTo("double");
        ModelSettings model = stored.bind("model", ModelSettings.class).get();
        assertThat(model.initialization()).isEqualTo(new Initialization.Gpt2(0.3));
        assertThat(model.norm().placement()).isEqualTo(Norm.Placement.PRE);
        stored.throwIfWrong();
    }

    @Test
    void positionsAreAWordOrASection() {
        assertThat(model("model.positions=none").positions()).isEqualTo(new Positions.None());
        assertThat(model("model.positions=sinusoidal").positions()).isEqualTo(new Positions.Sinusoidal());
        assertThat(model("model.positions=alibi").positions()).isEqualTo(new Positions.Alibi());
        assertThat(model("model.positions={type=relative,distances=8}").positions())
                .isEqualTo(new Positions.Relative(8));
        assertThat(model("model.positions={type=rotary,base=500}").positions()).isEqualTo(new Positions.Rotary(500));
        assertThatThrownBy(() -> model("model.positions={type=relative,distances=0}"))
                .hasMessageContaining("model.positions.distances must be at least 1, got 0");
    }

    @Test
    void scoresAreSetBesideTheHeads() {
        Scores plain = model("model.attention.heads=8").toModel(9).block().scores();
        assertThat(plain).isEqualTo(Scores.PLAIN);
        Scores others = model(
                        "model.attention.scale={type=fixed,value=0.5}",
                        "model.attention.window=16",
                        "model.attention.qk-norm=true")
                .toModel(9, AttentionConfig.uniform(2, 2))
                .block()
                .scores();
        assertThat(others).isEqualTo(new Scores(new Scale.Fixed(0.5), 16, true));
        assertThat(model("model.attention.scale=inverse")
                        .toModel(9, AttentionConfig.uniform(2, 2))
                        .block()
                        .scores()
                        .scale())
                .isEqualTo(new Scale.Inverse());
        assertThatThrownBy(() -> model("model.attention.window=0"))
                .hasMessageContaining("model.attention.window must be at least 1, got 0");
        assertThatThrownBy(() -> model("model.attention.scale={type=fixed,value=0}"))
                .hasMessageContaining("model.attention.scale.value must be positive and finite, got 0.0");
    }

    @Test
    void queriesKeysAndValuesMayShareTheirProjection() {
        assertThat(model("model.sharing.qkv=key-value", "model.attention.heads=8", "model.attention.kv-heads=2")
                        .toModel(9)
                        .sharing())
                .isEqualTo(new Sharing(Sharing.Qkv.KEY_VALUE, Sharing.Embedding.FULL));
        assertThatThrownBy(
                        () -> model("model.sharing.qkv=all", "model.attention.heads=8", "model.attention.kv-heads=2"))
                .hasMessageContaining("model.sharing.qkv makes queries and keys the same, so every head needs a key of"
                        + " its own, got heads 8x16/2");
    }

    @Test
    void groupsSpendTheBudgetAndStandAlone() {
        String groups = "model.attention.groups=[{heads=2,head-dim=32},{heads=8,head-dim=8}]";
        assertThat(model(groups, "model.attention.budget=128").layout())
                .contains(new AttentionConfig(List.of(new HeadGroup(2, 32), new HeadGroup(8, 8))));
        assertThatThrownBy(() -> model(groups, "model.attention.budget=100"))
                .hasMessageContaining("model.attention.groups must spend the budget of 100, got 2x32+8x8 = 128");
        assertThatThrownBy(() -> model(groups, "model.attention.heads=4"))
                .hasMessageContaining("model.attention.groups say how many heads there are");
    }

    @Test
    void equalSettingsHaveOneHashHoweverTheyAreWritten() throws IOException {
        String file = file("run.conf", "model { width : 64.0, \"layers\" = 2e0 }");
        Settings written = Settings.load(Optional.of(file), List.of());
        Settings overridden = overridden("model.layers=2", "model.width=64");

        assertThat(written.hash("model")).isEqualTo(overridden.hash("model")).hasSize(64);
        assertThat(written.hash("model"))
                .isNotEqualTo(overridden("model.layers=3").hash("model"));
        assertThat(written.canonicalJson("compute", "sweep")).startsWith("{\"compute\":{\"backend\":\"auto\",");
        assertThat(written.canonicalJson()).contains("\"data\":{", "\"dropout\":0,", "\"vocabulary\":null");
    }

    @Test
    void aFileThatIsMissingOrNoHoconIsRefusedByName() throws IOException {
        Path latin1 = folder.resolve("latin1.conf");
        Files.write(latin1, "# für\n".getBytes(StandardCharsets.ISO_8859_1));

        assertRefused("absent.conf", "configuration absent.conf does not exist");
        assertRefused(folder.toString(), "is a directory");
        assertRefused(latin1.toString(), "must be text in UTF-8");
        assertRefused(file("flat.conf", "model = 5"), "flat.conf: 1: model must be a section");
        assertRefused(file("torn.conf", "", "model {"), "torn.conf: 2: ");
        assertRefused(file("free.conf", "model.width = ${nowhere}"), "free.conf: 1: ");
        assertRefused(file("include.conf", "include \"other.conf\""), "include of other.conf is not supported");
        assertRefused(
                file("includes.conf", "include required(file(\"o.conf\"))"), "include of o.conf is not supported");
        assertRefused("a\0b", "configuration a");
    }

    private static void assertRefused(String file, String message) {
        assertThatThrownBy(() -> Settings.load(Optional.of(file), List.of()))
                .isInstanceOf(ConfigError.class)
                .hasMessageContaining(message);
    }

    @Test
    void anEmptyFileIsTheDefaults() throws IOException {
        assertThat(Settings.load(Optional.of(file("empty.conf")), List.of()).hash())
                .isEqualTo(overridden().hash());
    }
}
