package apportion.spark.experiment.variants;

import static org.assertj.core.api.Assertions.assertThat;

import apportion.spark.evaluate.DocumentLoss;
import apportion.spark.experiment.Measures;
import apportion.spark.experiment.Tuning;
import apportion.spark.experiment.Variant;
import apportion.spark.experiment.Variants;
import apportion.spark.report.LearningCurve;
import apportion.spark.study.Agreement;
import apportion.spark.study.Claim;
import apportion.spark.study.Order;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.Test;

/** Three arms with three seeds: b loses 0.1 more than a, and c and b lose alike. */
final class OrderClaimsTest {

    private static final double[] LUCK = {0, 0.01, -0.01};

    private static Variant named(String name) {
        return new Variant(name, List.of());
    }

    private static Agreement verdict(String... order) {
        return claims(order).get(0).agreement();
    }

    private static List<Claim> claims(String... order) {
        Variants config = new Variants(
                "somewhere",
                List.of(named("a"), named("b"), named("c")),
                Optional.empty(),
                List.of(named("all")),
                List.of(1L, 2L, 3L),
                Optional.empty(),
                List.of(),
                new Tuning(List.of(), 0),
                new Measures(false, false, false),
                List.of(new Order("somebody", "as they say", List.of(order))),
                List.of(),
                1);
        List<TrialRun> runs = new ArrayList<>();
        for (int seed = 0; seed < 3; seed++) {
            runs.add(run("a", seed, 2 + 0.5 * seed, List.of()));
            runs.add(run("b", seed, 2.1 + 0.5 * seed + 0.1 * LUCK[seed], List.of()));
            runs.add(run("c", seed, 2.1 + 0.5 * seed + LUCK[2 - seed], List.of()));
        }
        return OrderClaims.of(config, runs);
    }

    private static TrialRun run(String arm, long seed, double loss, List<DocumentLoss> documents) {
        return new TrialRun(
                arm + seed,
                arm,
                "all",
                seed,
                1e-3,
                100,
                40,
                10,
                5_120,
                16,
                2.5,
                0.1,
                loss,
                null,
                null,
                documents,
                LearningCurve.none(),
                null);
    }

    @Test
    void anOrderAgreesOnlyWhereAllItsNeighboursDiffer() {
        assertThat(verdict("a", "b")).isEqualTo(Agreement.AGREES);
        assertThat(verdict("b", "a")).isEqualTo(Agreement.DISAGREES);
        assertThat(verdict("b", "c")).isEqualTo(Agreement.CANNOT_TELL);
        assertThat(verdict("a", "b", "c")).isEqualTo(Agreement.CANNOT_TELL);
        assertThat(verdict("c", "b", "a")).isEqualTo(Agreement.DISAGREES);
    }

    @Test
    void whatWasMeasuredIsSaidWithItsInterval() {
        Claim claim = claims("a", "b").get(0);

        assertThat(claim.claimed()).isEqualTo("as they say (all)");
        // Differences 0.1, 0.101 and 0.099: Student's t of 4.3027 times 0.001 / sqrt 3.
        assertThat(claim.measured())
                .startsWith("b less a: 0.1000 (95% interval 0.0975 to 0.1025), detectable ")
                .contains("p after Holm below 0.0001");
    }

    /** By document both arms lose 1 and 3 on one, 2 and 4 on the other, each 0.5 more with b. */
    @Test
    void documentsGiveAnIntervalWhereSeedsCannot() {
        List<TrialRun> runs = List.of(
                run("a", 1, 2, List.of(new DocumentLoss(10, 10, 40), new DocumentLoss(30, 10, 40))),
                run("b", 1, 2.5, List.of(new DocumentLoss(14, 10, 40), new DocumentLoss(36, 10, 40))));

        Comparison.Finding found = Comparison.between("b", "a", runs).orElseThrow();

        assertThat(found.toBaseline().orElseThrow().value()).isEqualTo(0.5);
        // Differences of 0.4 and 0.6 a token: 12.706 times 0.1, the half-difference.
        assertThat(found.toBaseline().orElseThrow().interval().orElseThrow().high())
                .isBetween(1.7, 1.8);
    }
}
