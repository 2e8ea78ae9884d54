package apportion.spark.statistics;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;
import static org.assertj.core.api.Assertions.within;

import org.apache.commons.statistics.distribution.TDistribution;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

final class StudentizedRangeTest {

    /** Reference values from scipy.stats.studentized_range 1.17; printed tables give 3.88, 6.29, 4.89, 5.01, 3.86. */
    @ParameterizedTest
    @CsvSource({
        "2, 1, 17.969287",
        "3, 10, 3.876777",
        "5, 4, 6.287027",
        "5, 8, 4.885754",
        "10, 20, 5.007883",
        "40, 60, 5.788948",
        "3, 1, 26.975530",
        "20, 2, 16.768788",
        "5, 1e7, 3.857656",
        "40, 1e7, 5.497935"
    })
    void agreesWithTables(int groups, double degrees, double expected) {
        assertThat(StudentizedRange.quantile(0.95, groups, degrees)).isCloseTo(expected, within(2e-5));
    }

    @ParameterizedTest
    @CsvSource({"1", "3.7", "12", "250"})
    void ofTwoGroupsIsStudentsT(double degrees) {
        double t = TDistribution.of(degrees).inverseCumulativeProbability(0.975);

        assertThat(StudentizedRange.quantile(0.95, 2, degrees)).isCloseTo(Math.sqrt(2) * t, within(1e-5));
    }

    @Test
    void asksForTwoGroupsAndADegreeOfFreedom() {
        assertThatIllegalArgumentException()
                .isThrownBy(() -> StudentizedRange.quantile(0.95, 1, 3))
                .withMessage("a range needs at least 2 groups, got 1");
        assertThatIllegalArgumentException()
                .isThrownBy(() -> StudentizedRange.quantile(0.95, 3, Double.NaN))
                .withMessage("degrees of freedom must be at least 1, got NaN");
    }
}
