package apportion.spark.experiment.compression;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import apportion.spark.compress.CompressConfig.Method;
import apportion.spark.evaluate.DocumentLoss;
import apportion.spark.evaluate.Measurement;
import apportion.spark.experiment.Compression;
import apportion.spark.experiment.Compression.Compared;
import apportion.spark.experiment.Compression.Smaller;
import apportion.spark.statistics.Estimate;
import apportion.spark.study.Agreement;
import apportion.spark.study.Claim;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.stream.IntStream;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;

final class CompressionClaimsTest {

    private static final Compression EXPERIMENT = new Compression(
            "experiment",
            List.of(
                    new Smaller("one", "2", "0", 1),
                    new Smaller("early", "0-1", "all", 4),
                    new Smaller("later", "2-3", "all", 4)),
            new Compared("one", "early", "later"),
            List.of("train.steps=3"),
            List.of(1L, 2L, 3L),
            1,
            6,
            1);

    /** What students lose more than their teachers, and trained on more than the control. */
    private record Excess(double before, @Nullable Double after) {}

    private static final Excess FULL = new Excess(2e-7, null);

    /** Students that lose this much of each of three teachers, give or take some noise. */
    private static List<Agreement> verdicts(Map<Method, Map<String, Excess>> losses, double noise, Excess full) {
        List<Outcome> outcomes = new ArrayList<>();
        for (long seed = 1; seed <= 3; seed++) {
            double teacher = 3 + seed;
            double jitter = noise * (seed - 2);
            outcomes.add(outcome(seed, Compression.FULL_RANK, Method.WEIGHTS, teacher, full, 0));
            for (Method method : Method.values()) {
                for (int student = 0; student < 3; student++) {
                    String name = EXPERIMENT.students().get(student).name();
                    Excess excess = Objects.requireNonNull(losses.get(method)).get(name);
                    double own = jitter * (1 + student * student + method.name().length());
                    outcomes.add(outcome(seed, name, method, teacher, Objects.requireNonNull(excess), own));
                }
            }
        }
        return CompressionClaims.of(new Outcomes(outcomes, List.of()), EXPERIMENT).stream()
                .map(Claim::agreement)
                .toList();
    }

    private static Outcome outcome(
            long seed, String student, Method method, double teacher, Excess excess, double jitter) {
        Double after = excess.after();
        return new Outcome(
                seed,
                student,
                method,
                measured(teacher, 0),
                measured(teacher - 0.5, 0),
                measured(teacher + excess.before() + jitter, 0),
                after == null ? null : measured(teacher - 0.5 + after + jitter / 2, 0),
                new HeadShares(0.1, 0.1),
                null);
    }

    /** Documents that are not equally hard, of which the first half loses more by some nats and the rest less. */
    private static Measurement measured(double loss, double spread) {
        return new Measurement(IntStream.range(0, 6)
                .mapToObj(k -> new DocumentLoss(100 * (loss + 0.3 * (k - 2.5) + (k < 3 ? spread : -spread)), 100, 300))
                .toList());
    }

    private static Map<Method, Map<String, Excess>> losses(Excess weights, Excess data, Excess drawn, double early) {
        return Map.of(
                Method.WEIGHTS, students(weights, early),
                Method.DATA, students(data, early),
                Method.RANDOM, students(drawn, early));
    }

    private static Map<String, Excess> students(Excess excess, double early) {
        Double after = excess.after();
        return Map.of(
                "one", new Excess(excess.before() / 100, after == null ? null : (Double) (after / 100)),
                "early", new Excess(excess.before() * early, after == null ? null : (Double) (after * early)),
                "later", excess);
    }

    @Test
    void clearDifferencesThatGoAsSaidAgree() {
        assertThat(verdicts(losses(new Excess(0.3, 0.1), new Excess(0.2, 0.1), new Excess(0.9, 0.4), 3), 1e-4, FULL))
                .containsOnly(Agreement.AGREES)
                .hasSize(8);
    }

    @Test
    void clearDifferencesTheOtherWayRoundDisagree() {
        assertThat(verdicts(
                        losses(new Excess(2, 4.0), new Excess(3, 4.0), new Excess(1, 2.0), 0.3),
                        1e-4,
                        new Excess(2e-5, null)))
                .containsOnly(Agreement.DISAGREES)
                .hasSize(8);
    }

    @Test
    void whatVariesMoreThanItDiffersCannotBeTold() {
        assertThat(verdicts(losses(new Excess(0.3, 0.1), new Excess(0.2, 0.1), new Excess(0.9, 0.4), 3), 2, FULL)
                        .subList(0, 7))
                .containsOnly(Agreement.CANNOT_TELL);
    }

    /**
     * Three teachers whose students agree to 1e-4 say nothing of another text if half of this one says the opposite.
     */
    @Test
    void intervalsAllowForOtherDocuments() {
        Estimate alike = later(0);
        Estimate unlike = later(0.2);

        assertThat(alike.value()).isCloseTo(unlike.value(), within(1e-12));
        assertThat(alike.interval().orElseThrow().contains(0)).isFalse();
        assertThat(unlike.interval().orElseThrow().contains(0)).isTrue();
        // Six documents: 0.2 for a half, -0.2 for the other, unbiased, t with five degrees of freedom.
        assertThat(unlike.interval().orElseThrow().high() - unlike.value())
                .isCloseTo(2.5706 * Math.sqrt(6 * 0.04 / 36 * 6 / 5), within(2e-3));
    }

    /** Of a student that loses 0.1 more, by so much more or less in each half of the documents. */
    private static Estimate later(double spread) {
        List<Outcome> outcomes = new ArrayList<>();
        for (long seed = 1; seed <= 3; seed++) {
            Measurement teacher = measured(3.0 + seed, 0);
            Measurement student = measured(3.1 + seed + 1e-4 * seed, spread);
            outcomes.add(new Outcome(
                    seed, "later", Method.WEIGHTS, teacher, null, student, null, new HeadShares(0.1, 0.1), null));
        }
        return new Outcomes(outcomes, List.of())
                .mean("later", Method.WEIGHTS, Outcomes.Stage.BEFORE)
                .orElseThrow();
    }

    @Test
    void studentsThatWereNotTrainedOnLeaveTheirStatementsOpen() {
        List<Agreement> verdicts =
                verdicts(losses(new Excess(0.3, null), new Excess(0.2, null), new Excess(0.9, null), 3), 1e-4, FULL);

        assertThat(List.of(verdicts.get(0), verdicts.get(2), verdicts.get(5), verdicts.get(6)))
                .containsOnly(Agreement.CANNOT_TELL);
        assertThat(List.of(verdicts.get(1), verdicts.get(3), verdicts.get(4), verdicts.get(7)))
                .containsOnly(Agreement.AGREES);
    }
}
