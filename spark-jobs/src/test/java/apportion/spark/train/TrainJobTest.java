package apportion.spark.train;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import apportion.model.checkpoint.Checkpoint;
import apportion.model.compute.Backend;
import apportion.model.compute.Tensor;
import apportion.model.config.Experts;
import apportion.model.config.Sharing;
import apportion.model.optim.Optimizer;
import apportion.model.optim.Outer;
import apportion.model.transformer.Decoder;
import apportion.model.transformer.ParameterLayout;
import apportion.spark.average.Encoded.Encoding;
import apportion.spark.dataset.Dataset;
import apportion.spark.failure.Diverged;
import apportion.spark.failure.UserError;
import apportion.spark.progress.Progress;
import apportion.spark.storage.Storage;
import java.io.IOException;
import java.net.URI;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HexFormat;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.Random;
import java.util.TreeMap;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.apache.spark.SparkEnv;
import org.apache.spark.api.java.JavaSparkContext;
import org.apache.spark.storage.RDDBlockId;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

final class TrainJobTest {

    private static final JavaSparkContext SPARK = LocalSpark.start("local[2]");
    private static final Storage STORAGE = Storage.withDefaults();

    @TempDir
    private static Path shared;

    private static Dataset dataset;

    @TempDir
    private Path folder;

    @BeforeAll
    static void writeDataset() {
        dataset =
                TinyDataset.write(shared.resolve("dataset"), prose(new Random(1), 60), prose(new Random(2), 8), 16, 20);
    }

    @AfterAll
    static void stop() {
        SPARK.stop();
    }

    private static List<String> prose(Random random, int documents) {
        return IntStream.range(0, documents)
                .mapToObj(i -> ("the cat sat on mat " + random.nextInt(100) + " ").repeat(1 + random.nextInt(2)))
                .toList();
    }

    private TrainResult train(TinyRun run) {
        return train(run, folder.resolve("run"), Progress.SILENT);
    }

    private static TrainResult train(TinyRun run, Path output, Progress progress) {
        return TrainJob.run(SPARK, STORAGE, run.plan(dataset, output), progress);
    }

    @Test
    void oneReplicaAveragedIsPlainTraining() {
        for (double dropout : new double[] {0, 0.2}) {
            TinyRun run = TinyRun.with(1, 3);
            run.dropout = dropout;
            run.accumulate = 2;
            run.recompute = 1;

            TrainResult result = train(run, folder.resolve("run-" + dropout), Progress.SILENT);

            assertThat(result.parameters()).isEqualTo(plainTraining(run));
            assertThat(result.rounds()).extracting(RoundRecord::step).containsExactly(3L, 6L, 8L);
        }
    }

    @Test
    void anEmbeddingThatIsTiedUntilAStepTrainsLikeATiedOneUpToThereThroughRoundsAndResumption() throws IOException {
        TinyRun full = TinyRun.with(2, 2);
        TinyRun until = TinyRun.with(2, 2);
        until.embedding = new Sharing.Embedding.TiedUntil(4);
        List<RoundRecord> tied =
                train(full, folder.resolve("full"), Progress.SILENT).rounds();
        TrainResult whole = train(until, folder.resolve("until"), Progress.SILENT);

        // Four steps are two rounds; the third begins with the same weights, which then part.
        for (int round = 0; round < 2; round++) {
            assertThat(whole.rounds().get(round).loss())
                    .isCloseTo(tied.get(round).loss(), within(1e-6));
        }
        assertThat(whole.rounds().get(3).loss()).isNotCloseTo(tied.get(3).loss(), within(1e-4));
        ParameterLayout layout = ParameterLayout.of(until.model());
        assertThat(part(whole.parameters(), layout.slice("head.weight")))
                .isNotEqualTo(part(whole.parameters(), layout.slice("embedding.token")));

        Path cut = folder.resolve("cut");
        assertThatThrownBy(() -> train(until, cut, Stopped.after(3))).isInstanceOf(Stopped.class);
        assertThat(train(until, cut, Progress.SILENT).parameters()).isEqualTo(whole.parameters());
    }

    private static float[] part(float[] all, ParameterLayout.Slice slice) {
        return Arrays.copyOfRange(all, (int) slice.offset(), (int) (slice.offset() + slice.size()));
    }

