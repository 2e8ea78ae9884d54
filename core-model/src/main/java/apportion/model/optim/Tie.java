package apportion.model.optim;

import apportion.model.compute.Backend;
import apportion.model.compute.Tensor;

/**
 * Two runs of weights that are one during some steps of training, though each has its own place in the flat vector.
 *
 * <p>While they are tied, the first gets both gradients and an ordinary update, and the second becomes a copy of it,
 * moments included: so training is exactly that of one run of weights, clipping included, and when they part both go on
 * from the same values with the moments of the summed gradient. Where they meet, in equal parts of their distance, each
 * is updated by itself first; the moments are added when they have met: that of the mean of gradients is then exactly
 * that of their sum, that of their squares as if the two were uncorrelated.
 *
 * @param first the first weight of the first run
 * @param second the first weight of the second run
 * @param count weights of either
 * @param span the steps in which they are tied
 */
public record Tie(long first, long second, long count, Span span) {

    /** The steps in which two runs are tied; steps are counted from 1. */
    public sealed interface Span {

        /** Whether they are tied all through a step. */
        boolean holds(long step);

        /** Share of their distance that a step leaves: 1 if it lets them be. */
        double kept(long step);

        /** From the start to a step. */
        record Until(long last) implements Span {
            @Override
            public boolean holds(long step) {
                return step <= last;
            }

            @Override
            public double kept(long step) {
                return 1;
            }
        }

        /** From the end of the {@code over} steps after a step. */
        record After(long last, long over) implements Span {
            @Override
            public boolean holds(long step) {
                return step > last + over;
            }

            @Override
            public double kept(long step) {
                long left = last + over - step;
                return step <= last || left < 0 ? 1 : (double) left / (left + 1);
            }
        }
    }

    /** Before an update: one gradient for both. */
    void gather(Backend backend, Tensor gradients, long step) {
        if (span.holds(step)) {
            backend.add(second(gradients), first(gradients));
            backend.clear(second(gradients));
        }
    }

    /** After an update: both again what they must be. */
    void settle(Backend backend, Tensor values, Tensor firstMoment, Tensor secondMoment, long step) {
        double kept = span.kept(step);
        if (kept < 1) {
            approach(backend, values, kept);
        }
        if (kept == 0) {
            backend.add(second(firstMoment), first(firstMoment));
            backend.add(second(secondMoment), first(secondMoment));
        }
        if (kept == 0 || span.holds(step)) {
            backend.copy(first(values), second(values));
            backend.copy(first(firstMoment), second(firstMoment));
            backend.copy(first(secondMoment), second(secondMoment));
        }
    }

    private void approach(Backend backend, Tensor values, double kept) {
        Tensor a = first(values);
        Tensor b = second(values);
        try (Tensor sum = backend.allocate(1, count)) {
            // a' = (1 + k) / 2 a + (1 - k) / 2 b, and b' with a and b exchanged
            backend.copy(a, sum);
            backend.add(b, sum);
            backend.scale(sum, (1 - kept) / 2);
            backend.scale(a, kept);
            backend.scale(b, kept);
            backend.add(sum, a);
            backend.add(sum, b);
        }
    }

    private Tensor first(Tensor all) {
        return all.slice(first, 1, count);
    }

    private Tensor second(Tensor all) {
        return all.slice(second, 1, count);
    }
}
