package apportion.model.optim;

import apportion.model.compute.AdamWStep;
import apportion.model.compute.Backend;
import apportion.model.compute.Tensor;

/**
 * AdamW with a schedule and global-norm clipping, over one flat vector of weights.
 *
 * <p>The vector's first {@code decayed} numbers are matrices and decay; the rest are norms and biases and do not.
 */
public final class Optimizer implements AutoCloseable {

    private final Backend backend;
    private final AdamWConfig adamW;
    private final Schedule schedule;
    private final long steps;
    private final double clip;
    private final long decayed;
    private final Tensor values;
    private final Tensor gradients;
    private final Tensor firstMoment;
    private final Tensor secondMoment;

    /**
     * An optimizer whose moments are 0.
     *
     * @param steps of the whole run, for the schedule
     * @param clip largest Euclidean norm of all gradients together; infinite for none
     * @param decayed numbers at the start of the vector to which weight decay applies
     * @param values the weights
     * @param gradients what {@link #step} reads; its contents are undefined afterwards
     */
    public Optimizer(
            Backend backend,
            AdamWConfig adamW,
            Schedule schedule,
            long steps,
            double clip,
            long decayed,
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
        this.decayed = decayed;
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
        double norm = Math.sqrt(backend.squaredNorm(gradients));
        if (norm > clip) {
            backend.scale(gradients, clip / norm);
        }
        AdamWStep update = new AdamWStep(
                adamW.learningRate() * schedule.share(step, steps),
                adamW.beta1(),
                adamW.beta2(),
                adamW.epsilon(),
                adamW.weightDecay(),
                step);
        update(update, 0, decayed);
        update(update.withoutDecay(), decayed, values.size() - decayed);
        return norm;
    }

    private void update(AdamWStep update, long from, long count) {
        if (count > 0) {
            backend.adamW(
                    update,
                    values.slice(from, 1, count),
                    gradients.slice(from, 1, count),
                    firstMoment.slice(from, 1, count),
                    secondMoment.slice(from, 1, count));
        }
    }

    @Override
    public void close() {
        firstMoment.close();
        secondMoment.close();
    }
}
