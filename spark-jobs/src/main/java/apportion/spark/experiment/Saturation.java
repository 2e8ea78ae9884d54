package apportion.spark.experiment;

import java.util.HashSet;
import java.util.List;

/**
 * How much attention's probabilities can move with scores as sequences grow, in simulations and in trained models.
 *
 * @param output directory of the experiment
 * @param lengths how many tokens a query sees, rising, from 2
 * @param draws queries of each length and seed
 * @param seeds of the simulations
 * @param modelSeeds of the models that are trained; empty for simulations alone
 * @param sequences most of their validation split that they read
 * @param slotsPerTrial Spark's task slots by which models are trained side by side
 */
public record Saturation(
        String output,
        List<Integer> lengths,
        int draws,
        List<Long> seeds,
        List<Long> modelSeeds,
        int sequences,
        int slotsPerTrial)
        implements Experiment {

    public Saturation {
        lengths = List.copyOf(lengths);
        seeds = List.copyOf(seeds);
        modelSeeds = List.copyOf(modelSeeds);
        if (lengths.size() < 2
                || lengths.get(0) < 2
                || !lengths.equals(lengths.stream().sorted().distinct().toList())) {
            throw new IllegalArgumentException(
                    "lengths must be two or more that rise, the first at least 2, got " + lengths);
        }
        if (seeds.size() < 2 || new HashSet<>(seeds).size() < seeds.size()) {
            throw new IllegalArgumentException(
                    "seeds must be two or more different numbers, as intervals are over them, got " + seeds);
        }
        if (new HashSet<>(modelSeeds).size() < modelSeeds.size()) {
            throw new IllegalArgumentException("model-seeds must be different numbers, got " + modelSeeds);
        }
        if (draws < 1) {
            throw new IllegalArgumentException("draws must be at least 1, got " + draws);
        }
        if (sequences < 1) {
            throw new IllegalArgumentException("sequences must be at least 1, got " + sequences);
        }
        if (slotsPerTrial < 1) {
            throw new IllegalArgumentException("slots-per-trial must be at least 1, got " + slotsPerTrial);
        }
    }

    @Override
    public <T> T match(Cases<T> cases) {
        return cases.saturation(this);
    }
}
