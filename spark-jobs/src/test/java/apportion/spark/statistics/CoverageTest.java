package apportion.spark.statistics;

import static org.assertj.core.api.Assertions.assertThat;

import apportion.spark.statistics.BlockDesign.Trial;
import java.util.ArrayList;
import java.util.List;
import java.util.SplittableRandom;
import org.junit.jupiter.api.Test;

/**
 * Draws sweeps whose truth is known and counts how often the intervals hold it.
 *
 * <p>Losses have effects of layout, seed, document, layout by document, and layout by seed (the luck of a run), and
 * noise of every single document in every single run. Documents differ in length, and long ones have a lower loss. With
 * 600 sweeps a rate of 0.95 has a standard error of 0.009; bounds lie three of them away.
 */
final class CoverageTest {

    private static final int SWEEPS = 600;
    private static final int LAYOUTS = 5;
    private static final int DOCUMENTS = 60;
    private static final double BOUND = 3 * Math.sqrt(0.95 * 0.05 / SWEEPS);

    @Test
    void intervalsOfAllDifferencesHoldTogether() {
        assertThat(rateOfAllDifferencesHolding(2, 0.02, 0.05, false)).isBetween(0.95 - BOUND, 0.95 + 2 * BOUND);
    }

    @Test
    void theyHoldWhereDocumentsMatterMost() {
        assertThat(rateOfAllDifferencesHolding(3, 0.001, 0.15, false)).isBetween(0.95 - BOUND, 0.95 + 2 * BOUND);
    }

    @Test
    void theyHoldWhereSeedsMatterMostAndTrialsAreMissing() {
        assertThat(rateOfAllDifferencesHolding(3, 0.05, 0.001, true)).isBetween(0.95 - BOUND, 0.95 + 2 * BOUND);
    }

    @Test
    void equalLayoutsAreRarelyToldApartFromTheOneThatLooksBest() {
        int told = 0;
        SplittableRandom random = new SplittableRandom(11);
        for (int sweep = 0; sweep < SWEEPS; sweep++) {
            BlockDesign design = BlockDesign.of(draw(new double[LAYOUTS], 3, 0.02, 0.05, false, random));
            int best = 0;
            for (int i = 1; i < LAYOUTS; i++) {
                best = design.mean(i).value() < design.mean(best).value() ? i : best;
            }
            boolean any = false;
            for (int i = 0; i < LAYOUTS; i++) {
                any |= i != best
                        && !design.difference(i, best).interval().orElseThrow().contains(0);
            }
            told += any ? 1 : 0;
        }
        assertThat((double) told / SWEEPS).isLessThan(0.05 + BOUND);
    }

    @Test
    void theIntervalOfAMeanHoldsForOtherSeedsAndDocuments() {
        int held = 0;
        SplittableRandom random = new SplittableRandom(12);
        for (int sweep = 0; sweep < SWEEPS; sweep++) {
            BlockDesign design = BlockDesign.of(draw(new double[LAYOUTS], 4, 0.02, 0.05, false, random));
            held += design.mean(1).interval().orElseThrow().contains(TRUTH) ? 1 : 0;
        }
        assertThat((double) held / SWEEPS).isBetween(0.95 - BOUND, 0.95 + 2 * BOUND);
    }

    @Test
    void aDifferenceOfTheDetectableSizeIsFoundAboutFourTimesInFive() {
        SplittableRandom random = new SplittableRandom(13);
        double detectable = 0.0695;
        double sum = 0;
        int found = 0;
        for (int sweep = 0; sweep < SWEEPS; sweep++) {
            BlockDesign design =
                    BlockDesign.of(draw(new double[] {detectable, 0, 0, 0, 0}, 4, 0.02, 0.05, false, random));
            sum += design.detectable(0, 1).orElseThrow();
            found += design.difference(0, 1).interval().orElseThrow().low() > 0 ? 1 : 0;
        }
        assertThat(sum / SWEEPS).isBetween(0.97 * detectable, 1.03 * detectable);
        assertThat((double) found / SWEEPS).isBetween(0.75, 0.87);
    }

    private static double rateOfAllDifferencesHolding(
            int seeds, double runNoise, double layoutByDocument, boolean missing) {
        double[] effects = {0, 0.03, 0.01, 0.2, 0};
        SplittableRandom random = new SplittableRandom(7);
        int held = 0;
        for (int sweep = 0; sweep < SWEEPS; sweep++) {
            BlockDesign design = BlockDesign.of(draw(effects, seeds, runNoise, layoutByDocument, missing, random));
            boolean all = true;
            for (int a = 0; a < LAYOUTS; a++) {
                for (int b = 0; b < a; b++) {
                    all &= design.difference(a, b).interval().orElseThrow().contains(effects[a] - effects[b]);
                }
            }
            held += all ? 1 : 0;
        }
        return (double) held / SWEEPS;
    }

    /** Tokens of a document are 50 + 200 u with u uniform; the loss falls by 0.3 u. */
    private static final double TRUTH = 3.5 - 0.3 * (50 * 0.5 + 200 / 3.0) / 150;

    private static List<Trial> draw(
            double[] effects,
            int seeds,
            double runNoise,
            double layoutByDocument,
            boolean missing,
            SplittableRandom random) {
        long[] tokens = new long[DOCUMENTS];
        double[] difficulty = new double[DOCUMENTS];
        double[][] suits = new double[effects.length][DOCUMENTS];
        for (int k = 0; k < DOCUMENTS; k++) {
            double u = random.nextDouble();
            tokens[k] = Math.round(50 + 200 * u);
            difficulty[k] = -0.3 * u + 0.3 * random.nextGaussian();
            for (int i = 0; i < effects.length; i++) {
                suits[i][k] = layoutByDocument * random.nextGaussian();
            }
        }
        List<Trial> trials = new ArrayList<>();
        for (int j = 0; j < seeds; j++) {
            double ofSeed = 0.02 * random.nextGaussian();
            for (int i = 0; i < effects.length; i++) {
                double ofRun = runNoise * random.nextGaussian();
                double[] losses = new double[DOCUMENTS];
                for (int k = 0; k < DOCUMENTS; k++) {
                    double perToken = 3.5
                            + effects[i]
                            + ofSeed
                            + ofRun
                            + difficulty[k]
                            + suits[i][k]
                            + 0.05 * random.nextGaussian();
                    losses[k] = perToken * tokens[k];
                }
                if (!(missing && (i + 2 * j) % 7 == 3)) {
                    trials.add(new Trial(i, j, DocumentRatio.of(losses, tokens)));
                }
            }
        }
        return trials;
    }
}
