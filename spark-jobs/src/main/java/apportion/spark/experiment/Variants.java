package apportion.spark.experiment;

import apportion.spark.study.Order;
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
 * @param title of the page
 * @param equalParameters conditions under which each arm's feed-forward width gives it as many parameters as the
 *     baseline has, as nearly as a whole number can
 * @param tuning how learning rates are found
 * @param measures what is measured beside the loss
 * @param claims statements about the order of arms
 * @param ours settings that no source gives, one a sentence
 * @param slotsPerTrial Spark's task slots by which trials run side by side
 */
public record Variants(
        String output,
        List<Variant> arms,
        Optional<String> baseline,
        List<Variant> conditions,
        List<Long> seeds,
        Optional<String> title,
        List<String> equalParameters,
        Tuning tuning,
        Measures measures,
        List<Order> claims,
        List<String> ours,
        int slotsPerTrial)
        implements Experiment {

    public Variants {
        arms = List.copyOf(arms);
        conditions = List.copyOf(conditions);
        seeds = List.copyOf(seeds);
        equalParameters = List.copyOf(equalParameters);
        claims = List.copyOf(claims);
        ours = List.copyOf(ours);
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
        refuseUnknown("equal-parameters", "condition", equalParameters, names(conditions));
        claims.forEach(claim -> refuseUnknown("claims", "arm", claim.order(), known));
        if (!tuning.learningRates().isEmpty() && seeds.contains(tuning.seed())) {
            throw new IllegalArgumentException("tuning.seed must be none of seeds, as a run that chose a learning rate"
                    + " cannot also be compared, got " + tuning.seed());
        }
        if (slotsPerTrial < 1) {
            throw new IllegalArgumentException("slots-per-trial must be at least 1, got " + slotsPerTrial);
        }
    }

    private static List<String> names(List<Variant> variants) {
        return variants.stream().map(Variant::name).toList();
    }

    private static void refuseUnknown(String key, String what, List<String> named, List<String> known) {
        named.stream().filter(name -> !known.contains(name)).findFirst().ifPresent(name -> {
            throw new IllegalArgumentException(key + " must name a " + what + ", one of " + known + ", got " + name);
        });
    }

    @Override
    public <T> T match(Cases<T> cases) {
        return cases.variants(this);
    }

    /** The same with other measures. */
    public Variants measuring(Measures others) {
        return new Variants(
                output,
                arms,
                baseline,
                conditions,
                seeds,
                title,
                equalParameters,
                tuning,
                others,
                claims,
                ours,
                slotsPerTrial);
    }

    /** The name of the arm that the others are compared with. */
    public String comparedWith() {
        return baseline.orElseGet(() -> arms.get(0).name());
    }
}
