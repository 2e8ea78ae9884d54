package apportion.model.checkpoint;

import java.util.Optional;

/**
 * What one replica remembers between rounds: AdamW's moments (Kingma and Ba 2015, algorithm 1: {@code m} and
 * {@code v}), and what compression has withheld.
 *
 * @param replica which, from 0 on
 * @param firstMoment as long as the parameters and of their precision
 * @param secondMoment as long as the parameters and of their precision
 * @param residual the part of its changes that it has not sent yet, as long as the parameters and of their precision;
 *     all replicas of a checkpoint have one, or none has
 */
public record ReplicaState(
        int replica, FlatVector firstMoment, FlatVector secondMoment, Optional<FlatVector> residual) {

    public ReplicaState {
        if (replica < 0) {
            throw new IllegalArgumentException("replica must be at least 0, got " + replica);
        }
    }

    /** A replica that sends its changes as they are. */
    public ReplicaState(int replica, FlatVector firstMoment, FlatVector secondMoment) {
        this(replica, firstMoment, secondMoment, Optional.empty());
    }
}