    @Test
    void anEmbeddingThatWouldChangeOnlyAfterTheEndIsRefused() {
        TinyRun run = TinyRun.with(1, 2);
        run.embedding = new Sharing.Embedding.TiedUntil(8);
        assertThatThrownBy(() -> train(run))
                .isInstanceOf(UserError.class)
                .hasMessage(
                        "model.sharing.embedding.step = 8, but the run has only 8 steps, so the matrices would never"
                                + " part; lower it, or share full");
        run.embedding = new Sharing.Embedding.UntiedUntil(6, 3);
        assertThatThrownBy(() -> train(run))
                .hasMessage("model.sharing.embedding.step = 6 and over = 3, but the run has only 8 steps, so the"
                        + " matrices would never meet; lower them, or share none");
    }

    @Test
    void aMixtureReportsItsBalanceBesideTheLossAndCountsTheTokensOfEachExpert() throws IOException {
        TinyRun run = TinyRun.with(2, 2);
        run.accumulate = 2;
        run.experts = new Experts(4, 2, Experts.Gates.CHOSEN, 0.01, new Experts.Weights.Own());
        train(run);
        for (RoundRecord record : records(folder.resolve("run"))) {
            // Two layers, each between the loss of even choices and that of one expert for all.
            assertThat(record.balanceLoss()).isBetween(2 * 0.0099, 2 * 0.04);
            List<Long> tokens = Objects.requireNonNull(record.expertTokens());
            assertThat(tokens).hasSize(2 * 4);
            // Two replicas, two steps, four sequences of 16 places, two choices in each of two layers.
            assertThat(tokens.stream().mapToLong(Long::longValue).sum()).isEqualTo(2 * 2 * 4 * 16 * 2 * 2);
        }
        assertThat(records(folder.resolve("run"))).isNotEmpty();
    }

    /** What anyone would write without a cluster. */
    private static float[] plainTraining(TinyRun run) {
        ParameterLayout layout = ParameterLayout.of(run.model());
        TrainConfig config = run.config();
        SequenceOrder order = new SequenceOrder(
                dataset, run.seed, 0, Allotment.fresh(dataset.manifest().train().sequences(), 1));
        try (Backend backend = TinyRun.COMPUTE.open();
                Tensor values = backend.allocate(1, layout.size());
                Tensor gradients = backend.allocate(1, layout.size());
                Decoder decoder = new Decoder(run.model(), backend, values, gradients);
                Optimizer optimizer = new Optimizer(
                        backend,
                        config.optimizer(),
                        config.schedule(),
                        run.steps,
                        run.clip.orElse(Double.POSITIVE_INFINITY),
                        layout.weights(),
                        values,
                        gradients)) {
            backend.write(layout.initialize(run.seed), values);
            for (int step = 1; step <= run.steps; step++) {
                int[][] sequences = new int[run.batch][];
                for (int s = 0; s < run.batch; s++) {
                    sequences[s] = order.at((step - 1L) * run.batch + s);
                }
                int predicted = Arrays.stream(sequences)
                        .mapToInt(sequence -> sequence.length - 1)
                        .sum();
                backend.clear(gradients);
                int part = run.batch / run.accumulate;
                for (int from = 0; from < run.batch; from += part) {
                    Batch batch = Batch.of(Arrays.copyOfRange(sequences, from, from + part), 16);
                    decoder.accumulate(
                            batch.inputs(),
                            batch.targets(),
                            16,
                            1.0 / predicted,
                            Replica.dropoutSeed(run.seed, 0, step) + from);
                }
                optimizer.step(step);
            }
            float[] parameters = new float[(int) layout.size()];
            backend.read(values, parameters);
            return parameters;
        }
    }

    @Test
    void aStoppedAndResumedRunIsTheUnbrokenRun() throws IOException {
        TinyRun run = TinyRun.with(2, 2);
        run.steps = 9;
        run.dropout = 0.1;
        TrainResult unbroken = train(run, folder.resolve("unbroken"), Progress.SILENT);
        // Rounds 2 and 4 and the last have checkpoints, so 1 and 3 are done again.
        for (int rounds : new int[] {1, 2, 3, 4}) {
            Path output = folder.resolve("stopped-after-" + rounds);
            assertThatThrownBy(() -> train(run, output, Stopped.after(rounds))).isInstanceOf(Stopped.class);

            TrainResult resumed = train(run, output, Progress.SILENT);

            assertThat(resumed.parameters()).isEqualTo(unbroken.parameters());
            assertThat(withoutSeconds(resumed.rounds())).isEqualTo(withoutSeconds(unbroken.rounds()));
            assertThat(files(resumed.checkpoint())).isEqualTo(files(unbroken.checkpoint()));
            assertThat(records(output)).isEqualTo(resumed.rounds());
        }
    }

