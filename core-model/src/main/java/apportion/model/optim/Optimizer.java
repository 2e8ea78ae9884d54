package apportion.model.optim;

import apportion.model.compute.AdamWStep;
import apportion.model.compute.Backend;
import apportion.model.compute.Tensor;
import java.util.List;

/**
 * AdamW with a schedule and global-norm clipping, over one flat vector of weights.
 *
 * <p>Runs of the vector say which weights decay and at what rate each learns; ties say which are held equal.
 */
public final class Optimizer implements AutoCloseable {

    private final Backend backend;
    private final AdamWConfig adamW;
    private final Schedule schedule;
    private final long steps;
    private final double clip;
    private final Weights weights;
    private final Tensor values;
    private final Tensor gradients;
    private final Tensor firstMoment;
    private final Tensor secondMoment;

    /**
     * What the vector consists of.
     *
     * @param runs all of it, one after the other
     * @param ties which parts of it are held equal, and when
     */
    public record Weights(List<WeightRun> runs, List<Tie> ties) {

        public Weights {
            runs = List.copyOf(runs);
            ties = List.copyOf(ties);
        }
    }

    /**
     * An optimizer whose moments are 0.
     *
     * @param steps of the whole run, for the schedule
     * @param clip largest Euclidean norm of all gradients together; infinite for none
     * @param weights what the vector consists of
     * @param values the weights
     * @param gradients what {@link #step} reads; its contents are undefined afterwards
     */
    public Optimizer(
            Backend backend,
            AdamWConfig adamW,
            Schedule schedule,
            long steps,
            double clip,
            Weights weights,
            Tensor values,
            Tensor gradients) {
        if (!(clip > 0)) {
            throw new IllegalArgumentException("clip must be positive, got " + clip);
        }
        this.backend = backend;
        this.adamW = adamW;
        this.schedule = schedule;
        this.steps = steps;
        this.clip = clip;
        this.weights = weights;
        this.values = values;
        this.gradients = gradients;
        this.firstMoment = backend.allocate(1, values.size());
        this.secondMoment = backend.allocate(1, values.size());
    }

    /** Running mean of the gradients, as a flat vector. */
    public Tensor firstMoment() {
        return firstMoment;
    }

    /** Running mean of the squared gradients, as a flat vector. */
    public Tensor secondMoment() {
        return secondMoment;
    }

    /**
     * Updates the weights.
     *
     * @param step counted from 1
     * @return Euclidean norm of the gradients before clipping
     */
    public double step(long step) {
        weights.ties.forEach(tie -> tie.gather(backend, gradients, step));
        double norm = Math.sqrt(backend.squaredNorm(gradients));
        if (norm > clip) {
            backend.scale(gradients, clip / norm);
        }
        weights.runs.forEach(run -> update(run, step));
        weights.ties.forEach(tie -> tie.settle(backend, values, firstMoment, secondMoment, step));
        return norm;
    }

    private void update(WeightRun run, long step) {
        AdamWStep update = new AdamWStep(
                adamW.learningRate() * schedule.share(step, steps) * run.rate(),
                adamW.beta1(),
                adamW.beta2(),
                adamW.epsilon(),
                run.decays() ? adamW.weightDecay() / run.rate() : 0,
                step);
        backend.adamW(
                update,
                values.slice(run.from(), 1, run.count()),
                gradients.slice(run.from(), 1, run.count()),
                firstMoment.slice(run.from(), 1, run.count()),
                secondMoment.slice(run.from(), 1, run.count()));
    }

    @Override
    public void close() {
        firstMoment.close();
        secondMoment.close();
    }
}
