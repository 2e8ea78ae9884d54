package apportion.spark.experiment.compression;

import apportion.spark.compress.CompressConfig.Method;
import apportion.spark.experiment.Compression;
import apportion.spark.experiment.Compression.Smaller;
import apportion.spark.experiment.compression.Outcomes.Stage;
import apportion.spark.page.Numbers;
import apportion.spark.statistics.BlockDesign;
import apportion.spark.statistics.DocumentRatio;
import apportion.spark.statistics.Estimate;
import apportion.spark.statistics.Holm;
import apportion.spark.study.Agreement;
import apportion.spark.study.Claim;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.SortedMap;
import java.util.TreeMap;

/**
 * The statements, and what the students say of them.
 *
 * <p>All but that of full rank compare two sets of losses, teacher by teacher: the difference is told from 0 where its
 * p-value (paired over teachers and documents), corrected after Holm for all statements, is below 0.05. A statement
 * agrees if the difference is told and goes its way, disagrees if it is told and goes the other way.
 */
final class CompressionClaims {

    /** What a student at full rank may lose: sums in single precision, in another order. */
    static final double EXACT = 1e-5;

    /** What counts as approximating a teacher well, in nats per token: no source says. */
    static final double WELL = 0.01;

    private static final double LEVEL = 0.05;
    private static final String PAPER = "arXiv 2510.03784, on reducing trained heads";
    private static final String DATA_AWARE = "A3, arXiv 2505.12942";
    private static final String OURS = "What the method supposes, in our words";
    private static final String RULE =
            "the difference, paired over teachers and documents, is told from 0 where p after Holm for all"
                    + " statements is below 0.05; the statement agrees if it then goes as said, and disagrees if it goes the"
                    + " other way";

    /** Two losses of each teacher, of which the first should be the lower one. */
    private record Compared(
            String source, String claimed, String difference, Map<Long, Excess> lower, Map<Long, Excess> higher) {

        List<Long> seeds() {
            return lower.keySet().stream().filter(higher::containsKey).toList();
        }

        private BlockDesign design() {
            List<BlockDesign.Trial> trials = new ArrayList<>();
            List<Long> seeds = seeds();
            for (int teacher = 0; teacher < seeds.size(); teacher++) {
                long seed = seeds.get(teacher);
                trials.add(new BlockDesign.Trial(0, teacher, ratio(lower, seed)));
                trials.add(new BlockDesign.Trial(1, teacher, ratio(higher, seed)));
            }
            return BlockDesign.of(trials);
        }

        private static DocumentRatio ratio(Map<Long, Excess> losses, long seed) {
            return Objects.requireNonNull(losses.get(seed)).ratio();
        }

        /** 1 where nothing is known of other teachers, which rejects nothing. */
        double pValue() {
            return seeds().size() < 2 ? 1 : design().pValue(0, 1).orElse(1);
        }

        Claim claim(double adjusted) {
            if (seeds().isEmpty()) {
                return new Claim(source, claimed, "A run is missing.", Agreement.CANNOT_TELL, RULE);
            }
            BlockDesign design = design();
            // How far the second is above the first.
            Estimate gap = design.difference(1, 0);
            boolean told = adjusted < LEVEL;
            String detectable = design.knowsSeedNoise()
                    ? ", detectable " + Numbers.fixed(design.detectable(1, 0).orElseThrow(), Words.DECIMALS)
                    : "";
            return new Claim(
                    source,
                    claimed,
                    capital(difference) + ": " + Words.nats(gap) + detectable + ", p after Holm "
                            + Numbers.pValue(adjusted) + ".",
                    Agreement.of(told && gap.value() > 0, told && gap.value() < 0),
                    RULE);
        }
    }

    private static String capital(String words) {
        return Character.toUpperCase(words.charAt(0)) + words.substring(1);
    }

    private final Outcomes outcomes;
    private final Compression experiment;
    private final List<String> names;

