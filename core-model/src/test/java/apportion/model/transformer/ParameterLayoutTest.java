package apportion.model.transformer;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import apportion.model.config.Activation;
import apportion.model.config.AttentionConfig;
import apportion.model.config.BlockConfig;
import apportion.model.config.FeedForwardConfig;
import apportion.model.config.ModelConfig;
import apportion.model.config.Norm;
import apportion.model.config.Positions;
import apportion.model.config.Sharing;
import apportion.model.optim.WeightRun;
import apportion.model.transformer.ParameterLayout.Slice;
import java.util.Arrays;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

class ParameterLayoutTest {

    static List<ModelConfig> models() {
        return Models.all();
    }

    /** Large enough that the standard deviation of a weight is known to a few percent. */
    private static ModelConfig wide(int layers) {
        return new ModelConfig(
                100,
                50,
                64,
                layers,
                new BlockConfig(
                        AttentionConfig.uniform(4, 16),
                        new FeedForwardConfig(128, Activation.GELU),
                        new Norm(Norm.Type.LAYER, 1e-5, Norm.Placement.PRE),
                        true,
                        0),
                new Positions.Learned(),
                new Sharing(Sharing.Embedding.NONE),
                0.02);
    }

    private static float[] part(float[] weights, Slice slice) {
        return Arrays.copyOfRange(weights, (int) slice.offset(), (int) (slice.offset() + slice.size()));
    }

    private static double deviation(float[] numbers) {
        double squares = 0;
        for (float number : numbers) {
            squares += (double) number * number;
        }
        return Math.sqrt(squares / numbers.length);
    }

    @ParameterizedTest
    @MethodSource("models")
    void slicesFollowEachOtherWithoutGapsAndThoseThatDecayComeFirst(ModelConfig model) {
        ParameterLayout layout = ParameterLayout.of(model);
        long end = 0;
        boolean decaying = true;
        for (Slice slice : layout.slices()) {
            assertThat(slice.offset()).as(slice.name()).isEqualTo(end);
            assertThat(slice.decays() && !decaying).as(slice.name()).isFalse();
            decaying = slice.decays();
            end += slice.size();
        }
        assertThat(end).isEqualTo(layout.size());
        for (WeightRun run : layout.weights().runs()) {
            assertThat(layout.slices())
                    .filteredOn(slice -> slice.offset() >= run.from() && slice.offset() < run.from() + run.count())
                    .isNotEmpty()
                    .allSatisfy(slice -> assertThat(slice.decays()).isEqualTo(run.decays()));
        }
        assertThat(layout.weights().runs().stream().mapToLong(WeightRun::count).sum())
                .isEqualTo(layout.size());
    }

    @Test
    void normsAndBiasesDoNotDecayAndMatricesAndTablesDo() {
        for (Slice slice : ParameterLayout.of(wide(2)).slices()) {
            boolean vector = slice.name().endsWith(".gain") || slice.name().endsWith(".bias");
            assertThat(slice.decays()).as(slice.name()).isEqualTo(!vector);
        }
    }

    @Test
    void aTiedOutputProjectionIsTheEmbeddingUnderAnotherName() {
        ParameterLayout tied = ParameterLayout.of(Models.gpt());
        assertThat(tied.slice("head.weight")).isEqualTo(tied.slice("embedding.token"));
        assertThat(tied.slices()).extracting(Slice::name).doesNotContain("head.weight");

        ParameterLayout untied = ParameterLayout.of(Models.llama());
        assertThat(untied.slice("head.weight").offset())
                .isNotEqualTo(untied.slice("embedding.token").offset());
        assertThat(untied.slices()).extracting(Slice::name).contains("head.weight");
    }

    @Test
    void anUnknownNameIsRefusedWithTheKnownOnes() {
        ParameterLayout layout = ParameterLayout.of(Models.llama());
        assertThat(layout.has("embedding.position")).isFalse();
        assertThatThrownBy(() -> layout.slice("embedding.position"))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageStartingWith("the model has no weight named embedding.position; it has [")
                .hasMessageContaining("embedding.token");
    }

    @Test
    void weightsStartWithTheirDeviationGainsAtOneAndBiasesAtZero() {
        ParameterLayout layout = ParameterLayout.of(wide(8));
        float[] weights = layout.initialize(1);
        for (Slice slice : layout.slices()) {
            float[] numbers = part(weights, slice);
            switch (slice.start()) {
                // 3200 numbers or more: the deviation's own is below 1.3 percent.
                case NORMAL, TABLE, OUTPUT ->
                    assertThat(deviation(numbers)).as(slice.name()).isCloseTo(0.02, within(0.001));
                case RESIDUAL -> assertThat(deviation(numbers)).as(slice.name()).isCloseTo(0.005, within(0.00025));
                case ONE -> assertThat(numbers).as(slice.name()).containsOnly(1);
                case FACTOR, ADDITION -> throw new AssertionError("a plain model has none");
                case ZERO -> assertThat(numbers).as(slice.name()).containsOnly(0);
            }
        }
        assertThat(layout.slices().stream().filter(s -> s.start() == ParameterLayout.Start.RESIDUAL))
                .hasSize(16)
                .allSatisfy(slice -> assertThat(slice.name()).endsWith(".out.weight"));
    }

    @Test
    void oneSeedGivesOneStartAndAnotherSeedAnother() {
        ParameterLayout layout = ParameterLayout.of(Models.gpt());
        assertThat(layout.initialize(5)).isEqualTo(layout.initialize(5)).isNotEqualTo(layout.initialize(6));
    }

    @Test
    void aWeightsStartDoesNotDependOnTheOtherWeights() {
        ParameterLayout small = ParameterLayout.of(wide(2));
        ParameterLayout large = ParameterLayout.of(wide(3));
        String name = "block.1.attention.qkv.weight";
        assertThat(part(large.initialize(9), large.slice(name)))
                .isEqualTo(part(small.initialize(9), small.slice(name)));
    }

    @Test
    void startsOfDifferentWeightsAndSeedsAreUncorrelated() {
        ParameterLayout layout = ParameterLayout.of(wide(2));
        float[] one = layout.initialize(1);
        float[] two = layout.initialize(2);
        Slice first = layout.slice("block.0.attention.qkv.weight");
        Slice second = layout.slice("block.1.attention.qkv.weight");
        // 12,288 pairs: the correlation of independent ones is within 0.009 of 0 two times out of three.
        assertThat(correlation(part(one, first), part(one, second))).isCloseTo(0, within(0.045));
        assertThat(correlation(part(one, first), part(two, first))).isCloseTo(0, within(0.045));
    }

    private static double correlation(float[] a, float[] b) {
        double products = 0;
        for (int i = 0; i < a.length; i++) {
            products += (double) a[i] * b[i];
        }
        return products / a.length / deviation(a) / deviation(b);
    }
}
