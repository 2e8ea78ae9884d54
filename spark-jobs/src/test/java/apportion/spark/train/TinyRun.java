package apportion.spark.train;

import apportion.model.compute.Backends;
import apportion.model.compute.Precision;
import apportion.model.config.Activation;
import apportion.model.config.AttentionConfig;
import apportion.model.config.BlockConfig;
import apportion.model.config.Experts;
import apportion.model.config.FeedForwardConfig;
import apportion.model.config.ModelConfig;
import apportion.model.config.Norm;
import apportion.model.config.Positions;
import apportion.model.config.Sharing;
import apportion.model.optim.AdamWConfig;
import apportion.model.optim.Outer;
import apportion.model.optim.Schedule;
import apportion.spark.average.Encoded.Encoding;
import apportion.spark.compute.ComputeConfig;
import apportion.spark.dataset.Dataset;
import apportion.spark.train.TrainConfig.CheckpointConfig;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;

/** A run of a model of two layers, with what a test wants to change in the open. */
final class TinyRun {

    static final ComputeConfig COMPUTE = new ComputeConfig(Backends.Kind.ND4J, Precision.FLOAT, 1);

    int replicas = 1;
    boolean elastic = false;
    int localSteps = 2;
    List<RoundSchedule.Stage> ramp = List.of();
    Encoding compression = Encoding.FLOAT;
    OptimizerState optimizerState = OptimizerState.KEPT;
    Outer outer = new Outer.Average();
    int batch = 4;
    int accumulate = 1;
    int recompute = 0;
    long steps = 8;
    double learningRate = 0.01;
    double weightDecay = 0.1;
    Optional<Double> clip = Optional.of(1.0);
    int checkpointEvery = 2;
    int keep = 2;
    int evaluateEvery = 2;
    Optional<Patience> patience = Optional.empty();
    long seed = 3;
    double dropout = 0;
    Sharing.Embedding embedding = Sharing.Embedding.FULL;
    Experts experts = Experts.ONE;
    Optional<StartingModel> from = Optional.empty();

    static TinyRun with(int replicas, int localSteps) {
        TinyRun run = new TinyRun();
        run.replicas = replicas;
        run.localSteps = localSteps;
        return run;
    }

    ModelConfig model() {
        return new ModelConfig(
                257,
                16,
                16,
                2,
                new BlockConfig(
                        AttentionConfig.uniform(2, 8),
                        new FeedForwardConfig(24, Activation.GELU, experts),
                        new Norm(Norm.Type.LAYER, 1e-5, Norm.Placement.PRE),
                        true,
                        dropout),
                new Positions.Learned(),
                new Sharing(embedding),
                0.1);
    }

    TrainConfig config() {
        return new TrainConfig(
                Optional.empty(),
                Optional.empty(),
                Optional.empty(),
                replicas,
                elastic,
                localSteps,
                ramp,
                compression,
                optimizerState,
                outer,
                batch,
                accumulate,
                COMPUTE.precision(),
                recompute,
                Optional.of(steps),
                Optional.empty(),
                new AdamWConfig(learningRate, 0.9, 0.99, 1e-8, weightDecay),
                new Schedule.Cosine(3, 0.1),
                clip,
                new CheckpointConfig(checkpointEvery, keep),
                evaluateEvery,
                patience,
                seed);
    }

    TrainJob.Plan plan(Dataset dataset, Path output) {
        return plan(dataset, output, COMPUTE);
    }

    TrainJob.Plan plan(Dataset dataset, Path output, ComputeConfig compute) {
        RunSettings settings = new RunSettings(
                "{\"model\":\"" + model() + "\",\"train\":{\"all\":\"" + (elastic ? "elastic" : config()) + "\"}}");
        return new TrainJob.Plan("tiny", model(), config(), compute, dataset, settings, from, output.toString());
    }

    RunSpec spec(Dataset dataset) {
        long sequences = dataset.manifest().train().sequences();
        return RunSpec.of("test", model(), COMPUTE, dataset, config(), Allotment.fresh(sequences, replicas));
    }
}
