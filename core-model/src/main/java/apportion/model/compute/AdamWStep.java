package apportion.model.compute;

/**
 * The numbers of one AdamW update (Loshchilov and Hutter 2019, algorithm 2).
 *
 * @param learningRate of this step, after the schedule
 * @param beta1 decay of the first moment
 * @param beta2 decay of the second moment
 * @param epsilon added to the root of the corrected second moment
 * @param weightDecay decoupled: {@code learningRate * weightDecay} of each weight is taken off
 * @param step counted from 1, for the correction of the moments' bias
 */
public record AdamWStep(
        double learningRate, double beta1, double beta2, double epsilon, double weightDecay, long step) {

    /** Correction of the first moment's bias towards 0. */
    public double correction1() {
        return 1 - Math.pow(beta1, (double) step);
    }

    /** Correction of the second moment's bias towards 0. */
    public double correction2() {
        return 1 - Math.pow(beta2, (double) step);
    }
}
