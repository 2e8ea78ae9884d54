package apportion.spark.sweep;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import apportion.model.checkpoint.Checkpoint;
import apportion.model.checkpoint.CheckpointContents;
import apportion.model.checkpoint.Checkpoints;
import apportion.model.checkpoint.FlatVector;
import apportion.model.checkpoint.Parameters;
import apportion.spark.compute.ComputeSettings;
import apportion.spark.conf.ModelSettings;
import apportion.spark.conf.Settings;
import apportion.spark.dataset.Dataset;
import apportion.spark.failure.Diverged;
import apportion.spark.failure.UserError;
import apportion.spark.prepare.DataConfig;
import apportion.spark.prepare.PrepareJob;
import apportion.spark.progress.Progress;
import apportion.spark.report.Layout;
import apportion.spark.report.Outcome;
import apportion.spark.report.RateSearch;
import apportion.spark.report.SweepJson;
import apportion.spark.report.TrialResult;
import apportion.spark.storage.Storage;
import apportion.spark.train.TrainConfig;
import apportion.spark.train.TrainJob;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.FileTime;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.Random;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.apache.spark.api.java.JavaSparkContext;
import org.apache.spark.sql.SparkSession;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Three layouts of a budget of 8 with two seeds: six trials, as small as trials can be. */
final class SweepJobTest {

    private static SparkSession spark = session(2);

    @TempDir
    private static Path shared;

    private static Dataset dataset;
    private static Dataset otherDataset;

    @TempDir
    private Path folder;

    @BeforeAll
    static void prepare() throws IOException {
        dataset = prepared("first", 1);
        otherDataset = prepared("second", 2);
    }

    @AfterAll
    static void stop() {
        spark.stop();
    }

    private static SparkSession session(int cores) {
        SparkSession started = SparkSession.builder()
                .master("local[" + cores + "]")
                .config("spark.ui.enabled", "false")
                .config("spark.driver.host", "localhost")
                .config("spark.driver.bindAddress", "127.0.0.1")
                .getOrCreate();
        started.sparkContext().setLogLevel("OFF");
        return started;
    }

    private static Dataset prepared(String name, int seed) throws IOException {
        Random random = new Random(seed);
        String text = random.ints(60, 0, 9)
                .mapToObj(word -> "word " + word + " of a line\n")
                .distinct()
                .collect(Collectors.joining());
        Path corpus = Files.writeString(shared.resolve(name + ".txt"), text);
        Settings settings = Settings.load(
                Optional.empty(),
                List.of(
                        "data.corpus=" + corpus,
                        "data.output=" + shared.resolve(name),
                        "data.format.document=line",
                        "data.validation={ by = tail, fraction = 0.4 }",
                        "data.sequence=8"));
        return PrepareJob.run(
                        spark,
                        settings.bind("data", DataConfig.class).get(),
                        settings.canonicalJson("data"),
                        Progress.SILENT)
                .dataset();
    }

    @Test
    void everyTrialHasALineItsCheckpointsAndItsLossesByDocument() throws IOException {
        SweepPlan plan = plan();

        SweepJob.Result result = run(plan);

        List<TrialResult> trials = ledger();
        assertThat(trials)
                .extracting(trial -> trial.layout() + " " + trial.seed())
                .containsExactlyInAnyOrder("1x8 1", "2x4 1", "4x2 1", "1x8 2", "2x4 2", "4x2 2");
        assertThat(trials).extracting(TrialResult::id).containsExactlyInAnyOrderElementsOf(ids(plan));
        assertThat(trials).allSatisfy(trial -> {
            assertThat(trial.outcome()).isInstanceOf(Outcome.Done.class);
            assertThat(trial.curve().training()).hasSize(2);
            assertThat(trial.cost().tokens()).isEqualTo(4 * 2 * 8);
            assertThat(folder.resolve("sweep/trials/" + trial.id()))
                    .isDirectoryContaining("glob:**/documents.json")
                    .isDirectoryContaining("glob:**/metrics.jsonl")
                    .isDirectoryContaining("glob:**/round-000002");
        });
        assertThat(result.trials()).isEqualTo(6);
        Map<String, Double> losses = losses();
        assertThat(losses).hasSize(6);
        assertThat(new HashSet<>(losses.values())).hasSize(6);
        assertThat(result.best().orElseThrow().loss())
                .isCloseTo(
                        Stream.of("1x8", "2x4", "4x2")
                                .mapToDouble(layout -> (losses.getOrDefault(layout + " 1", Double.NaN)
                                                + losses.getOrDefault(layout + " 2", Double.NaN))
                                        / 2)
                                .min()
                                .orElseThrow(),
                        within(1e-12));
        assertThat(Path.of(result.report())).content().contains("<svg", "bytes, 257 tokens", "apportion sweep a.conf");
        assertThat(folder.resolve("sweep/report.json")).exists();
        Map<String, Double> table = spark
                .read()
                .parquet(folder.resolve("sweep/results.parquet").toString())
                .where("status = 'done' and purpose = 'comparison' and learning_rate = 0.001 and tokens = 64")
                .collectAsList()
                .stream()
                .collect(Collectors.toMap(
                        row -> row.getAs("layout") + " " + row.getAs("seed"), row -> row.<Double>getAs("loss")));
        assertThat(table).isEqualTo(losses);
    }

