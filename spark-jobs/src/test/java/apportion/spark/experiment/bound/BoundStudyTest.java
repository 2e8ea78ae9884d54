package apportion.spark.experiment.bound;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import apportion.spark.experiment.Bound;
import apportion.spark.study.Agreement;
import apportion.spark.study.Claim;
import apportion.spark.study.Origin;
import apportion.spark.study.Study;
import apportion.spark.study.StudyFiles;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;

final class BoundStudyTest {

    private static final Origin ORIGIN = new Origin("apportion experiment bound.conf", "{}", Map.of());

    private static Study study(Bound.Point... points) {
        return BoundStudy.of(new Bound("somewhere", 128, 16, "induction-step", List.of(points), 1e-4), ORIGIN);
    }

    private static Bound.Point point(int heads, double bound) {
        return new Bound.Point(heads, bound);
    }

    @Test
    void theCurveOfTheFigureHasItsLeastPointWhereHeadsAreAsWideAsTokens() {
        Study study = study(point(1, 1.3263), point(8, 0.1658), point(9, 0.4807), point(80, 0.9653));

        assertThat(study.claims()).extracting(Claim::agreement).containsExactly(Agreement.AGREES, Agreement.AGREES);
        assertThat(study.answer()).startsWith("The bound is least with 8 heads of 16 for each served lag, 0.1658.");
        assertThat(StudyFiles.of(study).json()).contains("\"allocation\" : \"8x16\"");
    }

    @Test
    void anotherCurveDisagrees() {
        Study study = study(point(1, 1.3263), point(8, 0.5), point(9, 0.4807));

        assertThat(study.claims())
                .extracting(Claim::agreement)
                .containsExactly(Agreement.DISAGREES, Agreement.DISAGREES);
    }

    @Test
    void aPointBeyondTheCurveDisagrees() {
        assertThat(study(point(8, 0.1658), point(81, 0.9660)).claims().get(0).agreement())
                .isEqualTo(Agreement.DISAGREES);
    }

    @Test
    void whatIsNoBoundIsRefused() {
        assertThatThrownBy(BoundStudyTest::study).hasMessageContaining("points must list at least one point");
        assertThatThrownBy(() -> new Bound("a", 8, 16, "induction-step", List.of(point(1, 1)), 1e-4))
                .hasMessageContaining("token-dim must be at most the budget");
    }
}
