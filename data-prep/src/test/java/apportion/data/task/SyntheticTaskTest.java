package apportion.data.task;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import java.util.List;
import java.util.stream.LongStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

final class SyntheticTaskTest {

    private static final int MANY = 4000;

    static List<SyntheticTask> tasks() {
        return List.of(new LagSum(3, List.of(1.0, -0.5, 0.25)), new LagProduct(3), new Recall(3), new SumOfMaxima(4));
    }

    @ParameterizedTest
    @MethodSource("tasks")
    void aSequenceFollowsFromItsSeedAndNumber(SyntheticTask task) {
        Sequence one = task.sequence(1, 2, 9);

        assertThat(task.sequence(1, 2, 9).inputs()).isEqualTo(one.inputs());
        assertThat(task.sequence(1, 2, 9).targets()).isEqualTo(one.targets());
        assertThat(task.sequence(1, 3, 9).inputs()).isNotEqualTo(one.inputs());
        assertThat(task.sequence(2, 2, 9).inputs()).isNotEqualTo(one.inputs());
        assertThat(one.inputs()).hasSize(9 * task.inputs());
        assertThat(one.targets()).hasSize(9 * task.outputs());
        for (int i = 0; i < task.firstTarget(9) * task.outputs(); i++) {
            assertThat(one.targets()[i]).isZero();
        }
    }

    @ParameterizedTest
    @MethodSource("tasks")
    void tooShortSequencesAreRefused(SyntheticTask task) {
        assertThat(task.sequence(1, 1, task.leastTime()).inputs()).isNotEmpty();
        assertThatThrownBy(() -> task.sequence(1, 1, task.leastTime() - 1))
                .hasMessageContaining("at least " + task.leastTime() + " vectors");
    }

    @Test
    void inputsAreWhiteNoise() {
        LagSum task = new LagSum(2, List.of(1.0));
        double[] sums = new double[4];
        for (int s = 0; s < MANY; s++) {
            float[] x = task.sequence(7, s, 3).inputs();
            sums[0] += x[4];
            sums[1] += x[4] * x[4];
            sums[2] += x[4] * x[2];
            sums[3] += x[4] * x[5];
        }
        // Standard errors are 1 / sqrt(4000) = 0.016, and 1.4 times that of the variance.
        assertThat(sums[0] / MANY).isCloseTo(0, within(0.06));
        assertThat(sums[1] / MANY).isCloseTo(1, within(0.08));
        assertThat(sums[2] / MANY).isCloseTo(0, within(0.06));
        assertThat(sums[3] / MANY).isCloseTo(0, within(0.06));
    }

    @Test
    void aLagSumIsThatOfItsDefinition() {
        LagSum task = new LagSum(2, List.of(1.0, -0.5));
        float[] targets = new float[8];

        task.solve(new float[] {1, 10, 2, 20, 3, 30, 4, 40}, 4, targets);

        assertThat(targets).containsExactly(0, 0, 0, 0, 2 - 0.5f, 20 - 5, 3 - 1, 30 - 10);
    }

    @Test
    void onlyWeightsOfOneSignMakeAnAverage() {
        assertThat(new LagSum(1, List.of(1.0, 0.0, 0.5)).isAverage()).isTrue();
        assertThat(new LagSum(1, List.of(-1.0, -2.0)).isAverage()).isTrue();
        assertThat(new LagSum(1, List.of(1.0, -0.5)).isAverage()).isFalse();
    }

    /** Who leaves the last lag out errs by its weight's square, which nothing that is left tells of. */
    @Test
    void leavingOutALagCostsTheSquareOfItsWeight() {
        LagSum whole = new LagSum(1, List.of(1.0, 0.5));
        LagSum part = new LagSum(1, List.of(1.0));
        double error = LongStream.range(0, MANY)
                .mapToDouble(s -> {
                    Sequence sequence = whole.sequence(3, s, 3);
                    float[] guess = new float[3];
                    part.solve(sequence.inputs(), 3, guess);
                    return Math.pow(sequence.targets()[2] - guess[2], 2);
                })
                .average()
                .orElseThrow();

        assertThat(error).isCloseTo(0.25, within(0.03));
    }

    @Test
    void aProductIsThatOfItsDefinitionAndNoFactorTellsOfIt() {
        LagProduct task = new LagProduct(2);
        float[] targets = new float[8];
        task.solve(new float[] {1, 10, 2, 20, 3, 30, 4, 40}, 4, targets);
        assertThat(targets).containsExactly(0, 0, 0, 0, 2, 200, 6, 600);

        double products = 0;
        for (int s = 0; s < MANY; s++) {
            Sequence sequence = task.sequence(5, s, 3);
            products += sequence.targets()[4] * sequence.inputs()[2];
        }
        assertThat(products / MANY).isCloseTo(0, within(0.06));
    }

    @Test
    void theLastVectorRepeatsOneWhoseFollowerIsTheTarget() {
        Recall task = new Recall(3);
        int[] found = new int[7];
        for (int s = 0; s < 700; s++) {
            Sequence sequence = task.sequence(11, s, 9);
            float[] x = sequence.inputs();
            float[] y = sequence.targets();
            for (int j = 0; j < 7; j++) {
                if (x[3 * j] == x[24] && x[3 * j + 1] == x[25] && x[3 * j + 2] == x[26]) {
                    found[j]++;
                    assertThat(new float[] {y[24], y[25], y[26]})
                            .containsExactly(x[3 * j + 3], x[3 * j + 4], x[3 * j + 5]);
                }
            }
        }
        // About 100 each; the standard deviation is 9.3.
        assertThat(found).hasSize(7);
        for (int count : found) {
            assertThat(count).isBetween(60, 140);
        }
    }

    @Test
    void theMaximaAreThoseOfEachDirection() {
        SumOfMaxima task = new SumOfMaxima(2);
        float[] targets = new float[3];

        task.solve(new float[] {1, -5, 3, -7, 2, -6}, 3, targets);

        assertThat(targets).containsExactly(0, 0, 3 - 5);
    }

    /** The largest of two standard normal numbers is 1 / sqrt(pi) on average. */
    @Test
    void maximaOfNoiseHaveTheirKnownMean() {
        SumOfMaxima task = new SumOfMaxima(4);
        double mean = LongStream.range(0, MANY)
                .mapToDouble(s -> task.sequence(13, s, 2).targets()[1])
                .average()
                .orElseThrow();

        assertThat(mean).isCloseTo(4 / Math.sqrt(Math.PI), within(0.12));
    }

    @Test
    void tasksThatAreNoneAreRefused() {
        assertThatThrownBy(() -> new LagSum(1, List.of(0.0))).hasMessageContaining("at least one that is not 0");
        assertThatThrownBy(() -> new LagSum(0, List.of(1.0))).hasMessage("dim must be at least 1, got 0");
        assertThatThrownBy(() -> new LagProduct(0)).hasMessage("dim must be at least 1, got 0");
        assertThatThrownBy(() -> new Recall(1)).hasMessageContaining("dim must be at least 2");
        assertThatThrownBy(() -> new SumOfMaxima(0)).hasMessageContaining("at least 1");
    }
}