    @Test
    void aFinishedSweepIsOnlyReportedAgain() throws IOException {
        run(plan());
        String ledger = Files.readString(ledgerFile());
        String page = Files.readString(folder.resolve("sweep/report.html"));
        Files.delete(folder.resolve("sweep/report.html"));

        run(plan());

        assertThat(ledgerFile()).content().isEqualTo(ledger);
        assertThat(folder.resolve("sweep/report.html")).content().isEqualTo(page);
        Files.delete(folder.resolve("sweep/report.html"));
        SweepJob.Result result = SweepJob.report(storage(), sweep());
        assertThat(folder.resolve("sweep/report.html")).content().isEqualTo(page);
        assertThat(result.trials()).isEqualTo(6);
        assertThat(ledgerFile()).content().isEqualTo(ledger);
    }

    @Test
    void afterAKillOnlyTheTrialsWithoutAWholeLineRunAgain() throws IOException {
        SweepPlan plan = plan("sweep.heads=[1, 2]");
        run(plan);
        Map<String, Double> losses = losses();
        List<String> lines = Files.readAllLines(ledgerFile());
        // The third trial's line is torn; of the fourth not even the checkpoints were written.
        String torn = lines.get(0) + "\n" + lines.get(1) + "\n" + lines.get(2).substring(0, 100);
        Files.writeString(ledgerFile(), torn);
        storage()
                .delete(Storage.child(
                        sweep(), "trials/" + SweepJson.readTrial(lines.get(3)).id()));

        SweepJob.report(storage(), sweep());
        assertThat(ledgerFile()).content().isEqualTo(torn);
        run(plan);

        assertThat(Files.readAllLines(ledgerFile())).hasSize(4).startsWith(lines.get(0), lines.get(1));
        assertThat(losses()).isEqualTo(losses);
    }

    @Test
    void aTrialWhoseLossesByDocumentWereLostIsMeasuredAgain() throws IOException {
        SweepPlan plan = plan("sweep.heads=[1, 2]", "sweep.seeds=[1]");
        SweepJob.Result first = run(plan);
        List<TrialResult> listed = ledger();
        Path lost = folder.resolve("sweep/trials/" + listed.get(0).id() + "/documents.json");
        Path damaged = folder.resolve("sweep/trials/" + listed.get(1).id() + "/documents.json");
        byte[] documents = Files.readAllBytes(lost);
        byte[] others = Files.readAllBytes(damaged);
        Files.delete(lost);
        Files.writeString(damaged, "[{");

        assertThatThrownBy(() -> SweepJob.report(storage(), sweep()))
                .isInstanceOf(UserError.class)
                .hasMessageContaining(lost + " is missing; give the sweep's command again");
        Map<Path, FileTime> models = models();
        assertThat(run(plan).text()).isEqualTo(first.text());
        assertThat(ledger()).isEqualTo(listed);
        assertThat(models()).isEqualTo(models);
        assertThat(lost).hasBinaryContent(documents);
        assertThat(damaged).hasBinaryContent(others);
    }

    @Test
    void aSeedThatIsAddedLaterRunsItsOwnTrialsOnly() throws IOException {
        run(plan("sweep.heads=[1, 4]", "sweep.seeds=[1]"));
        List<String> lines = Files.readAllLines(ledgerFile());

        SweepJob.Result result = run(plan("sweep.heads=[1, 4]", "sweep.seeds=[1, 7]"));

        assertThat(Files.readAllLines(ledgerFile())).hasSize(4).startsWith(lines.toArray(String[]::new));
        assertThat(ledger().subList(2, 4)).extracting(TrialResult::seed).containsOnly(7L);
        assertThat(result.trials()).isEqualTo(4);
        assertThat(result.others()).isZero();
    }

