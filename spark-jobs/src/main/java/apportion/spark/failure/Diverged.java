package apportion.spark.failure;

/** A training run whose loss is no longer a finite number. */
public final class Diverged extends Failure {

    public Diverged(String message) {
        super(3, message);
    }
}
