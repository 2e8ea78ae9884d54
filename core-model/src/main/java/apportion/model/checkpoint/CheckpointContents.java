package apportion.model.checkpoint;

import java.util.Iterator;
import java.util.Optional;

/**
 * All that a checkpoint will hold.
 *
 * @param config the resolved configuration, as JSON that is the same for the same configuration
 * @param outerMomentum what the outer step remembers, where it does: as long as the parameters and of their precision
 * @param residuals whether replicas have residuals
 * @param replicas the replicas of {@code state}, in its order; asked for one after the other, so that they can be
 *     fetched one after the other, and used up by writing
 */
public record CheckpointContents(
        String config,
        TrainingState state,
        Parameters parameters,
        Optional<FlatVector> outerMomentum,
        boolean residuals,
        Iterator<ReplicaState> replicas) {

    /** Of replicas that send their changes as they are. */
    public CheckpointContents(
            String config,
            TrainingState state,
            Parameters parameters,
            Optional<FlatVector> outerMomentum,
            Iterator<ReplicaState> replicas) {
        this(config, state, parameters, outerMomentum, false, replicas);
    }

    public CheckpointContents {
        outerMomentum.ifPresent(momentum -> requireLike(parameters.values(), "the outer momentum", momentum));
    }

    static void requireLike(FlatVector parameters, String what, FlatVector vector) {
        if (vector.length() != parameters.length() || vector.dtype() != parameters.dtype()) {
            throw new IllegalArgumentException(what + " has " + vector.length() + " numbers of type " + vector.dtype()
                    + ", but it must have " + parameters.length() + " of type " + parameters.dtype()
                    + " as the parameters have");
        }
    }
}