    private CompressionClaims(Outcomes outcomes, Compression experiment) {
        this.outcomes = outcomes;
        this.experiment = experiment;
        this.names = experiment.students().stream().map(Smaller::name).toList();
    }

    static List<Claim> of(Outcomes outcomes, Compression experiment) {
        CompressionClaims claims = new CompressionClaims(outcomes, experiment);
        List<Compared> compared = new ArrayList<>();
        compared.add(claims.single());
        compared.add(claims.layers(Stage.BEFORE));
        compared.add(claims.layers(Stage.AFTER));
        compared.add(claims.methods(
                DATA_AWARE,
                "A decomposition for data loses no more than one of the weights, before training on.",
                Method.DATA,
                Method.WEIGHTS,
                Stage.BEFORE));
        compared.add(claims.methods(
                OURS,
                "Students begun by an SVD of the weights lose less than drawn ones, before training on.",
                Method.WEIGHTS,
                Method.RANDOM,
                Stage.BEFORE));
        compared.add(claims.methods(
                OURS,
                "They still do after both are trained on for as long.",
                Method.WEIGHTS,
                Method.RANDOM,
                Stage.AFTER));
        compared.add(claims.trainingOn());
        double[] adjusted =
                Holm.adjusted(compared.stream().mapToDouble(Compared::pValue).toArray());
        List<Claim> all = new ArrayList<>();
        for (int i = 0; i < adjusted.length; i++) {
            all.add(compared.get(i).claim(adjusted[i]));
        }
        all.add(claims.fullRank());
        return all;
    }

    private Compared single() {
        String name = experiment.compared().single();
        SortedMap<Long, Excess> excess = outcomes.excess(name, Method.WEIGHTS, Stage.AFTER);
        SortedMap<Long, Excess> allowed = new TreeMap<>(excess);
        allowed.replaceAll((seed, value) -> value.constant(WELL));
        return new Compared(
                PAPER,
                "A head of a much smaller dimension, begun by a truncated SVD and trained on, approximates its teacher"
                        + " well (here: loses less than " + WELL + " nats more than the control).",
                "Drawn and trained on, " + name + " loses "
                        + Words.orDash(outcomes.mean(name, Method.RANDOM, Stage.AFTER)) + "; " + WELL
                        + " less what it loses begun by an SVD",
                excess,
                allowed);
    }

    private Compared layers(Stage stage) {
        String early = experiment.compared().early();
        String later = experiment.compared().later();
        return new Compared(
                PAPER,
                "Later layers can be narrowed at less loss than early ones, "
                        + (stage == Stage.BEFORE ? "before" : "after") + " training on.",
                early + " less " + later,
                outcomes.excess(later, Method.WEIGHTS, stage),
                outcomes.excess(early, Method.WEIGHTS, stage));
    }

    private Compared methods(String source, String claimed, Method lower, Method higher, Stage stage) {
        return new Compared(
                source,
                claimed,
                Words.of(higher) + " less " + Words.of(lower) + ", mean over students",
                outcomes.excess(names, lower, stage),
                outcomes.excess(names, higher, stage));
    }

    private Compared trainingOn() {
        return new Compared(
                OURS,
                "Training on takes back a part of what an SVD of the weights lost.",
                "before less after, mean over students",
                outcomes.excess(names, Method.WEIGHTS, Stage.AFTER),
                outcomes.excess(names, Method.WEIGHTS, Stage.BEFORE));
    }

    private Claim fullRank() {
        double largest = outcomes.excess(Compression.FULL_RANK, Method.WEIGHTS, Stage.BEFORE).values().stream()
                .mapToDouble(excess -> Math.abs(excess.value()))
                .max()
                .orElse(Double.NaN);
        return new Claim(
                OURS,
                "At full rank a student is its teacher.",
                "Their losses differ by " + Numbers.significant(largest, 2) + " at most.",
                Agreement.of(largest < EXACT, largest >= EXACT),
                "no teacher's loss differs from its student's by " + EXACT + " or more");
    }
}
