package apportion.model.optim;

import java.util.Optional;

/**
 * Takes the outer steps of a run, and remembers what they need.
 *
 * <p>Computed in 64 bits from the mean, not from the parameters: {@code x' = m + (1 - rate) g - rate momentum v} with
 * classical momentum, so a rate of 1 without momentum gives the mean bit for bit.
 */
public final class OuterOptimizer {

    private float[] momentum;

    /**
     * An optimizer at the start of a run, or where {@link #momentum} was taken.
     *
     * @param momentum what was remembered; empty at the start, or after a rule that forgets
     */
    public OuterOptimizer(Optional<float[]> momentum) {
        this.momentum = momentum.map(float[]::clone).orElseGet(() -> new float[0]);
    }

    /** What has to be kept to go on from here; empty at the start, and after a rule that forgets. */
    public Optional<float[]> momentum() {
        return momentum.length == 0 ? Optional.empty() : Optional.of(momentum.clone());
    }

    /**
     * The parameters for the next round; {@code mean} itself where the rule is to take it.
     *
     * @param rule of this round; the first that does not forget begins with a momentum of 0
     * @param before the parameters that this round began with
     * @param mean of the replicas after it
     */
    public float[] step(Outer.Rule rule, float[] before, float[] mean) {
        if (rule.forgets()) {
            momentum = new float[0];
        } else if (momentum.length == 0) {
            momentum = new float[mean.length];
        }
        // x - rate (g + momentum v') = m + (1 - rate (1 + momentum)) g - rate momentum^2 v, and alike without Nesterov
        double ofMomentum = rule.rate() * rule.momentum() * (rule.nesterov() ? rule.momentum() : 1);
        double ofChange = 1 - rule.rate() * (rule.nesterov() ? 1 + rule.momentum() : 1);
        if (ofMomentum == 0 && ofChange == 0) {
            return mean;
        }
        float[] after = new float[mean.length];
        for (int i = 0; i < after.length; i++) {
            double change = (double) before[i] - mean[i];
            double remembered = rule.forgets() ? 0 : momentum[i];
            after[i] = (float) (mean[i] + ofChange * change - ofMomentum * remembered);
        }
        for (int i = 0; i < momentum.length; i++) {
            momentum[i] = (float) (rule.momentum() * momentum[i] + ((double) before[i] - mean[i]));
        }
        return after;
    }
}
