package apportion.spark.failure;

/** A training run whose loss is no longer a finite number. */
public final class Diverged extends Failure {

    private final long round;
    private final int replica;

    /** Diverged in a round, counted from 1, and on a replica, counted from 0. */
    public Diverged(long round, int replica, String message) {
        super(3, message);
        this.round = round;
        this.replica = replica;
    }

    public long round() {
        return round;
    }

    public int replica() {
        return replica;
    }
}
