package apportion.spark.train;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import apportion.model.checkpoint.Checkpoint;
import apportion.model.checkpoint.FlatVector;
import apportion.model.compute.Backend;
import apportion.model.compute.Tensor;
import apportion.model.optim.Optimizer;
import apportion.model.optim.Outer;
import apportion.model.transformer.Decoder;
import apportion.model.transformer.ParameterLayout;
import apportion.spark.average.Encoded.Encoding;
import apportion.spark.dataset.Dataset;
import apportion.spark.progress.Progress;
import apportion.spark.storage.Storage;
import java.io.IOException;
import java.net.URI;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import java.util.stream.IntStream;
import org.apache.spark.api.java.JavaSparkContext;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** What becomes of AdamW's moments at an average. */
final class OptimizerStateTest {

    private static final JavaSparkContext SPARK = LocalSpark.start("local[2]");
    private static final Storage STORAGE = Storage.withDefaults();
    private static final int TIME = 16;

    @TempDir
    private static Path shared;

    private static Dataset dataset;

    @TempDir
    private Path folder;

    @BeforeAll
    static void writeDataset() {
        List<String> texts = IntStream.range(0, 60)
                .mapToObj(i -> "the number " + i * i + " is a square ")
                .toList();
        dataset = TinyDataset.write(shared.resolve("dataset"), texts, texts.subList(3, 9), TIME, 20);
    }

    @AfterAll
    static void stop() {
        SPARK.stop();
    }

    private static TinyRun run(int replicas, OptimizerState optimizerState) {
        TinyRun run = TinyRun.with(replicas, 2);
        run.optimizerState = optimizerState;
        return run;
    }

    private TrainResult train(TinyRun run, String name) {
        return train(run, name, Progress.SILENT);
    }

    private TrainResult train(TinyRun run, String name, Progress progress) {
        return TrainJob.run(SPARK, STORAGE, run.plan(dataset, folder.resolve(name)), progress);
    }

    @ParameterizedTest
    @EnumSource
    void aRunIsWhatAnyoneWouldComputeByHand(OptimizerState optimizerState) throws IOException {
        TinyRun run = run(2, optimizerState);
        ByHand expected = ByHand.train(run);

        TrainResult result = train(run, "run");

        assertThat(result.parameters()).containsExactly(expected.parameters, within(1e-6f));
        Checkpoint last = Checkpoint.open(STORAGE.checkpoints(), result.checkpoint());
        for (int replica = 0; replica < 2; replica++) {
            assertThat(last.replica(replica).firstMoment().floats())
                    .containsExactly(expected.first.get(replica), within(1e-6f));
            assertThat(last.replica(replica).secondMoment().floats())
                    .containsExactly(expected.second.get(replica), within(1e-6f));
        }
        for (OptimizerState other : OptimizerState.values()) {
            if (other != optimizerState) {
                float[] otherwise = ByHand.train(run(2, other)).parameters;
                assertThat(distance(result.parameters(), otherwise)).isGreaterThan(1e-2);
            }
        }
    }

    private static double distance(float[] a, float[] b) {
        return Math.sqrt(IntStream.range(0, a.length)
                .mapToDouble(i -> (double) a[i] - b[i])
                .map(difference -> difference * difference)
                .sum());
    }

    /** Two replicas on one thread, whose mean is taken after every second step. */
    private static final class ByHand {

        private final TinyRun run;
        private final Decoder decoder;
        private final Backend backend;
        private final Tensor values;
        private final Tensor gradients;
        private final Optimizer optimizer;
        private final List<float[]> first = new ArrayList<>();
        private final List<float[]> second = new ArrayList<>();
        private float[] parameters;

        private ByHand(
                TinyRun run, Backend backend, Tensor values, Tensor gradients, Decoder decoder, Optimizer optimizer) {
            this.run = run;
            this.backend = backend;
            this.values = values;
            this.gradients = gradients;
            this.decoder = decoder;
            this.optimizer = optimizer;
            this.parameters = ParameterLayout.of(run.model()).initialize(run.seed);
            for (int replica = 0; replica < 2; replica++) {
                first.add(new float[parameters.length]);
                second.add(new float[parameters.length]);
            }
        }

