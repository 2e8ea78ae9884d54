package apportion.spark.dl4j;

import java.io.Serializable;

/**
 * How a network is trained on Spark.
 *
 * @param workers {@code W}: copies of the network that train side by side
 * @param localSteps {@code H}: mini-batches of each worker between two averages
 * @param memory what happens to the updaters' memory at an average
 */
public record Averaging(int workers, int localSteps, Memory memory) implements Serializable {

    /** What an average does to Adam's moments, to momentum and the like. */
    public enum Memory {
        /** Each worker keeps its own. */
        KEPT,
        /** Averaged as the parameters are; this sends twice to three times as much. */
        AVERAGED
    }

    public Averaging {
        if (workers < 1) {
            throw new IllegalArgumentException("workers must be at least 1, got " + workers);
        }
        if (localSteps < 1) {
            throw new IllegalArgumentException("local steps must be at least 1, got " + localSteps);
        }
    }

    /** Workers that each keep their updater's memory. */
    public static Averaging of(int workers, int localSteps) {
        return new Averaging(workers, localSteps, Memory.KEPT);
    }

    String toJson() {
        return "{\"workers\":" + workers + ",\"localSteps\":" + localSteps + ",\"memory\":\"" + memory + "\"}";
    }

    String toYaml() {
        return "workers: " + workers + "\nlocalSteps: " + localSteps + "\nmemory: " + memory + "\n";
    }
}
