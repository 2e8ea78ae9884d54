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

    /** As tables name the positions. */
    String shortName() {
        return positions instanceof Positions.Relative ? "learned table" : positionsName();
    }

    /** As sentences and files name the positions. */
    String positionsName() {
        return positions instanceof Positions.Relative relative
                ? "a learned table of " + relative.distances() + " distances"
                : positions instanceof Positions.Alibi ? "ALiBi" : "no positions";
    }
}