        static ByHand train(TinyRun run) {
            ParameterLayout layout = ParameterLayout.of(run.model());
            TrainConfig config = run.config();
            try (Backend backend = TinyRun.COMPUTE.open();
                    Tensor values = backend.allocate(1, layout.size());
                    Tensor gradients = backend.allocate(1, layout.size());
                    Decoder decoder = new Decoder(run.model(), backend, values, gradients);
                    Optimizer optimizer = new Optimizer(
                            backend,
                            config.optimizer(),
                            config.schedule(),
                            run.steps,
                            run.clip.orElseThrow(),
                            layout.weights(),
                            values,
                            gradients)) {
                ByHand hand = new ByHand(run, backend, values, gradients, decoder, optimizer);
                for (long step = 0; step < run.steps; step += run.localSteps) {
                    hand.round(step);
                }
                return hand;
            }
        }

        private void round(long before) {
            List<float[]> trained = new ArrayList<>();
            List<Long> tokens = new ArrayList<>();
            for (int replica = 0; replica < 2; replica++) {
                backend.write(parameters, values);
                backend.write(first.get(replica), optimizer.firstMoment());
                backend.write(second.get(replica), optimizer.secondMoment());
                long predicted = 0;
                for (long step = before + 1; step <= before + run.localSteps; step++) {
                    predicted += step(replica, step);
                }
                trained.add(read(values));
                first.set(replica, read(optimizer.firstMoment()));
                second.set(replica, read(optimizer.secondMoment()));
                tokens.add(predicted);
            }
            parameters = mean(trained, tokens);
            if (run.optimizerState == OptimizerState.AVERAGED) {
                float[] meanOfFirst = mean(first, tokens);
                float[] meanOfSecond = mean(second, tokens);
                first.replaceAll(moment -> meanOfFirst);
                second.replaceAll(moment -> meanOfSecond);
            }
            if (run.optimizerState == OptimizerState.DROPPED) {
                first.replaceAll(moment -> new float[moment.length]);
                second.replaceAll(moment -> new float[moment.length]);
            }
        }

        private long step(int replica, long step) {
            long all = dataset.manifest().train().sequences();
            SequenceOrder order = new SequenceOrder(dataset, run.seed, replica, Allotment.fresh(all, 2));
            int[][] sequences = new int[run.batch][];
            for (int s = 0; s < run.batch; s++) {
                sequences[s] = order.at((step - 1) * run.batch + s);
            }
            int predicted = Arrays.stream(sequences)
                    .mapToInt(sequence -> sequence.length - 1)
                    .sum();
            backend.clear(gradients);
            Batch batch = Batch.of(sequences, TIME);
            decoder.accumulate(batch.inputs(), batch.targets(), TIME, 1.0 / predicted, 0);
            optimizer.step(step);
            return predicted;
        }

        private float[] read(Tensor tensor) {
            float[] numbers = new float[parameters.length];
            backend.read(tensor, numbers);
            return numbers;
        }

        private static float[] mean(List<float[]> vectors, List<Long> weights) {
            float[] mean = new float[vectors.get(0).length];
            double total = weights.get(0) + weights.get(1);
            for (int i = 0; i < mean.length; i++) {
                double sum = 0;
                for (int replica = 0; replica < 2; replica++) {
                    sum += (double) weights.get(replica) * vectors.get(replica)[i];
                }
                mean[i] = (float) (sum / total);
            }
            return mean;
        }
    }

    @Test
    void oneReplicaWithAveragedMomentsIsOneThatKeepsThem() throws IOException {
        TrainResult kept = train(run(1, OptimizerState.KEPT), "kept");
        TrainResult averaged = train(run(1, OptimizerState.AVERAGED), "averaged");

        assertThat(averaged.parameters()).isEqualTo(kept.parameters());
        assertThat(moments(averaged)).containsExactly(moments(kept));
        assertThat(train(run(1, OptimizerState.DROPPED), "dropped").parameters())
                .isNotEqualTo(kept.parameters());
    }

