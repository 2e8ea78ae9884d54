package apportion.model.checkpoint;

/**
 * What AdamW remembers in one replica (Kingma and Ba 2015, algorithm 1: {@code m} and {@code v}).
 *
 * @param replica which, from 0 on
 * @param firstMoment as long as the parameters and of their precision
 * @param secondMoment as long as the parameters and of their precision
 */
public record ReplicaState(int replica, FlatVector firstMoment, FlatVector secondMoment) {

    public ReplicaState {
        if (replica < 0) {
            throw new IllegalArgumentException("replica must be at least 0, got " + replica);
        }
    }
}
