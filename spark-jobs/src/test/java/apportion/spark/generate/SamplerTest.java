package apportion.spark.generate;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import apportion.spark.conf.ConfigError;
import apportion.spark.conf.Settings;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

final class SamplerTest {

    private static final int DRAWS = 40_000;

    /** Probabilities 0.1, 0.4, 0.2, 0.3. */
    private static final float[] LOGITS = {
        (float) Math.log(1), (float) Math.log(4), (float) Math.log(2), (float) Math.log(3)
    };

    /** Five standard deviations of a share of 0.5 in that many draws. */
    private static final double FIVE_SIGMA = 5 * 0.5 / Math.sqrt(DRAWS);

    private static Sampler sampler(String... overrides) {
        List<String> all = new ArrayList<>(List.of("generate.checkpoint=run", "generate.temperature=1"));
        all.addAll(List.of(overrides));
        return new Sampler(Settings.load(Optional.empty(), all)
                .bind("generate", GenerateConfig.class)
                .get());
    }

    private static double[] shares(Sampler sampler) {
        double[] shares = new double[LOGITS.length];
        for (int i = 0; i < DRAWS; i++) {
            shares[sampler.draw(LOGITS)] += 1.0 / DRAWS;
        }
        return shares;
    }

    @ParameterizedTest
    @ValueSource(
            strings = {"generate.temperature=0", "generate.top-k=1", "generate.top-p=0.39", "generate.temperature=1e-30"
            })
    void whereOneTokenIsLeftItIsTheLikeliest(String setting) {
        Sampler sampler = sampler(setting);

        assertThat(IntStream.range(0, 200).map(i -> sampler.draw(LOGITS))).containsOnly(1);
    }

    @Test
    void ofEquallyLikelyTokensTheFirstIsTheLikeliest() {
        assertThat(sampler("generate.temperature=0").draw(new float[] {1, 3, 3, 2, 3}))
                .isEqualTo(1);
    }

    @Test
    void tokensAreDrawnAsOftenAsTheModelSays() {
        assertThat(shares(sampler())).containsExactly(new double[] {0.1, 0.4, 0.2, 0.3}, within(FIVE_SIGMA));
    }

    @Test
    void theTemperatureDividesTheLogits() {
        // Of p the square roots, and their shares.
        double[] roots = {1, 2, Math.sqrt(2), Math.sqrt(3)};
        double sum = 1 + 2 + Math.sqrt(2) + Math.sqrt(3);

        assertThat(shares(sampler("generate.temperature=2")))
                .containsExactly(
                        new double[] {roots[0] / sum, roots[1] / sum, roots[2] / sum, roots[3] / sum},
                        within(FIVE_SIGMA));
    }

    @Test
    void topKKeepsTheLikeliestInTheirProportions() {
        assertThat(shares(sampler("generate.top-k=2")))
                .containsExactly(new double[] {0, 4.0 / 7, 0, 3.0 / 7}, within(FIVE_SIGMA));
        assertThat(shares(sampler("generate.top-k=99"))[0]).isCloseTo(0.1, within(FIVE_SIGMA));
    }

    @ParameterizedTest
    @CsvSource({"0.41, 2", "0.69, 2", "0.71, 3", "0.91, 4", "1, 4"})
    void topPKeepsTheFewestThatReachIt(double share, int kept) {
        double[] shares = shares(sampler("generate.top-p=" + share));

        assertThat(IntStream.range(0, 4).filter(i -> shares[i] > 0).count()).isEqualTo(kept);
        assertThat(shares[1] / shares[3]).isCloseTo(4.0 / 3, within(0.06));
    }

    @Test
    void topPCountsWithinTopK() {
        // Of the two likeliest the first has 4/7.
        assertThat(shares(sampler("generate.top-k=2", "generate.top-p=0.56"))[1])
                .isEqualTo(1, within(1e-9));
    }

    @Test
    void aSeedAlwaysDrawsTheSame() {
        assertThat(draws(sampler("generate.seed=5"))).isEqualTo(draws(sampler("generate.seed=5")));
        assertThat(draws(sampler("generate.seed=5"))).isNotEqualTo(draws(sampler("generate.seed=6")));
    }

    private static List<Integer> draws(Sampler sampler) {
        return IntStream.range(0, 50).map(i -> sampler.draw(LOGITS)).boxed().toList();
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "generate.checkpoint=null | checkpoint must name the model",
                "generate.tokens=0        | tokens must be at least 1, got 0",
                "generate.temperature=-1  | temperature must be at least 0",
                "generate.top-k=0         | top-k must be at least 1, got 0",
                "generate.top-p=0         | top-p must be above 0 and at most 1, got 0",
                "generate.top-p=1.5       | top-p must be above 0 and at most 1, got 1.5",
            })
    void settingsThatLeaveNothingToDrawAreRefused(String setting, String message) {
        assertThatThrownBy(() -> sampler(setting))
                .isInstanceOf(ConfigError.class)
                .hasMessageContaining(message);
    }
}
