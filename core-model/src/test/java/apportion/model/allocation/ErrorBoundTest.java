package apportion.model.allocation;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import apportion.model.allocation.AllocationProblem.Spending;
import apportion.model.config.HeadGroup;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class ErrorBoundTest {

    private static final AllocationProblem FIGURE =
            new AllocationProblem(LagKernel.inductionStep(), 128, 16, Spending.ALL);

    /** The curve that the paper draws for D = 128 and d = 16. */
    @ParameterizedTest
    @CsvSource({
        "1, 1.3263",
        "4, 0.3316",
        "6, 0.2210",
        "8, 0.1658",
        "9, 0.4807",
        "10, 0.5798",
        "12, 0.6879",
        "15, 0.7716",
        "20, 0.8409",
        "30, 0.9006",
        "40, 0.9276",
        "60, 0.9530",
        "80, 0.9653"
    })
    void theCurveIsThePapers(int heads, double bound) {
        HeadCurve curve = HeadCurve.of(FIGURE, 1);

        assertThat(curve.points()).hasSize(80);
        assertThat(curve.points().get(heads - 1).heads()).isEqualTo(heads);
        assertThat(curve.points().get(heads - 1).bound()).isCloseTo(bound, within(1e-4));
    }

    @Test
    void theCurveHasItsLeastValueWhereHeadsAreAsWideAsTokens() {
        assertThat(HeadCurve.of(FIGURE, 1).best().heads()).isEqualTo(8);
        assertThat(HeadCurve.of(new AllocationProblem(LagKernel.inductionStep(), 130, 16, Spending.ALL), 1)
                        .best()
                        .heads())
                .isEqualTo(8);
        assertThat(HeadCurve.of(new AllocationProblem(LagKernel.nGram(4), 256, 8, Spending.ALL), 4)
                        .best())
                .satisfies(best -> {
                    assertThat(best.heads()).isEqualTo(8);
                    assertThat(best.headDim()).isEqualTo(8);
                    assertThat(best.bound()).isCloseTo(0.683497, within(1e-6));
                });
    }

    @Test
    void aCurveOfTooManyPointsIsRefused() {
        assertThatThrownBy(() -> HeadCurve.of(
                        new AllocationProblem(LagKernel.inductionStep(), 1_000_000_000, 8, Spending.ALL), 1))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageContaining("must have at most 100000");
    }

    @Test
    void oneHeadForALagIsWorseThanNoneAndUnservedLagsCountInFull() {
        ErrorBound bound = new ErrorBound(LagKernel.of(1, 0.5), 8);

        assertThat(bound.of(List.of(new HeadGroup(1, 8)))).isGreaterThan(bound.of(List.of()));
        assertThat(bound.of(List.of())).isEqualTo(1.5);
        assertThat(bound.of(List.of(new HeadGroup(4, 8)))).isCloseTo(1.3 * Math.exp(0.02) / 4 + 0.5, within(1e-12));
        assertThat(bound.of(List.of(new HeadGroup(4, 8), new HeadGroup(2, 2))))
                .isCloseTo(
                        1.3 * Math.exp(0.02) / 4 + 0.5 * (Math.sqrt(0.75) + 1.3 * Math.exp(0.04) / 2), within(1e-12));
    }

    @Test
    void aDimensionBeyondTheTokensGainsNothing() {
        ErrorBound bound = new ErrorBound(LagKernel.inductionStep(), 8);

        assertThat(bound.served(1, 2, 9)).isEqualTo(bound.served(1, 2, 8));
        assertThat(bound.served(1, 2, 7)).isGreaterThan(bound.served(1, 2, 8));
    }

    @Test
    void aFarLagWithoutWeightAddsNothing() {
        double[] weights = new double[100_000];
        weights[0] = 1;

        assertThat(new ErrorBound(LagKernel.of(weights), 8).served(100_000, 1, 8))
                .isZero();
    }
}
