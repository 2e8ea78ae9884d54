package apportion.spark.train;

import apportion.model.compute.Backend;
import apportion.model.compute.Tensor;
import apportion.model.optim.Optimizer;
import apportion.model.transformer.Decoder;
import apportion.model.transformer.ParameterLayout;
import apportion.spark.train.ReplicaState.Progress;
import apportion.spark.train.ReplicaState.Routing;

/** A model with its memory, ready to take any replica's rounds of one run. Holds no state between two rounds. */
final class Replica implements AutoCloseable {

    private final RunSpec run;
    private final Backend backend;
    private final Tensor values;
    private final Tensor gradients;
    private final Decoder decoder;
    private final Optimizer optimizer;
    private Routing routing = Routing.NONE;

    Replica(RunSpec run) {
        ParameterLayout layout = ParameterLayout.of(run.model());
        this.run = run;
        this.backend = run.compute().open();
        this.values = backend.allocate(1, layout.size());
        this.gradients = backend.allocate(1, layout.size());
        this.decoder =
                new Decoder(run.model(), backend, values, gradients, run.shape().recompute());
        this.optimizer = new Optimizer(
                backend, run.optimizer(), run.schedule(), run.steps(), run.clip(), layout.weights(), values, gradients);
    }

    /** To be called by a task other than the one that made it, before its round. */
    void attach() {
        backend.attach();
    }

    /**
     * Takes a replica through a round.
     *
     * @param published what the round begins with, see {@link RoundStart}
     * @param before the replica after the round before
     * @param steps to take
     * @param clock that tells the time it takes, running since the task began
     */
    ReplicaState round(float[] published, ReplicaState before, long steps, ReplicaClock clock) {
        RoundStart start = RoundStart.of(published, Math.toIntExact(values.size()), before);
        backend.write(start.parameters(), values);
        backend.write(start.firstMoment(), optimizer.firstMoment());
        backend.write(start.secondMoment(), optimizer.secondMoment());
        SequenceOrder order = new SequenceOrder(run.dataset(), run.seed(), before.replica(), run.allotment());
        long end = before.step() + steps;
        long cursor = before.cursor();
        long tokens = 0;
        double loss = 0;
        double norm = 0;
        long diverged = 0;
        routing = Routing.NONE;
        for (long step = before.step() + 1; step <= end && diverged == 0; step++) {
            long at = cursor;
            int[][] sequences = clock.reading(() -> read(order, at));
            cursor += sequences.length;
            double stepLoss = accumulate(sequences, dropoutSeed(run.seed(), before.replica(), step));
            norm = optimizer.step(step);
            loss += stepLoss;
            tokens += predicted(sequences);
            if (!Double.isFinite(stepLoss) || !Double.isFinite(norm)) {
                diverged = step;
            }
        }
        float[] after = read(values);
        if (diverged == 0 && !isUsable(after)) {
            diverged = end;
        }
        Sending sending = diverged == 0
                ? Sending.of(run.shape().compression(), start.parameters(), after, before.residual())
                : Sending.NOTHING;
        return new ReplicaState(
                before.replica(),
                end,
                cursor,
                sending.sent(),
                remembered(optimizer.firstMoment()),
                remembered(optimizer.secondMoment()),
                sending.residual(),
                new Progress(tokens, loss, norm, diverged, routing, clock.spent()));
    }

    /** Weights whose squares exceed single precision give no finite loss, though each may be finite itself. */
    private static boolean isUsable(float[] weights) {
        double squares = 0;
        for (float weight : weights) {
            squares += (double) weight * weight;
        }
        return squares <= Float.MAX_VALUE;
    }

    private int[][] read(SequenceOrder order, long cursor) {
        int[][] sequences = new int[run.shape().batch()][];
        for (int s = 0; s < sequences.length; s++) {
            sequences[s] = order.at(cursor + s);
        }
        return sequences;
    }

    /** Adds up the gradient of the batch's mean loss, part by part; returns the sum of the losses. */
    private double accumulate(int[][] sequences, long dropoutSeed) {
        backend.clear(gradients);
        int time = run.dataset().manifest().sequence();
        // A batch may consist of the split's last row alone, and that of one token, which predicts nothing.
        double scale = 1.0 / Math.max(1, predicted(sequences));
        int part = sequences.length / run.shape().accumulate();
        double loss = 0;
        for (int from = 0; from < sequences.length; from += part) {
            int[][] some = new int[part][];
            System.arraycopy(sequences, from, some, 0, part);
            Batch batch = Batch.of(some, time);
            loss += decoder.accumulate(batch.inputs(), batch.targets(), time, scale, dropoutSeed + from);
            routing = routing.plus(new Routing(decoder.balanceLoss() * predicted(some), decoder.expertTokens()));
        }
        return loss;
    }

    private static long predicted(int[][] sequences) {
        long predicted = 0;
        for (int[] sequence : sequences) {
            predicted += sequence.length - 1;
        }
        return predicted;
    }

    static long dropoutSeed(long seed, int replica, long step) {
        return (seed * 1_000_003 + replica) * 1_000_000_007L + step * 4096;
    }

    /** A moment as it outlives the round. */
    private float[] remembered(Tensor moment) {
        return run.shape().optimizerState() == OptimizerState.DROPPED
                ? new float[Math.toIntExact(moment.size())]
                : read(moment);
    }

    private float[] read(Tensor tensor) {
        float[] numbers = new float[Math.toIntExact(tensor.size())];
        backend.read(tensor, numbers);
        return numbers;
    }

    @Override
    public void close() {
        decoder.close();
        optimizer.close();
        values.close();
        gradients.close();
        backend.close();
    }
}
