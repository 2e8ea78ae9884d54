package apportion.spark.statistics;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;
import static org.assertj.core.api.Assertions.within;

import apportion.spark.statistics.BlockDesign.Trial;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.stream.LongStream;
import org.assertj.core.data.Offset;
import org.junit.jupiter.api.Test;

/** Expected numbers were worked out apart from this code: ANOVA formulas, least squares and quantiles in SciPy. */
final class BlockDesignTest {

    private static final Offset<Double> EXACT = within(1e-6);

    private static final double[][] LOSSES = {
        {3.52, 3.49, 3.55, 3.50}, {3.41, 3.40, 3.46, 3.38}, {3.44, 3.39, 3.45, 3.42},
    };

    @Test
    void aRatioCountsEachTokenOnceAndVariesOverDocuments() {
        Estimate loss = DocumentRatio.of(new double[] {30, 25, 33, 24}, new long[] {10, 8, 12, 10})
                .estimate();

        assertThat(loss.value()).isCloseTo(2.8, EXACT);
        assertThat(margin(loss)).isCloseTo(0.5046327, EXACT);
    }

    @Test
    void documentsWithoutAPredictedTokenChangeNothing() {
        Estimate with = DocumentRatio.of(new double[] {30, 0, 10}, new long[] {10, 0, 4})
                .estimate();
        Estimate without =
                DocumentRatio.of(new double[] {30, 10}, new long[] {10, 4}).estimate();

        assertThat(with).isEqualTo(without);
    }

    @Test
    void oneDocumentGivesNoInterval() {
        assertThat(DocumentRatio.of(new double[] {30}, new long[] {10}).estimate())
                .isEqualTo(Estimate.unsure(3));
    }

    @Test
    void aRatioNeedsTokens() {
        assertThatIllegalArgumentException()
                .isThrownBy(() -> DocumentRatio.of(new double[] {0}, new long[] {0}))
                .withMessageContaining("at least one predicted token");
        assertThatIllegalArgumentException()
                .isThrownBy(() -> DocumentRatio.of(new double[] {0}, new long[] {1, 2}))
                .withMessageContaining("1 losses and 2 token counts");
    }

    @Test
    void differencesHaveTukeysIntervalsOfABlockDesign() {
        BlockDesign design = BlockDesign.of(undivided(LOSSES));

        assertThat(design.seedNoise()).hasValueCloseTo(0.0132287566, EXACT);
        assertThat(design.seedNoiseDegrees()).isEqualTo(6);
        assertThat(design.difference(0, 1).value()).isCloseTo(0.1025, EXACT);
        assertThat(margin(design.difference(0, 1))).isCloseTo(0.0287010803, EXACT);
        assertThat(design.detectable(0, 1)).hasValueCloseTo(0.0371731588, EXACT);
    }

    @Test
    void aDifferenceThatWasNamedBeforeHasStudentsInterval() {
        BlockDesign design = BlockDesign.of(undivided(LOSSES));

        assertThat(design.differenceAlone(0, 1).value()).isCloseTo(0.1025, EXACT);
        assertThat(margin(design.differenceAlone(0, 1))).isCloseTo(0.0228887576, EXACT);
        assertThat(design.detectableAlone(0, 1)).hasValueCloseTo(0.0313608364, EXACT);
    }

    @Test
    void theIntervalOfAMeanAllowsForOtherSeeds() {
        Estimate mean = BlockDesign.of(undivided(LOSSES)).mean(0);

        assertThat(mean.value()).isCloseTo(3.515, EXACT);
        assertThat(margin(mean)).isCloseTo(0.0406346028, EXACT);
    }

    @Test
    void aMissingTrialIsFilledInByTheAdditiveModel() {
        List<Trial> trials = new ArrayList<>(undivided(LOSSES));
        trials.remove(3);
        BlockDesign design = BlockDesign.of(trials);

        assertThat(design.mean(0).value()).isCloseTo(3.51375, EXACT);
        assertThat(design.mean(1).value()).isCloseTo(3.4125, EXACT);
        assertThat(design.difference(0, 1).value()).isCloseTo(0.10125, EXACT);
        assertThat(margin(design.difference(0, 1))).isCloseTo(0.0370556830, EXACT);
        assertThat(design.seedNoiseDegrees()).isEqualTo(5);
    }

    /** Two readers, two treatments, three cases in the terms of Dorfman, Berbaum and Metz. */
    @Test
    void seedsAndDocumentsAreBothAllowedFor() {
        double[][][] losses = {
            {{3.0, 3.4, 2.9}, {3.1, 3.45, 3.0}}, {{3.3, 3.3, 3.3}, {3.35, 3.4, 3.3}},
        };
        Estimate difference = BlockDesign.of(divided(losses)).difference(0, 1);

        assertThat(difference.value()).isCloseTo(-0.1833333333, EXACT);
        assertThat(margin(difference)).isCloseTo(0.5944692, within(1e-5));
    }