    private static float[] moments(TrainResult result) throws IOException {
        FlatVector first = Checkpoint.open(STORAGE.checkpoints(), result.checkpoint())
                .replica(0)
                .firstMoment();
        FlatVector second = Checkpoint.open(STORAGE.checkpoints(), result.checkpoint())
                .replica(0)
                .secondMoment();
        return RoundStart.joined(first.floats(), second.floats());
    }

    @ParameterizedTest
    @EnumSource
    void aStoppedAndResumedRunIsTheUnbrokenRun(OptimizerState optimizerState) throws IOException {
        TinyRun run = run(2, optimizerState);
        run.steps = 12;
        run.outer = new Outer.Diloco(Optional.of(0.7), Optional.of(0.9));
        TrainResult unbroken = train(run, "unbroken");
        // Rounds 2 and 4 have checkpoints, so 3 is done again.
        for (int rounds : new int[] {3, 4}) {
            String name = "stopped-" + rounds;
            assertThatThrownBy(() -> train(run, name, Stopped.after(rounds))).isInstanceOf(Stopped.class);

            TrainResult resumed = train(run, name);

            assertThat(resumed.parameters()).isEqualTo(unbroken.parameters());
            assertThat(resumed.rounds()).extracting(RoundRecord::loss).isEqualTo(losses(unbroken));
            for (String file : List.of("model.safetensors", "optimizer.safetensors")) {
                assertThat(bytes(resumed, file)).isEqualTo(bytes(unbroken, file));
            }
        }
    }

    private static List<Double> losses(TrainResult result) {
        return result.rounds().stream().map(RoundRecord::loss).toList();
    }

    private static byte[] bytes(TrainResult result, String file) throws IOException {
        return Files.readAllBytes(Path.of(URI.create(result.checkpoint())).resolve(file));
    }

    @ParameterizedTest
    @EnumSource
    void slicesOnTheExecutorsAndVectorsOnTheDriverGiveTheSameBits(OptimizerState optimizerState) {
        TinyRun run = run(3, optimizerState);

        assertThat(sliced(run)).isEqualTo(train(run, "whole").parameters());
    }

    /** The same rounds, averaged in slices on the executors. */
    private static float[] sliced(TinyRun run) {
        // All runs of this test have one identity, by which replicas wait for their next round.
        Replicas.forget(run.spec(dataset).identity());
        float[] parameters = ParameterLayout.of(run.model()).initialize(run.seed);
        try (Rounds rounds = new Rounds(
                SPARK,
                STORAGE,
                run.spec(dataset),
                parameters.length,
                Optional.empty(),
                Optional.empty(),
                new Rounds.Transfer(0, 1 << 10))) {
            for (long round = 1; round <= run.steps / run.localSteps; round++) {
                parameters = rounds.run(
                                parameters,
                                new RoundSchedule.Round(
                                        round, (round - 1) * run.localSteps, run.localSteps, run.localSteps),
                                "round " + round)
                        .mean()
                        .vector();
            }
        }
        return parameters;
    }

    @Test
    void averagedMomentsAreSentAndCounted() {
        long vector =
                4L * ParameterLayout.of(run(2, OptimizerState.KEPT).model()).size();

        // Four rounds; the first begins with moments of zero, which nobody sends.
        assertThat(bytesOf(run(2, OptimizerState.KEPT))).isEqualTo(2 * 4 * 2 * vector);
        assertThat(bytesOf(run(2, OptimizerState.DROPPED))).isEqualTo(2 * 4 * 2 * vector);
        assertThat(bytesOf(run(2, OptimizerState.AVERAGED))).isEqualTo(2 * (4 * 6 - 2) * vector);
    }

    private static long bytesOf(TinyRun run) {
        return TrainEstimate.of(run.model(), run.config(), TIME).bytes();
    }

    @Test
    void averagedMomentsAreNotCompressed() {
        TinyRun run = run(2, OptimizerState.AVERAGED);
        run.compression = Encoding.INT8;

        assertThatThrownBy(run::config)
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessage(
                        "compression must be float where optimizer-state is averaged, as moments travel uncompressed"
                                + " and are two thirds of what is sent, got int8; keep the optimizer state instead");
    }
}
