package apportion.spark.experiment;

import java.util.HashSet;
import java.util.List;
import java.util.Optional;

/**
 * Ways to train: arms, each a few settings, under several conditions.
 *
 * @param output directory of the experiment
 * @param arms what is compared
 * @param baseline the arm that the others are compared with; the first if empty
 * @param conditions under each of which arms are compared; of two settings for one key the arm's counts
 * @param seeds each arm is trained once with each under each condition
 * @param slotsPerTrial Spark's task slots by which trials run side by side
 */
public record Variants(
        String output,
        List<Variant> arms,
        Optional<String> baseline,
        List<Variant> conditions,
        List<Long> seeds,
        int slotsPerTrial)
        implements Experiment {

    public Variants {
        arms = List.copyOf(arms);
        conditions = List.copyOf(conditions);
        seeds = List.copyOf(seeds);
        if (names(arms).size() < 2 || new HashSet<>(names(arms)).size() < arms.size()) {
            throw new IllegalArgumentException("arms must be two or more of different names, got " + names(arms));
        }
        if (conditions.isEmpty() || new HashSet<>(names(conditions)).size() < conditions.size()) {
            throw new IllegalArgumentException(
                    "conditions must be one or more of different names, got " + names(conditions));
        }
        if (seeds.isEmpty() || new HashSet<>(seeds).size() < seeds.size()) {
            throw new IllegalArgumentException("seeds must be one or more different numbers, got " + seeds);
        }
        List<String> known = names(arms);
        baseline.filter(name -> !known.contains(name)).ifPresent(name -> {
            throw new IllegalArgumentException(
                    "baseline must be the name of an arm, one of " + known + ", got " + name);
        });
        if (slotsPerTrial < 1) {
            throw new IllegalArgumentException("slots-per-trial must be at least 1, got " + slotsPerTrial);
        }
    }

    private static List<String> names(List<Variant> variants) {
        return variants.stream().map(Variant::name).toList();
    }

    @Override
    public <T> T match(Cases<T> cases) {
        return cases.variants(this);
    }

    /** The name of the arm that the others are compared with. */
    public String comparedWith() {
        return baseline.orElseGet(() -> arms.get(0).name());
    }
}
