package apportion.spark.experiment.tasks;

import apportion.model.config.Positions;
import java.io.Serializable;

/**
 * What is varied.
 *
 * @param positions how scores learn of places
 * @param time vectors of a sequence
 * @param heads of each attention
 */
record Cell(Positions positions, int time, int heads) implements Serializable {

    /** As tables and files name the positions. */
    String positionsName() {
        return positions instanceof Positions.Relative relative
                ? "a learned table of " + relative.distances() + " distances"
                : positions.getClass().getSimpleName().equals("Alibi") ? "ALiBi" : "no positions";
    }
}
