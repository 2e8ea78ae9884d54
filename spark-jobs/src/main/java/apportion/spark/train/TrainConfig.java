package apportion.spark.train;

import apportion.model.compute.Precision;
import apportion.model.optim.AdamWConfig;
import apportion.model.optim.Outer;
import apportion.model.optim.Schedule;
import apportion.spark.average.Encoded.Encoding;
import java.io.Serializable;
import java.util.List;
import java.util.Locale;
import java.util.Optional;

/**
 * The section {@code train}.
 *
 * @param dataset directory that prepare wrote
 * @param output directory of checkpoints and metrics; in a sweep each trial has its own
 * @param from a checkpoint, or a run, whose model the run begins with; empty for initial weights of its own
 * @param replicas {@code W}: copies of the model that train side by side
 * @param elastic whether a stopped run may go on with another number of replicas
 * @param localSteps {@code H}: steps of each replica between two averages
 * @param ramp rounds of another length at the beginning
 * @param compression how replicas' changes travel to be averaged
 * @param optimizerState what becomes of AdamW's moments at an average
 * @param outer what is made of an average
 * @param batch sequences in one step of one replica
 * @param accumulate parts that a batch is computed in
 * @param precision of the replicas' arithmetic; {@link apportion.spark.compute.ComputeSettings} reads it, too
 * @param recompute blocks that are computed again in the backward pass
 * @param steps length of the run in steps of each replica
 * @param tokens or in tokens of all replicas together
 * @param clip largest norm of the whole gradient; empty for none
 * @param evaluateEveryRounds rounds between two validations
 * @param patience how long a round may take; empty for ever
 * @param seed of initial weights, order of sequences and dropout
 */
public record TrainConfig(
        Optional<String> dataset,
        Optional<String> output,
        Optional<String> from,
        int replicas,
        boolean elastic,
        int localSteps,
        List<RoundSchedule.Stage> ramp,
        Encoding compression,
        OptimizerState optimizerState,
        Outer outer,
        int batch,
        int accumulate,
        Precision precision,
        int recompute,
        Optional<Long> steps,
        Optional<Long> tokens,
        AdamWConfig optimizer,
        Schedule schedule,
        Optional<Double> clip,
        CheckpointConfig checkpoint,
        int evaluateEveryRounds,
        Optional<Patience> patience,
        long seed) {

    /**
     * When checkpoints are written.
     *
     * @param everyRounds rounds between two; the last round always has one
     * @param keep newest ones that stay
     */
    public record CheckpointConfig(int everyRounds, int keep) implements Serializable {
        public CheckpointConfig {
            atLeastOne(everyRounds, "every-rounds");
            atLeastOne(keep, "keep");
        }
    }

    public TrainConfig {
        atLeastOne(replicas, "replicas");
        atLeastOne(localSteps, "local-steps");
        ramp = List.copyOf(ramp);
        RoundSchedule.checkRamp(ramp);
        atLeastOne(batch, "batch");
        atLeastOne(accumulate, "accumulate");
        atLeastOne(evaluateEveryRounds, "evaluate-every-rounds");
        if (batch % accumulate != 0) {
            throw new IllegalArgumentException("accumulate must divide the batch of " + batch + ", got " + accumulate);
        }
        if (steps.isPresent() == tokens.isPresent()) {
            throw new IllegalArgumentException("steps or tokens must say how long to train, got "
                    + (steps.isPresent() ? "both; set one of them to null" : "neither"));
        }
        if (elastic && steps.isEmpty()) {
            throw new IllegalArgumentException(
                    "elastic needs steps, as the steps for a number of tokens depend on the replicas; set steps");
        }
        if (optimizerState == OptimizerState.AVERAGED && compression != Encoding.FLOAT) {
            throw new IllegalArgumentException("compression must be float where optimizer-state is averaged, as moments"
                    + " travel uncompressed and are two thirds of what is sent, got "
                    + compression.name().toLowerCase(Locale.ROOT) + "; keep the optimizer state instead");
        }
        steps.ifPresent(value -> atLeastOne(value, "steps"));
        tokens.ifPresent(value -> atLeastOne(value, "tokens"));
        clip.filter(value -> !(value > 0)).ifPresent(value -> {
            throw new IllegalArgumentException("clip must be positive, got " + value);
        });
    }

    private static void atLeastOne(long value, String name) {
        if (value < 1) {
            throw new IllegalArgumentException(name + " must be at least 1, got " + value);
        }
    }

    /** Steps of each replica, for sequences that predict {@code sequence} tokens. */
    public long totalSteps(int sequence) {
        long perStep = (long) replicas * batch * sequence;
        return steps.orElseGet(() -> (tokens.orElseThrow() + perStep - 1) / perStep);
    }

    /**
     * The learning rate of a step.
     *
     * @param step counted from 1
     * @param ofSteps steps of the whole run
     */
    public double learningRate(long step, long ofSteps) {
        return optimizer.learningRate() * schedule.share(step, ofSteps);
    }

    /** What is wrong with a warm-up that is longer than the run, for sequences that predict {@code sequence} tokens. */
    public Optional<String> warmupBeyondTheEnd(int sequence) {
        long total = totalSteps(sequence);
        return schedule.warmupSteps() <= total
                ? Optional.empty()
                : Optional.of("train.schedule.warmup-steps = " + schedule.warmupSteps() + ", but the run has only "
                        + total + " steps, so that the learning rate never reaches its peak; lower it, or train"
                        + " longer");
    }

    /** Rounds of the run, for sequences that predict {@code sequence} tokens. */
    public RoundSchedule rounds(int sequence) {
        return new RoundSchedule(totalSteps(sequence), ramp, localSteps);
    }

    /** The same training with another seed and learning rate. */
    public TrainConfig with(long otherSeed, double learningRate) {
        return new TrainConfig(
                dataset,
                output,
                from,
                replicas,
                elastic,
                localSteps,
                ramp,
                compression,
                optimizerState,
                outer,
                batch,
                accumulate,
                precision,
                recompute,
                steps,
                tokens,
                optimizer.withLearningRate(learningRate),
                schedule,
                clip,
                checkpoint,
                evaluateEveryRounds,
                patience,
                otherSeed);
    }
}
