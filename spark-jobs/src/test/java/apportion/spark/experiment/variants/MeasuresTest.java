package apportion.spark.experiment.variants;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import apportion.model.config.ModelConfig;
import apportion.model.transformer.ParameterLayout;
import apportion.model.transformer.TokenVectors;
import apportion.spark.conf.ModelSettings;
import apportion.spark.conf.Settings;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

final class MeasuresTest {

    private static final int VOCABULARY = 11;
    private static final int WIDTH = 8;

    private static ModelConfig model(String embedding) {
        return Settings.load(
                        Optional.empty(),
                        List.of(
                                "model={ layers = 1, width = 8, context = 4, feed-forward.width = 6, attention.heads = 2 }",
                                "model.sharing.embedding=" + embedding))
                .bind("model", ModelSettings.class)
                .get()
                .toModel(VOCABULARY);
    }

    @Test
    void aRoundedRowKeepsItsLargestAndIsNowhereFartherThanHalfAStep() {
        ModelConfig model = model("none");
        float[] weights = ParameterLayout.of(model).initialize(3);

        float[] rounded = RoundedWeights.of(model, weights);

        assertThat(rounded).isNotEqualTo(weights);
        for (ParameterLayout.Slice slice : ParameterLayout.of(model).slices()) {
            for (int row = 0; row < slice.rows(); row++) {
                int from = (int) (slice.offset() + row * slice.columns());
                float[] before = Arrays.copyOfRange(weights, from, from + (int) slice.columns());
                float[] after = Arrays.copyOfRange(rounded, from, from + (int) slice.columns());
                if (slice.rows() == 1) {
                    assertThat(after).as(slice.name()).isEqualTo(before);
                    continue;
                }
                float largest = 0;
                for (float value : before) {
                    largest = Math.max(largest, Math.abs(value));
                }
                for (int i = 0; i < before.length; i++) {
                    assertThat(after[i]).isCloseTo(before[i], within(largest / 127 / 2 * 1.001f));
                    double level = after[i] / (largest / 127);
                    assertThat(level).isCloseTo(Math.rint(level), within(1e-3));
                }
            }
        }
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "full",
                "none",
                "{ type = partial, columns = 3 }",
                "{ type = differentiated, rank = 4, own = 2 }",
            })
    void vectorsThatDidNotMoveHaveNotDrifted(String embedding) {
        ModelConfig model = model(embedding);

        MeanDrift drift = MeanDrift.of(model, 5, ParameterLayout.of(model).initialize(5));

        assertThat(drift.cosineToStart()).isCloseTo(1, within(1e-6));
        assertThat(drift.normToStart()).isCloseTo(1, within(1e-6));
        if (embedding.equals("full")) {
            assertThat(drift.cosineToOutput()).isCloseTo(1, within(1e-6));
        } else {
            assertThat(drift.cosineToOutput()).isLessThan(0.95);
        }
    }

    @Test
    void twiceTheVectorsAreAsFarInDirectionAndTwiceAsLong() {
        ModelConfig model = model("none");
        float[] weights = ParameterLayout.of(model).initialize(5);
        for (int i = 0; i < weights.length; i++) {
            weights[i] *= -2;
        }

        MeanDrift drift = MeanDrift.of(model, 5, weights);

        assertThat(drift.cosineToStart()).isCloseTo(-1, within(1e-6));
        assertThat(drift.normToStart()).isCloseTo(2, within(1e-6));
    }

    /** Of 8 columns the first ones are each table's own or shared, as the model joins them. */
    @Test
    void tablesInPartSharedAgreeInTheirSharedColumnsAlone() {
        ModelConfig model = model("{ type = partial, columns = 3 }");
        float[] weights = ParameterLayout.of(model).initialize(5);

        TokenVectors vectors = new TokenVectors(model, weights);
        int equal = 0;
        for (int token = 0; token < VOCABULARY; token++) {
            for (int c = 0; c < WIDTH; c++) {
                equal += vectors.input(token)[c] == vectors.output(token)[c] ? 1 : 0;
            }
        }
        assertThat(equal).isEqualTo(VOCABULARY * 3);
    }
}