    @Test
    void outerStepsGoFromTheOldParametersThroughTheMean() throws IOException {
        TinyRun average = TinyRun.with(2, 2);
        average.steps = 2;
        TinyRun still = TinyRun.with(2, 2);
        still.outer = new Outer.Bmuf(Optional.of(1.0), Optional.of(0.0));
        TinyRun diloco = TinyRun.with(2, 2);
        diloco.steps = 2;
        diloco.outer = new Outer.Diloco(Optional.of(0.7), Optional.of(0.9));

        float[] mean =
                train(average, folder.resolve("average"), Progress.SILENT).parameters();
        TrainResult stepped = train(diloco, folder.resolve("diloco"), Progress.SILENT);

        float[] before = ParameterLayout.of(average.model()).initialize(average.seed);
        float[] momentum = Checkpoint.open(STORAGE.checkpoints(), stepped.checkpoint())
                .outerMomentum()
                .orElseThrow()
                .floats();
        for (int i = 0; i < mean.length; i++) {
            double change = (double) before[i] - mean[i];
            assertThat((double) momentum[i]).isCloseTo(change, within(1e-7));
            assertThat((double) stepped.parameters()[i]).isCloseTo(before[i] - 0.7 * 1.9 * change, within(1e-6));
        }
        assertThat(train(still, folder.resolve("still"), Progress.SILENT).parameters())
                .isEqualTo(train(TinyRun.with(2, 2), folder.resolve("mean"), Progress.SILENT)
                        .parameters());
    }

    @Test
    void aRampOfRoundsIsFollowedThroughOuterStepsAndResumption() throws IOException {
        TinyRun run = TinyRun.with(2, 16);
        run.ramp = List.of(new RoundSchedule.Stage(2, 1), new RoundSchedule.Stage(10, 4));
        run.steps = 60;
        run.outer = new Outer.Diloco(Optional.empty(), Optional.empty());
        TrainResult unbroken = train(run, folder.resolve("unbroken"), Progress.SILENT);
        assertThat(unbroken.rounds())
                .extracting(RoundRecord::step)
                .containsExactly(1L, 2L, 6L, 10L, 26L, 42L, 58L, 60L);
        // Short rounds are averaged as they are; a round of 16 steps has a momentum.
        assertThat(Checkpoint.open(STORAGE.checkpoints(), unbroken.checkpoint()).outerMomentum())
                .isPresent();
        Path output = folder.resolve("stopped");
        assertThatThrownBy(() -> train(run, output, Stopped.after(5))).isInstanceOf(Stopped.class);
        assertThat(Checkpoint.open(
                                STORAGE.checkpoints(),
                                output.resolve("round-000004").toString())
                        .outerMomentum())
                .isEmpty();

        assertThat(files(train(run, output, Progress.SILENT).checkpoint())).isEqualTo(files(unbroken.checkpoint()));
    }

    @ParameterizedTest
    @EnumSource(names = {"FLOAT16", "INT8"})
    void compressedChangesTrainAlikeAndResumeToTheSameBits(Encoding encoding) throws IOException {
        TinyRun run = TinyRun.with(2, 2);
        run.steps = 24;
        TrainResult plain = train(run, folder.resolve("plain"), Progress.SILENT);
        run.compression = encoding;
        TrainResult unbroken = train(run, folder.resolve("unbroken"), Progress.SILENT);
        double tolerance = encoding == Encoding.INT8 ? 0.02 : 1e-3;
        assertThat(unbroken.last().loss()).isCloseTo(plain.last().loss(), within(tolerance));
        assertThat(unbroken.parameters()).isNotEqualTo(plain.parameters());
        Path output = folder.resolve("stopped");
        assertThatThrownBy(() -> train(run, output, Stopped.after(7))).isInstanceOf(Stopped.class);

        assertThat(files(train(run, output, Progress.SILENT).checkpoint())).isEqualTo(files(unbroken.checkpoint()));
    }

