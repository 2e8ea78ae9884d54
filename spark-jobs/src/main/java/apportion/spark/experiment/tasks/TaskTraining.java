package apportion.spark.experiment.tasks;

import apportion.data.task.Sequence;
import apportion.data.task.SyntheticTask;
import apportion.model.compute.Backend;
import apportion.model.compute.Tensor;
import apportion.model.optim.AdamWConfig;
import apportion.model.optim.Optimizer;
import apportion.model.optim.Schedule;
import apportion.model.transformer.ParameterLayout;
import apportion.model.transformer.Regressor;
import apportion.spark.train.DivergenceRule;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;

/** Trains the model of one trial and measures it; the same trial gives the same bits on the same machine. */
final class TaskTraining {

    private static final int CURVE_POINTS = 20;
    /** Error of predicting the mean, which is 1, with room for noise: a task that no head can learn ends at it. */
    private static final double GUESSING = 1 + DivergenceRule.NOISE;
    /** Validation sequences have a seed that no training set has. */
    private static final long VALIDATION = -1;

    private final TaskTrial trial;
    private final SyntheticTask task;
    private final int time;
    private final int from;

    private TaskTraining(TaskTrial trial) {
        this.trial = trial;
        this.task = trial.task();
        this.time = trial.cell().time();
        this.from = task.firstTarget(time);
    }

    static TaskRun run(TaskTrial trial) {
        long began = System.nanoTime();
        ParameterLayout layout = ParameterLayout.of(trial.model());
        TaskTraining training = new TaskTraining(trial);
        List<Double> curve = new ArrayList<>();
        double error = training.run(layout, curve);
        return new TaskRun(
                trial.id(),
                trial.cell().positionsName(),
                trial.cell().time(),
                trial.cell().heads(),
                trial.learningRate(),
                trial.seed(),
                layout.size(),
                Double.isFinite(error) ? (Double) error : null,
                curve,
                (System.nanoTime() - began) * 1e-9);
    }

    private double run(ParameterLayout layout, List<Double> curve) {
        try (Backend backend = trial.compute().open();
                Tensor values = backend.allocate(1, layout.size());
                Tensor gradients = backend.allocate(1, layout.size());
                Regressor regressor = new Regressor(trial.model(), backend, values, gradients);
                Optimizer optimizer = optimizer(backend, layout, values, gradients)) {
            backend.write(layout.initialize(trial.seed()), values);
            Set validation = set(VALIDATION, 0, trial.validationSequences());
            double variance = variance(validation);
            if (!train(backend, gradients, regressor, optimizer, variance, curve)) {
                return Double.NaN;
            }
            double error = error(regressor, validation) / variance;
            // A model that fits its training set and nothing else has not diverged.
            boolean fits = curve.get(curve.size() - 1) <= GUESSING;
            return !fits
                            && DivergenceRule.diverged(
                                    error, GUESSING, (long) trial.steps() - trial.warmupSteps(), () -> {
                                        backend.write(layout.initialize(trial.seed()), values);
                                        return error(regressor, validation) / variance;
                                    })
                    ? Double.NaN
                    : error;
        }
    }

    private Optimizer optimizer(Backend backend, ParameterLayout layout, Tensor values, Tensor gradients) {
        return new Optimizer(
                backend,
                new AdamWConfig(trial.learningRate(), 0.9, 0.99, 1e-8, 0),
                new Schedule.Cosine(trial.warmupSteps(), 0),
                trial.steps(),
                trial.clip(),
                layout.weights(),
                values,
                gradients);
    }

    /** Whether it went well; not if the loss was no number. */
    private boolean train(
            Backend backend,
            Tensor gradients,
            Regressor regressor,
            Optimizer optimizer,
            double variance,
            List<Double> curve) {
        Random draws = new Random(trial.seed());
        double counted = (double) trial.batch() * (time - from) * task.outputs();
        int part = Math.max(1, trial.steps() / CURVE_POINTS);
        double loss = 0;
        for (int step = 1; step <= trial.steps(); step++) {
            Set batch = batch(draws, step);
            backend.clear(gradients);
            double squares = regressor.accumulate(batch.inputs, batch.targets, time, from, 1 / counted);
            double norm = optimizer.step(step);
            if (!Double.isFinite(squares) || !Double.isFinite(norm)) {
                return false;
            }
            loss += squares / counted / variance;
            if (step % part == 0) {
                curve.add(loss / part);
                loss = 0;
            }
        }
        return true;
    }

    private Set batch(Random draws, long step) {
        if (trial.trainingSet().isEmpty()) {
            return set(trial.seed(), step * trial.batch(), trial.batch());
        }
        Set batch = new Set(task, trial.batch(), time);
        for (int s = 0; s < trial.batch(); s++) {
            batch.put(s, task.sequence(trial.seed(), draws.nextInt(trial.sequences()), time));
        }
        return batch;
    }

    private Set set(long seed, long first, int count) {
        Set set = new Set(task, count, time);
        for (int s = 0; s < count; s++) {
            set.put(s, task.sequence(seed, first + s, time));
        }
        return set;
    }

    /** Mean squared error, batch by batch. */
    private double error(Regressor regressor, Set all) {
        double squares = 0;
        for (int first = 0; first < all.count; first += trial.batch()) {
            int count = Math.min(trial.batch(), all.count - first);
            Set some = set(VALIDATION, first, count);
            squares += regressor.squaredError(some.inputs, some.targets, time, from);
        }
        return squares / ((double) all.count * (time - from) * task.outputs());
    }

    /** Of the targets that count, each number about its own mean. */
    private double variance(Set set) {
        double sum = 0;
        int outputs = task.outputs();
        for (int o = 0; o < outputs; o++) {
            double mean = 0;
            double squares = 0;
            long count = 0;
            for (int row = 0; row < set.count * time; row++) {
                if (row % time >= from) {
                    double value = set.targets[row * outputs + o];
                    count++;
                    double delta = value - mean;
                    mean += delta / count;
                    squares += delta * (value - mean);
                }
            }
            sum += squares / count;
        }
        return sum / outputs;
    }

    /** Sequences side by side. */
    private static final class Set {

        private final int count;
        private final float[] inputs;
        private final float[] targets;

        Set(SyntheticTask task, int count, int time) {
            this.count = count;
            this.inputs = new float[count * time * task.inputs()];
            this.targets = new float[count * time * task.outputs()];
        }

        void put(int place, Sequence sequence) {
            System.arraycopy(sequence.inputs(), 0, inputs, place * sequence.inputs().length, sequence.inputs().length);
            System.arraycopy(
                    sequence.targets(), 0, targets, place * sequence.targets().length, sequence.targets().length);
        }
    }
}
