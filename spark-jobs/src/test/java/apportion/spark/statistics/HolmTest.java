package apportion.spark.statistics;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import java.util.List;
import java.util.stream.IntStream;
import org.apache.commons.statistics.distribution.TDistribution;
import org.junit.jupiter.api.Test;

final class HolmTest {

    @Test
    void eachIsMultipliedByTheHypothesesThatAreLeft() {
        // By hand: 0.01 * 4; 0.02 * 3; 0.03 * 2 = 0.06 as well; 0.04 * 1 is raised to 0.06.
        assertThat(Holm.adjusted(0.03, 0.01, 0.04, 0.02)).containsExactly(0.06, 0.04, 0.06, 0.06);
    }

    @Test
    void noneIsMoreThanOneAndEqualOnesStayEqual() {
        assertThat(Holm.adjusted(0.9, 0.5, 0.5)).containsExactly(1, 1, 1);
        assertThat(Holm.adjusted()).isEmpty();
        assertThat(Holm.adjusted(0.2)).containsExactly(0.2);
    }

    @Test
    void whatIsNoProbabilityIsRefused() {
        assertThatThrownBy(() -> Holm.adjusted(0.5, 1.5)).hasMessage("p-values must be from 0 to 1, got [0.5, 1.5]");
        assertThatThrownBy(() -> Holm.adjusted(Double.NaN)).hasMessage("p-values must be from 0 to 1, got [NaN]");
    }

    @Test
    void aPairedDifferenceHasTheValueOfStudentsTest() {
        double[] first = {2.0, 2.5, 3.0, 2.2};
        double[] second = {2.1, 2.59, 3.11, 2.25};
        BlockDesign design = BlockDesign.of(IntStream.range(0, 8)
                .mapToObj(i ->
                        new BlockDesign.Trial(i / 4, i % 4, DocumentRatio.undivided(i < 4 ? first[i] : second[i - 4])))
                .toList());

        // Differences 0.1, 0.09, 0.11, 0.05: mean 0.0875, standard deviation 0.0263; t = 6.65 on 3 degrees of freedom.
        double t = 0.0875 / Math.sqrt(0.002075 / 3 / 4);
        double expected = 2 * (1 - TDistribution.of(3).cumulativeProbability(t));
        assertThat(design.pValue(1, 0).getAsDouble()).isCloseTo(expected, within(1e-9));
        assertThat(design.pValue(0, 1).getAsDouble()).isCloseTo(expected, within(1e-9));
    }

    @Test
    void withoutASecondSeedThereIsNoValue() {
        BlockDesign design = BlockDesign.of(List.of(
                new BlockDesign.Trial(0, 0, DocumentRatio.undivided(1)),
                new BlockDesign.Trial(1, 0, DocumentRatio.undivided(2))));

        assertThat(design.pValue(0, 1)).isEmpty();
    }
}