    @Test
    void anElasticRunGoesOnWithAnotherNumberOfReplicas() throws IOException {
        TinyRun run = TinyRun.with(2, 2);
        run.elastic = true;
        run.steps = 24;
        run.compression = Encoding.INT8;
        List<TrainResult> results = new ArrayList<>();
        for (String name : List.of("one", "two")) {
            Path output = folder.resolve(name);
            run.replicas = 2;
            assertThatThrownBy(() -> train(run, output, Stopped.after(4))).isInstanceOf(Stopped.class);
            run.replicas = 3;
            // What is done again after this stop is read by three replicas, too.
            int stop = name.equals("one") ? 7 : 10;
            assertThatThrownBy(() -> train(run, output, Stopped.after(stop))).isInstanceOf(Stopped.class);
            results.add(train(run, output, Progress.SILENT));
        }
        assertThat(results.get(0).parameters()).isEqualTo(results.get(1).parameters());
        assertThat(results.get(0).rounds()).hasSize(12);
        assertThat(results.get(0).last().cursors()).containsExactly(64L, 64L, 64L);
        assertThat(results.get(0).last().loss()).isLessThan(3.5);
    }

    @Test
    void aRoundSaysWhereItsTimeWentAndHowFarReplicasLayApart() throws IOException {
        TrainResult result = train(TinyRun.with(2, 2));
        for (RoundRecord record : result.rounds()) {
            RoundRecord.Split split = record.split();
            assertThat(split.publish() + split.read() + split.compute() + split.reduce() + split.outer() + split.idle())
                    .isCloseTo(record.seconds(), within(1e-9));
            assertThat(split.compute()).isPositive();
            assertThat(record.slowest()).isBetween(split.compute() + split.read(), record.seconds());
            assertThat(split.publish()).isPositive();
            assertThat(record.divergence()).isBetween(1e-6, 1.0);
            // Four sequences a step and two steps a round, of each replica; nothing leaves this process.
            assertThat(record.cursors()).containsExactly(8 * record.round(), 8 * record.round());
            assertThat(record.bytes()).isEqualTo(new RoundRecord.Bytes(0, 0));
        }
        try (Stream<Path> events = Files.list(folder.resolve("run/tensorboard"))) {
            assertThat(events.map(file -> file.getFileName().toString()))
                    .containsExactlyInAnyOrder("events.out.tfevents.0000000001", "events.out.tfevents.0000000003");
        }
        assertThat(train(TinyRun.with(1, 2), folder.resolve("one"), Progress.SILENT)
                        .rounds())
                .extracting(RoundRecord::divergence)
                .containsOnly(0.0);
    }

    @Test
    void aResumedRunRemembersItsOuterMomentum() throws IOException {
        TinyRun run = TinyRun.with(2, 2);
        run.outer = new Outer.Bmuf(Optional.empty(), Optional.empty());
        TrainResult unbroken = train(run, folder.resolve("unbroken"), Progress.SILENT);
        Path output = folder.resolve("stopped");
        assertThatThrownBy(() -> train(run, output, Stopped.after(3))).isInstanceOf(Stopped.class);

        TrainResult resumed = train(run, output, Progress.SILENT);

        assertThat(files(resumed.checkpoint())).isEqualTo(files(unbroken.checkpoint()));
    }

    private static List<RoundRecord> withoutSeconds(List<RoundRecord> records) {
        return records.stream()
                .map(r -> new RoundRecord(
                        r.round(),
                        r.step(),
                        r.tokens(),
                        r.loss(),
                        r.gradientNorm(),
                        r.divergence(),
                        r.cursors(),
                        0,
                        0,
                        0,
                        new RoundRecord.Split(0, 0, 0, 0, 0, 0),
                        r.bytes(),
                        r.learningRate(),
                        r.validationLoss(),
                        r.balanceLoss(),
                        r.expertTokens(),
                        r.gpus()))
                .toList();
    }

    private static List<RoundRecord> records(Path output) throws IOException {
        return Files.readAllLines(output.resolve(TrainJob.METRICS)).stream()
                .map(RoundRecord::fromJson)
                .toList();
    }

    private static Map<String, String> files(String directory) throws IOException {
        Map<String, String> files = new TreeMap<>();
        try (var all = Files.list(Path.of(URI.create(directory)))) {
            for (Path file : all.toList()) {
                files.put(file.getFileName().toString(), HexFormat.of().formatHex(Files.readAllBytes(file)));
            }
        }
        return files;
    }