    @Test
    void withOneSeedOnlyDocumentsAreAllowedFor() {
        BlockDesign design = BlockDesign.of(divided(new double[][][] {{{3.0, 3.4, 2.9}}, {{3.2, 3.5, 3.3}}}));

        assertThat(design.knowsSeedNoise()).isFalse();
        assertThat(design.seedNoise()).isEmpty();
        // Student's t on 2 degrees of freedom: 4.302653 times the standard error of 0.2, 0.1, 0.4.
        assertThat(margin(design.difference(1, 0))).isCloseTo(4.302653 * Math.sqrt(0.0233333333 / 3), within(1e-5));
    }

    @Test
    void withOneSeedAndUndividedLossesNothingIsKnown() {
        BlockDesign design = BlockDesign.of(undivided(new double[][] {{3.5}, {3.4}}));

        assertThat(design.difference(0, 1).value()).isCloseTo(0.1, EXACT);
        assertThat(design.difference(0, 1).interval()).isEmpty();
        assertThat(design.mean(0).interval()).isEmpty();
        assertThat(design.detectable(0, 1)).isEmpty();
    }

    @Test
    void oneLayoutStillHasAnIntervalOverSeeds() {
        BlockDesign design = BlockDesign.of(undivided(new double[][] {{3.5, 3.6, 3.4}}));

        // Student's t on 2 degrees of freedom times 0.1 / sqrt 3
        assertThat(margin(design.mean(0))).isCloseTo(4.302653 * 0.1 / Math.sqrt(3), EXACT);
        assertThat(design.knowsSeedNoise()).isFalse();
    }

    @Test
    void layoutsWithoutACommonSeedAreComparedUnpaired() {
        BlockDesign design = BlockDesign.of(List.of(
                new Trial(0, 0, DocumentRatio.undivided(3.5)),
                new Trial(0, 1, DocumentRatio.undivided(3.6)),
                new Trial(1, 2, DocumentRatio.undivided(3.2)),
                new Trial(1, 3, DocumentRatio.undivided(3.3))));

        assertThat(design.pairsSeeds()).isFalse();
        assertThat(design.difference(0, 1).value()).isCloseTo(0.3, EXACT);
        assertThat(margin(design.difference(0, 1))).isCloseTo(4.302653 * Math.sqrt(0.005), EXACT);
    }

    @Test
    void tiesHaveAnIntervalThatHoldsZero() {
        BlockDesign design = BlockDesign.of(undivided(new double[][] {{3.5, 3.6}, {3.5, 3.6}, {3.5, 3.6}}));

        assertThat(design.difference(0, 1).interval())
                .hasValueSatisfying(interval -> assertThat(interval.contains(0)).isTrue());
    }

    @Test
    void trialsOnDifferentDocumentsAreRefused() {
        assertThatIllegalArgumentException()
                .isThrownBy(() -> BlockDesign.of(
                        List.of(new Trial(0, 0, ratio(3.0, 3.1, 3.2)), new Trial(1, 0, ratio(3.0, 3.1)))))
                .withMessageContaining("the same documents, got trials with 3 and with 2");
        assertThatIllegalArgumentException()
                .isThrownBy(() -> BlockDesign.of(List.of()))
                .withMessageContaining("at least one finished trial");
    }

    private static double margin(Estimate estimate) {
        Interval interval = estimate.interval().orElseThrow();
        return (interval.high() - interval.low()) / 2;
    }

    private static List<Trial> undivided(double[][] losses) {
        List<Trial> trials = new ArrayList<>();
        for (int i = 0; i < losses.length; i++) {
            for (int j = 0; j < losses[i].length; j++) {
                trials.add(new Trial(i, j, DocumentRatio.undivided(losses[i][j])));
            }
        }
        return trials;
    }

    private static List<Trial> divided(double[][][] losses) {
        List<Trial> trials = new ArrayList<>();
        for (int i = 0; i < losses.length; i++) {
            for (int j = 0; j < losses[i].length; j++) {
                trials.add(new Trial(i, j, ratio(losses[i][j])));
            }
        }
        return trials;
    }

    /** Documents of 10 tokens each. */
    private static DocumentRatio ratio(double... losses) {
        return DocumentRatio.of(
                Arrays.stream(losses).map(loss -> 10 * loss).toArray(),
                LongStream.generate(() -> 10).limit(losses.length).toArray());
    }
}
