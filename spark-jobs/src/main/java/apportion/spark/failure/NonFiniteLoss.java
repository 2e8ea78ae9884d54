package apportion.spark.failure;

/** A model that was measured, and whose loss is not a finite number: it diverged, whenever that was. */
public final class NonFiniteLoss extends Failure {

    public NonFiniteLoss(String message) {
        super(3, message);
    }

    /**
     * Refuses a loss that is not a number.
     *
     * @param what was measured, on what
     * @throws NonFiniteLoss if the loss is NaN or infinite
     */
    public static void refuse(double loss, String what) {
        if (!Double.isFinite(loss)) {
            throw new NonFiniteLoss(
                    "the loss of " + what + " is " + loss + ", but it must be a finite number; the model"
                            + " diverged: use an earlier checkpoint, or train again with a lower"
                            + " train.optimizer.learning-rate");
        }
    }
}