    @Test
    void aTornCheckpointIsPassedOverForTheOneBefore() throws IOException {
        TinyRun run = TinyRun.with(2, 2);
        TrainResult unbroken = train(run, folder.resolve("unbroken"), Progress.SILENT);
        Path output = folder.resolve("torn");
        TrainResult whole = train(run, output, Progress.SILENT);
        Path model = Path.of(URI.create(whole.checkpoint())).resolve("model.safetensors");
        byte[] bytes = Files.readAllBytes(model);
        bytes[bytes.length - 1] ^= 1;
        Files.write(model, bytes);

        TrainResult again = train(run, output, Progress.SILENT);

        assertThat(again.checkpoint()).isEqualTo(whole.checkpoint());
        assertThat(files(again.checkpoint())).isEqualTo(files(unbroken.checkpoint()));
        assertThat(records(output)).hasSize(4);
    }

    @Test
    void aFinishedRunIsOnlyRead() throws IOException {
        TinyRun run = TinyRun.with(2, 4);
        TrainResult first = train(run);
        Map<String, String> before = files(first.checkpoint());
        int jobs = SPARK.statusTracker().getJobIdsForGroup(null).length;

        TrainResult again = train(run);

        assertThat(again.parameters()).isEqualTo(first.parameters());
        assertThat(again.rounds()).isEqualTo(first.rounds());
        assertThat(again.checkpoint()).isEqualTo(first.checkpoint());
        assertThat(files(again.checkpoint())).isEqualTo(before);
        assertThat(SPARK.statusTracker().getJobIdsForGroup(null)).hasSize(jobs);
    }

    @Test
    void anotherRunsDirectoryIsRefused() {
        train(TinyRun.with(1, 8));
        TinyRun other = TinyRun.with(1, 8);
        other.learningRate = 0.02;
        assertThatThrownBy(() -> train(other))
                .isInstanceOf(UserError.class)
                .hasMessageContaining("belongs to another run");

        Dataset another =
                TinyDataset.write(folder.resolve("another"), prose(new Random(5), 20), prose(new Random(6), 4), 16, 20);
        TrainJob.Plan plan = TinyRun.with(1, 8).plan(another, folder.resolve("run"));
        assertThatThrownBy(() -> TrainJob.run(SPARK, STORAGE, plan, Progress.SILENT))
                .isInstanceOf(UserError.class)
                .hasMessageContaining("belongs to another run");
    }

    @Test
    void lostRecordsAreMissed() throws IOException {
        TinyRun run = TinyRun.with(1, 2);
        train(run);
        Path metrics = folder.resolve("run").resolve(TrainJob.METRICS);
        List<String> lines = Files.readAllLines(metrics);

        Files.write(metrics, lines.subList(0, 2));
        assertThatThrownBy(() -> train(run)).isInstanceOf(UserError.class).hasMessageContaining("no record of round 3");
        Files.writeString(metrics, "hello\n");
        assertThatThrownBy(() -> train(run)).isInstanceOf(UserError.class).hasMessageContaining(TrainJob.METRICS);
    }

    @Test
    void aDatasetThatDoesNotFitIsRefused() {
        TinyRun many = TinyRun.with(1000, 1);
        assertThatThrownBy(() -> train(many))
                .isInstanceOf(UserError.class)
                .hasMessageContaining("train.replicas = 1000");
        Dataset longer =
                TinyDataset.write(folder.resolve("longer"), prose(new Random(5), 20), prose(new Random(6), 4), 17, 20);
        TrainJob.Plan plan = TinyRun.with(1, 1).plan(longer, folder.resolve("run"));
        assertThatThrownBy(() -> TrainJob.run(SPARK, STORAGE, plan, Progress.SILENT))
                .isInstanceOf(UserError.class)
                .hasMessageContaining("model.context = 16")
                .hasMessageContaining("predict 17");
    }

    @Test
    void aDamagedDatasetIsTheUsersErrorNotSparks() throws IOException {
        Dataset damaged =
                TinyDataset.write(folder.resolve("damaged"), prose(new Random(5), 20), prose(new Random(6), 4), 16, 20);
        Files.writeString(folder.resolve("damaged/train/train-00000.parquet"), "no Parquet");
        TrainJob.Plan plan = TinyRun.with(1, 8).plan(damaged, folder.resolve("run"));
        assertThatThrownBy(() -> TrainJob.run(SPARK, STORAGE, plan, Progress.SILENT))
                .isInstanceOf(UserError.class)
                .hasMessageContaining("train-00000.parquet");
    }

