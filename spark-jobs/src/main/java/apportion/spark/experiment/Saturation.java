package apportion.spark.experiment;

import java.util.HashSet;
import java.util.List;
import java.util.Optional;

/**
 * How much attention's probabilities can move with scores as sequences grow, in simulations and in a trained model.
 *
 * @param output directory of the experiment
 * @param lengths how many tokens a query sees, rising, from 2
 * @param draws queries of each length and seed
 * @param seeds of the simulations
 * @param checkpoint of a trained model; empty for simulations alone
 * @param dataset whose validation split it reads
 * @param sequences most of that split
 */
public record Saturation(
        String output,
        List<Integer> lengths,
        int draws,
        List<Long> seeds,
        Optional<String> checkpoint,
        Optional<String> dataset,
        int sequences)
        implements Experiment {

    public Saturation {
        lengths = List.copyOf(lengths);
        seeds = List.copyOf(seeds);
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
        if (draws < 1) {
            throw new IllegalArgumentException("draws must be at least 1, got " + draws);
        }
        if (sequences < 1) {
            throw new IllegalArgumentException("sequences must be at least 1, got " + sequences);
        }
        if (checkpoint.isPresent() && dataset.isEmpty()) {
            throw new IllegalArgumentException("dataset must name what the checkpoint reads");
        }
    }

    @Override
    public <T> T match(Cases<T> cases) {
        return cases.saturation(this);
    }
}