    @Test
    void aReportCoversWhatTheConfigurationAsksForAndCountsTheRest() throws IOException {
        run(plan("sweep.heads=[1, 4]", "sweep.seeds=[1]"));
        SweepJob.Result narrower = run(plan("sweep.heads=[2]", "sweep.seeds=[1, 7]"));
        // A line twice, as after a ledger that was joined by hand.
        Files.writeString(
                ledgerFile(),
                Files.readString(ledgerFile())
                        + Files.readAllLines(ledgerFile()).get(2) + "\n");

        for (SweepJob.Result result : List.of(narrower, SweepJob.report(storage(), sweep()))) {
            assertThat(result.trials()).isEqualTo(2);
            assertThat(result.others()).isEqualTo(2);
            assertThat(result.best().orElseThrow().layout().toString()).isEqualTo("2x4");
            assertThat(result.best().orElseThrow().loss())
                    .isCloseTo((losses("2x4 1") + losses("2x4 7")) / 2, within(1e-12));
            assertThat(result.text()).contains("2 other trials");
        }
        assertThat(folder.resolve("sweep/report.json")).content().contains("\"otherTrials\" : 2");
        assertThat(folder.resolve("sweep/report.html")).content().contains("2 other trials in the ledger");
    }

    private double losses(String trial) throws IOException {
        return ledger().stream()
                .filter(each -> (each.layout() + " " + each.seed()).equals(trial))
                .map(each -> ((Outcome.Done) each.outcome()).validation().loss())
                .findFirst()
                .orElseThrow();
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "train.batch=3",
                "model.width=16",
                "sweep.budget=16",
                "train.precision=double",
                "sweep.learning-rates=[1e-3]"
            })
    void aDirectoryKeepsToOneConfiguration(String change) throws IOException {
        run(plan("sweep.heads=[1]", "sweep.seeds=[1]"));
        String ledger = Files.readString(ledgerFile());

        assertThatThrownBy(() -> run(plan(change, "sweep.heads=[2]")))
                .isInstanceOf(UserError.class)
                .hasMessageContainingAll(
                        "belongs to another run", change.substring(0, change.indexOf('=')) + " = ", "(there ")
                .hasMessageContaining("name another output directory");
        assertThat(ledgerFile()).content().isEqualTo(ledger);
    }

    @Test
    void aTrialThatDivergesIsRecordedAndStopsNoOther() throws IOException {
        SweepPlan plan = plan();
        SweepPlan.Trial doomed = plan.compared(Map.of()).get(1);
        run(plan("sweep.heads=[2]", "sweep.seeds=[1]"));
        Files.delete(ledgerFile());
        poison(doomed.plan());

        SweepJob.Result result = run(plan);

        assertThat(result.trials()).isEqualTo(6);
        assertThat(losses()).hasSize(5).doesNotContainKey("2x4 1");
        Outcome outcome = ledger().stream()
                .filter(trial -> trial.id().equals(doomed.id()))
                .findFirst()
                .orElseThrow()
                .outcome();
        assertThat(outcome).isInstanceOf(Outcome.Diverged.class);
        assertThat(outcome.toString()).contains("2x4 seed 1", "round 2");
        assertThat(Path.of(result.report())).content().contains("diverged");
        assertThat(run(plan).trials()).isEqualTo(6);
        assertThat(ledger()).hasSize(6);
    }

    /** Takes a run back to its first checkpoint and puts numbers there that no step survives. */
    private static void poison(TrainJob.Plan plan) throws IOException {
        String run = storage().qualified(plan.output());
        Checkpoint first = Checkpoint.open(storage().checkpoints(), Storage.child(run, "round-000001"));
        float[] values = first.parameters().values().floats();
        Arrays.fill(values, Float.NaN);
        CheckpointContents contents = new CheckpointContents(
                first.config(),
                first.state(),
                new Parameters(FlatVector.of(values), first.parameters().slices()),
                Optional.empty(),
                List.of(first.replica(0)).iterator());
        storage().delete(Storage.child(run, "round-000001"));
        storage().delete(Storage.child(run, "round-000002"));
        new Checkpoints(storage().checkpoints(), run).write(contents, 2);
    }

    @Test
    void aSweepWithoutASingleGoodTrialFailsWithAReport() throws IOException {
        assertThatThrownBy(() -> run(plan("train.optimizer.learning-rate=1e30", "sweep.seeds=[1]")))
                .isInstanceOf(Diverged.class)
                .hasMessageContaining("All diverged")
                .hasMessageContaining("no trial ended well; ")
                .hasMessageContaining("report.html says why");
        assertThat(ledger())
                .hasSize(3)
                .allSatisfy(trial -> assertThat(trial.outcome()).isInstanceOf(Outcome.Diverged.class));
        assertThat(folder.resolve("sweep/report.html")).exists();
    }

    @Test
    void aMistakeThatAllTrialsShareEndsTheSweepAtOnce() {
        assertThatThrownBy(() -> run(plan("model.context=4")))
                .isInstanceOf(UserError.class)
                .hasMessageContaining("model.context = 4, but the dataset's sequences predict 8 tokens");
        assertThat(ledgerFile()).doesNotExist();
    }

    @Test
    void howManyTrialsRunSideBySideDoesNotMatter() throws IOException {
        run(plan());
        Map<String, Double> sideBySide = losses();
        spark.stop();
        spark = session(1);
        try {
            storage().delete(sweep());
            run(plan("sweep.slots-per-trial=3"));
        } finally {
            spark.stop();
            spark = session(2);
        }

        assertThat(losses()).isEqualTo(sideBySide);
    }

    @Test
    void aTrialsIdSaysWhatCouldChangeItsResult() {
        List<String> ids = ids(plan());

        assertThat(new HashSet<>(ids)).hasSize(6);
        assertThat(ids(plan("sweep.output=elsewhere", "train.output=here", "sweep.slots-per-trial=9")))
                .isEqualTo(ids);
        assertThat(ids(plan("train.checkpoint={ every-rounds = 9, keep = 7 }", "sweep.heads=[4, 2, 1]")))
                .containsExactlyInAnyOrderElementsOf(ids);
        for (String change : List.of(
                "train.steps=5",
                "train.optimizer.beta1=0.8",
                "train.schedule.warmup-steps=2",
                "model.layers=2",
                "model.dropout=0.1",
                "train.precision=double",
                "sweep.seeds=[3, 4]",
                "sweep.layouts=[{ heads = 8, head-dim = 1 }]")) {
            String[] changes = change.startsWith("sweep.layouts")
                    ? new String[] {"sweep.heads=[]", change}
                    : new String[] {change};
            assertThat(ids(plan(changes))).as(change).doesNotContainAnyElementsOf(ids);
        }
        assertThat(ids(plan(otherDataset))).doesNotContainAnyElementsOf(ids);
    }

    /** What a user adds to a sweep later must not make it run again what it has. */
    @Test
    void axesThatLeaveATrialAsItWasLeaveItsId() {
        List<String> ids = ids(plan());

        assertThat(ids(plan("sweep.axes.scoring=[inverse-root]"))).isEqualTo(ids);
        assertThat(ids(plan("sweep.axes.head-dims=[2, 4, 8]"))).containsAll(ids.subList(0, 1));
        assertThat(ids(plan("sweep.equal=flops"))).isEqualTo(ids);
        assertThat(ids(plan("model.attention.scale={ type = inverse-root }"))).doesNotContainAnyElementsOf(ids);
        for (String change : List.of("sweep.axes.scoring=[inverse]", "sweep.axes.scoring=[qk-norm]")) {
            assertThat(ids(plan(change))).as(change).doesNotContainAnyElementsOf(ids);
        }
    }

    @Test
    void everyAxisIsTrainedAndReported() throws IOException {
        SweepJob.Result result = run(plan(
                "model.layers=2",
                "sweep.equal=parameters",
                "sweep.heads=[1, 2]",
                "sweep.axes.head-dims=[2, 4]",
                "sweep.axes.scoring=[inverse, qk-norm]",
                "sweep.axes.schedules=[{ name = late, per-layer = [{ heads = 1, head-dim = 2 }, { heads = 3, head-dim ="
                        + " 2 }] }]",
                "sweep.seeds=[1]"));

        assertThat(losses()).hasSize(10).containsKeys("1x2 inverse 1", "2x4 qk-norm 1", "late inverse 1");
        assertThat(new HashSet<>(losses().values())).hasSize(10);
        assertThat(ledger())
                .filteredOn(trial -> trial.layout().toString().equals("1x2 inverse"))
                .allSatisfy(trial -> {
                    // 8 * 4 numbers for a unit of attention's width, 8 * 2 for one of feed-forward's.
                    assertThat(trial.layout().feedForward()).isEqualTo(8 + 2 * (8 - 2));
                    assertThat(trial.cost().keyValueBytes()).isEqualTo(2 * 2 * 2 * 8 * 4);
                });
        assertThat(Path.of(result.report()))
                .content()
                .contains(
                        "Loss over heads and head dimension",
                        "by feed-forward width, off by at most",
                        "late, first to");
    }

    @Test
    void everyLayoutIsComparedWithItsOwnLearningRate() throws IOException {
        SweepPlan plan = plan("sweep.learning-rates=[1e-3, 1e30, 3e-2]", "sweep.seeds=[1]");

        SweepJob.Result result = run(plan);

        List<TrialResult> ledger = ledger();
        assertThat(ledger).hasSize(3 * 3 + 3);
        assertThat(ledger.subList(0, 9))
                .allSatisfy(trial -> assertThat(trial.setting().purpose()).isEqualTo(TrialResult.Purpose.TUNING))
                .extracting(TrialResult::seed)
                .containsOnly(0L);
        Map<Layout, RateSearch> searches = RateSearch.of(ledger);
        assertThat(searches).hasSize(3);
        assertThat(ledger.subList(9, 12)).allSatisfy(trial -> {
            RateSearch search = Objects.requireNonNull(searches.get(trial.layout()));
            assertThat(trial.seed()).isEqualTo(1);
            assertThat(trial.setting().learningRate()).isEqualTo(search.chosen());
            assertThat(search.tried().get(2).loss()).as("1e30").isEmpty();
            assertThat(search.tried().stream()
                            .flatMapToDouble(rate -> rate.loss().stream())
                            .min()
                            .orElseThrow())
                    .isEqualTo(search.tried().stream()
                            .filter(rate -> rate.learningRate() == search.chosen())
                            .findFirst()
                            .orElseThrow()
                            .loss()
                            .orElseThrow());
        });
        assertThat(result.best().orElseThrow().loss())
                .isCloseTo(
                        ledger.subList(9, 12).stream()
                                .mapToDouble(trial -> ((Outcome.Done) trial.outcome())
                                        .validation()
                                        .loss())
                                .min()
                                .orElseThrow(),
                        within(1e-12));
        assertThat(Path.of(result.report())).content().contains("Learning rates", "have a seed of their own");
        String before = Files.readString(ledgerFile());
        run(plan);
        assertThat(ledgerFile()).content().isEqualTo(before);
    }

    @Test
    void aRateThatIsAddedLaterAndWinsReplacesTheComparison() throws IOException {
        String[] few = {"sweep.learning-rates=[1e-9]", "sweep.heads=[1]", "sweep.seeds=[2]", "sweep.tuning-seed=1"};
        run(plan(few));
        few[0] = "sweep.learning-rates=[1e-9, 1e-3]";

        SweepJob.Result result = run(plan(few));

        assertThat(ledger())
                .extracting(trial -> trial.setting().learningRate())
                .containsExactly(1e-9, 1e-9, 1e-3, 1e-3);
        assertThat(result.best().orElseThrow().loss())
                .isCloseTo(
                        ((Outcome.Done) ledger().get(3).outcome()).validation().loss(), within(1e-12));
    }

    @Test
    void aRunCannotBothChooseARateAndMeasureIt() {
        assertThatThrownBy(() -> plan("sweep.learning-rates=[1e-3]", "sweep.tuning-seed=2"))
                .isInstanceOf(UserError.class)
                .hasMessageContaining("tuning-seed must be none of seeds")
                .hasMessageContaining("got 2");
        assertThatThrownBy(() -> plan("sweep.learning-rates=[1e-3, 0]"))
                .isInstanceOf(UserError.class)
                .hasMessageContaining("learning-rates must be different positive numbers, got [0.001, 0.0]");
    }

    @Test
    void aForeignLineInTheLedgerIsNamed() throws IOException {
        run(plan("sweep.heads=[1]", "sweep.seeds=[1]"));
        Files.writeString(ledgerFile(), Files.readString(ledgerFile()) + "{\"id\":\"x\"}\n");

        assertThatThrownBy(() -> SweepJob.report(storage(), sweep()))
                .isInstanceOf(UserError.class)
                .hasMessageContaining("line 2 of the sweep's ledger.jsonl is not a trial");
    }

    @Test
    void theLedgerOfAnotherReleaseIsMadeAgainOfTheTrialsBesideIt() throws IOException {
        SweepPlan plan = plan("sweep.heads=[1, 2]", "sweep.seeds=[1]");
        run(plan);
        Map<String, Double> losses = losses();
        Map<Path, FileTime> models = models();
        String old = Files.readString(ledgerFile()).replaceAll("\"scoring\":\"[^\"]*\",", "");
        assertThat(old).isNotEqualTo(Files.readString(ledgerFile()));
        Files.writeString(ledgerFile(), old);

        assertThatThrownBy(() -> run(plan))
                .isInstanceOf(UserError.class)
                .hasMessageContainingAll("written by another release", "Delete or move the ledger");
        Files.delete(ledgerFile());
        run(plan);

        assertThat(losses()).hasSize(2).isEqualTo(losses);
        assertThat(models()).isEqualTo(models);
    }

    /** When the weights of all checkpoints were written. */
    private Map<Path, FileTime> models() throws IOException {
        Map<Path, FileTime> times = new HashMap<>();
        try (Stream<Path> files = Files.walk(folder.resolve("sweep/trials"))) {
            for (Path file :
                    files.filter(each -> each.endsWith("model.safetensors")).toList()) {
                times.put(file, Files.getLastModifiedTime(file));
            }
        }
        return times;
    }

    @Test
    void aDirectoryWithoutASweepHasNoReport() {
        assertThatThrownBy(() -> SweepJob.report(storage(), folder.toString()))
                .isInstanceOf(UserError.class)
                .hasMessageContaining("holds no finished trial");
        assertThat(folder).isEmptyDirectory();
    }

    private SweepPlan plan(String... overrides) {
        return plan(dataset, overrides);
    }

    private SweepPlan plan(Dataset data, String... overrides) {
        List<String> all = new ArrayList<>(List.of(
                "model={ layers = 1, width = 8, context = 8, feed-forward.width = 8 }",
                "train={ replicas = 1, local-steps = 2, batch = 2, steps = 4, evaluate-every-rounds = 1 }",
                "train.checkpoint={ every-rounds = 1, keep = 2 }",
                "train.schedule.warmup-steps=1",
                "sweep.output=" + sweep(),
                "sweep.budget=8",
                "sweep.heads=[1, 2, 4]",
                "sweep.seeds=[1, 2]"));
        all.addAll(List.of(overrides));
        Settings settings = Settings.load(Optional.empty(), all);
        return new SweepPlan(
                settings.bind("sweep", SweepConfig.class).get(),
                settings.bind("model", ModelSettings.class).get(),
                settings.bind("train", TrainConfig.class).get(),
                ComputeSettings.bind(settings).get(),
                data,
                settings.canonicalJson("model", "train", "compute"),
                "apportion sweep a.conf");
    }

    private static JavaSparkContext context() {
        return JavaSparkContext.fromSparkContext(spark.sparkContext());
    }

    private static Storage storage() {
        return Storage.withDefaults();
    }

    private static SweepJob.Result run(SweepPlan plan) {
        return SweepJob.run(context(), storage(), plan, Progress.SILENT);
    }

    private static List<String> ids(SweepPlan plan) {
        return plan.compared(Map.of()).stream().map(SweepPlan.Trial::id).toList();
    }

    private String sweep() {
        return folder.resolve("sweep").toString();
    }

    private Path ledgerFile() {
        return folder.resolve("sweep/ledger.jsonl");
    }

    private List<TrialResult> ledger() throws IOException {
        return Files.readAllLines(ledgerFile()).stream()
                .map(SweepJson::readTrial)
                .toList();
    }

    /** Validation losses of the trials that ended well, by layout and seed. */
    private Map<String, Double> losses() throws IOException {
        return ledger().stream()
                .filter(trial -> trial.outcome() instanceof Outcome.Done)
                .collect(Collectors.toMap(
                        trial -> trial.layout() + " " + trial.seed(),
                        trial -> ((Outcome.Done) trial.outcome()).validation().loss()));
    }
}