    @Test
    void divergenceNamesItsPlaceAndSparesTheLastGoodCheckpoint() throws IOException {
        TinyRun run = TinyRun.with(2, 1);
        run.clip = java.util.Optional.empty();
        // Decay so strong that the weights grow by a factor of about 90 a step.
        run.learningRate = 0.01;
        run.weightDecay = 1e4;
        run.steps = 100;
        run.checkpointEvery = 1;
        run.evaluateEvery = 1000;

        assertThatThrownBy(() -> train(run))
                .isInstanceOf(Diverged.class)
                .hasMessageMatching("tiny: the loss of replica [01] was not finite in round \\d+, step \\d+; .*");

        Checkpoint newest = newest(folder.resolve("run"));
        List<RoundRecord> records = records(folder.resolve("run"));
        assertThat(newest.state().round()).isEqualTo(records.size()).isGreaterThan(2);
        for (float weight : newest.parameters().values().floats()) {
            assertThat(weight).isFinite();
        }
        assertThat(records).allSatisfy(record -> assertThat(record.loss()).isFinite());
    }

    /** Finite to its end, and of no use: the next start of the finished run says so, too. */
    @Test
    void aRunThatEndsWorseThanGuessingDiverged() throws IOException {
        TinyRun run = TinyRun.with(1, 2);
        run.learningRate = 3;

        for (int start = 0; start < 2; start++) {
            assertThatThrownBy(() -> train(run))
                    .isInstanceOf(Diverged.class)
                    .hasMessageContainingAll("tiny: ", "only knows how often", "lower train.optimizer.learning-rate");
        }

        List<RoundRecord> records = records(folder.resolve("run"));
        assertThat(records).hasSize(4);
        // Two of three steps of the warm-up; a tenth of the peak at the end.
        assertThat(records.get(0).learningRate()).isEqualTo(3 * (2.0 / 3));
        assertThat(records.get(3).learningRate()).isEqualTo(3 * 0.1, org.assertj.core.api.Assertions.within(1e-12));
    }

    @Test
    void aWarmUpLongerThanTheRunIsNamed() {
        TinyRun run = TinyRun.with(1, 2);
        assertThat(run.config().warmupBeyondTheEnd(16)).isEmpty();
        run.steps = 3;
        assertThat(run.config().warmupBeyondTheEnd(16)).isEmpty();
        run.steps = 2;
        assertThat(run.config().warmupBeyondTheEnd(16).orElseThrow())
                .contains("train.schedule.warmup-steps = 3", "only 2 steps", "lower");
    }

    @Test
    void aHugeLearningRateEndsInTheFirstRound() {
        TinyRun run = TinyRun.with(2, 4);
        run.clip = java.util.Optional.empty();
        run.learningRate = 1e30;

        assertThatThrownBy(() -> train(run))
                .isInstanceOf(Diverged.class)
                .hasMessageContaining("replica 0 was not finite in round 1, step 2");
        assertThat(folder.resolve("run/round-000002")).doesNotExist();
    }

    private static Checkpoint newest(Path output) throws IOException {
        return new apportion.model.checkpoint.Checkpoints(STORAGE.checkpoints(), output.toString())
                .newest()
                .newest()
                .orElseThrow();
    }

    @Test
    void accumulatingTheGradientChangesNothing() {
        List<RoundRecord> whole = inParts(1);
        for (int parts : new int[] {2, 4}) {
            List<RoundRecord> rounds = inParts(parts);
            for (int i = 0; i < rounds.size(); i++) {
                assertThat(rounds.get(i).loss()).isCloseTo(whole.get(i).loss(), within(1e-5));
                assertThat(rounds.get(i).gradientNorm()).isCloseTo(whole.get(i).gradientNorm(), within(1e-5));
                assertThat(rounds.get(i).tokens()).isEqualTo(whole.get(i).tokens());
            }
        }
    }

    private List<RoundRecord> inParts(int parts) {
        TinyRun run = TinyRun.with(1, 1);
        run.accumulate = parts;
        return train(run, folder.resolve("in-" + parts), Progress.SILENT).rounds();
    }

    @Test
    void everyTokenThatIsPredictedIsCounted() {
        // 49 bytes, an end, and rows of 17: the last row is short.
        Dataset three =
                TinyDataset.write(folder.resolve("three"), List.of("a".repeat(40)), List.of("b".repeat(40)), 16, 2);
        assertThat(three.manifest().train().tokens()).isEqualTo(41);
        TinyRun run = TinyRun.with(1, 1);
        run.batch = 3;
        run.steps = 1;
        TrainResult result = TrainJob.run(SPARK, STORAGE, run.plan(three, folder.resolve("run")), Progress.SILENT);
        assertThat(result.last().tokens()).isEqualTo(41 - 3);
    }

    @Test
    void aBatchOfOneTokenMovesNothingButTheClock() {
        Dataset two = TinyDataset.write(folder.resolve("two"), List.of("a".repeat(17)), List.of("b".repeat(40)), 16, 2);
        TinyRun run = TinyRun.with(2, 1);
        run.batch = 1;
        run.steps = 1;
        TrainResult result = TrainJob.run(SPARK, STORAGE, run.plan(two, folder.resolve("run")), Progress.SILENT);
        assertThat(result.last().tokens()).isEqualTo(16);
        assertThat(result.last().loss()).isFinite();
    }

    @Test
    void lostBlocksAreComputedAgain() {
        TinyRun run = TinyRun.with(2, 1);
        run.steps = 5;
        run.checkpointEvery = 3;
        TrainResult calm = train(run, folder.resolve("calm"), Progress.SILENT);
        int[] lost = {0};
        Progress losing = (name, total) -> (amount, note) -> {
            for (int id : SPARK.getPersistentRDDs().keySet()) {
                SparkEnv.get().blockManager().master().removeRdd(id, true);
                RDDBlockId block = new RDDBlockId(id, 0);
                assertThat(SparkEnv.get().blockManager().getStatus(block).isEmpty())
                        .isTrue();
                lost[0]++;
            }
        };

        TrainResult result = train(run, folder.resolve("lossy"), losing);

        assertThat(lost[0]).isGreaterThan(2);
        assertThat(result.parameters()).isEqualTo(calm.parameters());
    }

    @Test
    void nothingIsLeftInMemory() {
        train(TinyRun.with(2, 1));
        assertThat(SPARK.getPersistentRDDs()).isEmpty();
    }

    @Test
    void manyRoundsWithoutACheckpointDoNotOverflowTheStack() {
        TinyRun run = TinyRun.with(1, 1);
        run.batch = 1;
        run.steps = 120;
        run.checkpointEvery = 1000;
        run.evaluateEvery = 1000;
        TrainResult result = train(run);
        run.checkpointEvery = 7;
        assertThat(train(run, folder.resolve("often"), Progress.SILENT).parameters())
                .isEqualTo(result.parameters());
    }

    @Test
    void aRepetitiveTextIsLearned() {
        Dataset easy = TinyDataset.write(
                folder.resolve("easy"), List.of("abcdefgh".repeat(80)), List.of("abcdefgh".repeat(20)), 16, 100);
        TinyRun run = TinyRun.with(2, 25);
        run.steps = 200;
        run.evaluateEvery = 100;
        run.checkpointEvery = 100;
        TrainResult result = TrainJob.run(SPARK, STORAGE, run.plan(easy, folder.resolve("run")), Progress.SILENT);
        assertThat(result.last().loss()).isLessThan(0.1);
        assertThat(result.last().validationLoss()).isLessThan(0.15);
    }

    /** Losses of rounds of four steps; a change of them is a change of training, which must be meant. */
    private static final double[] GOLDEN = {
        5.279155875295104, 4.2624851167202, 3.4791366159915924, 3.0377484560012817, 2.8448703587055206
    };

    @Test
    void theLossesAreThoseOfThisRelease() {
        TinyRun run = TinyRun.with(2, 4);
        run.steps = 20;
        run.evaluateEvery = 100;

        TrainResult result = train(run);

        double[] losses =
                result.rounds().stream().mapToDouble(RoundRecord::loss).toArray();
        assertThat(losses).hasSameSizeAs(GOLDEN);
        for (int i = 0; i < losses.length; i++) {
            assertThat(losses[i])
                    .as("losses " + Arrays.toString(losses))
                    .isCloseTo(GOLDEN[i], within(1e-3 * GOLDEN[i]));
        }
    }
}
