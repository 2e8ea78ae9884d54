package apportion.model.transformer;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import apportion.model.compute.Precision;
import apportion.model.compute.Tokens;
import apportion.model.config.Experts;
import apportion.model.config.Experts.Gates;
import apportion.model.config.ModelConfig;
import apportion.model.transformer.DecoderTest.Fixture;
import apportion.model.transformer.ParameterLayout.Slice;
import java.util.Arrays;
import org.junit.jupiter.api.Test;

class MixtureTest {

    private static final int[] INPUTS = {1, 4, 4, 10, 0, 7, 3, 2};
    private static final int[] TARGETS = {4, 4, 10, 0, 7, 3, 2, Tokens.NONE};
    private static final int TIME = 4;

    private static ModelConfig model(int count, int topK, Gates gates, double balance, Experts.Weights weights) {
        return Models.with(draft -> draft.experts = new Experts(count, topK, gates, balance, weights));
    }

    @Test
    void eachTokenChoosesTheHighestScoresAndRowsLieExpertByExpert() {
        float[] scores = {
            1, 3, 2, //
            5, 5, 5, //
            0, -1, 4
        };
        Choice choice = Choice.of(scores, 3, 2, 3);
        // Token 0 takes experts 1 and 2, token 1 the first two of three equals, token 2 experts 0 and 2. Each expert's
        // two rows are filled up to three.
        assertThat(choice.tokens()).containsExactly(1, 2, 0, 0, 1, 0, 0, 2, 0);
        assertThat(choice.gates()).containsExactly(3, 6, 9, 1, 4, 9, 2, 8, 9);
        assertThat(choice.chosen()).containsExactly(2, 2, 2);
        assertThat(choice.ends()).containsExactly(3, 6, 9);
    }

    @Test
    void anExpertThatNobodyChoseHasNoRows() {
        Choice choice = Choice.of(new float[] {1, 2, 0, 1, 2, 0}, 3, 1, 2);
        assertThat(choice.ends()).containsExactly(0, 2, 2);
        assertThat(choice.chosen()).containsExactly(0, 2, 0);
    }

    @Test
    void expertsOfRankZeroAreOneNetwork() {
        try (var dense = new Fixture(Models.gpt(), Precision.DOUBLE);
                var mixture =
                        new Fixture(model(4, 2, Gates.CHOSEN, 0.1, new Experts.Weights.Shared(0)), Precision.DOUBLE)) {
            assertThat(mixture.decoder.logits(INPUTS, TIME))
                    .containsExactly(dense.decoder.logits(INPUTS, TIME), within(1e-6f));
        }
    }

    @Test
    void expertsThatAreEqualAreOneNetworkAndTheirGradientsAddUpToIts() {
        try (var dense = new Fixture(Models.gpt(), Precision.DOUBLE);
                var mixture = new Fixture(model(3, 2, Gates.CHOSEN, 0, new Experts.Weights.Own()), Precision.DOUBLE)) {
            float[] values = mixture.values();
            for (Slice slice : mixture.layout.slices()) {
                String network = slice.name().replaceFirst("expert\\.[0-9]\\.", "");
                if (dense.layout.has(network)) {
                    float[] same = part(dense.values(), dense.layout.slice(network));
                    System.arraycopy(same, 0, values, (int) slice.offset(), same.length);
                }
            }
            mixture.backend.write(values, mixture.values);
            assertThat(mixture.trainingLoss()).isCloseTo(dense.trainingLoss(), within(1e-6));

            float[] expected = part(dense.gradients(), dense.layout.slice("block.1.feed-forward.in.weight"));
            float[] sum = new float[expected.length];
            for (int expert = 0; expert < 3; expert++) {
                Slice own = mixture.layout.slice("block.1.feed-forward.expert." + expert + ".in.weight");
                float[] gradient = part(mixture.gradients(), own);
                for (int i = 0; i < sum.length; i++) {
                    sum[i] += gradient[i];
                }
            }
            assertThat(sum).containsExactly(expected, within(1e-5f));
        }
    }

    private static float[] part(float[] all, Slice slice) {
        return Arrays.copyOfRange(all, (int) slice.offset(), (int) (slice.offset() + slice.size()));
    }

    @Test
    void additionsStartAtZeroSoThatExpertsStartAsOne() {
        ParameterLayout layout = ParameterLayout.of(model(2, 2, Gates.CHOSEN, 0, new Experts.Weights.Shared(3)));
        float[] weights = layout.initialize(1);
        Slice left = layout.slice("block.0.feed-forward.expert.1.in.left");
        Slice right = layout.slice("block.0.feed-forward.expert.1.in.right");
        assertThat(part(weights, left)).hasSize(12 * 3).containsOnly(0);
        assertThat(part(weights, right)).hasSize(3 * 8).doesNotContain(0);
        assertThat(left.decays()).isTrue();
    }

    @Test
    void everyChoiceIsCounted() {
        try (var fixture = new Fixture(model(3, 2, Gates.CHOSEN, 0.1, new Experts.Weights.Own()), Precision.FLOAT)) {
            fixture.decoder.accumulate(INPUTS, TARGETS, TIME, 1, 1);
            long[] tokens = fixture.decoder.expertTokens();
            assertThat(tokens).hasSize(2 * 3);
            assertThat(Arrays.stream(tokens).limit(3).sum()).isEqualTo(16);
            assertThat(Arrays.stream(tokens).skip(3).sum()).isEqualTo(16);
        }
        try (var dense = new Fixture(Models.gpt(), Precision.FLOAT)) {
            dense.decoder.accumulate(INPUTS, TARGETS, TIME, 1, 1);
            assertThat(dense.decoder.expertTokens()).isEmpty();
            assertThat(dense.decoder.balanceLoss()).isZero();
        }
    }

    @Test
    void theBalanceLossIsItsWeightWhereProbabilitiesAreEven() {
        double alpha = 0.25;
        try (var fixture = new Fixture(model(4, 2, Gates.CHOSEN, alpha, new Experts.Weights.Own()), Precision.DOUBLE)) {
            float[] values = fixture.values();
            for (Slice slice : fixture.layout.slices()) {
                if (slice.name().endsWith("router.weight")) {
                    Arrays.fill(values, (int) slice.offset(), (int) (slice.offset() + slice.size()), 0);
                }
            }
            fixture.backend.write(values, fixture.values);
            double loss = fixture.decoder.accumulate(INPUTS, TARGETS, TIME, 1, 1);

            assertThat(fixture.decoder.balanceLoss()).isCloseTo(2 * alpha, within(1e-12));
            assertThat(loss).as("pure").isCloseTo(fixture.decoder.totalLoss(INPUTS, TARGETS, TIME), within(1e-12));
        }
    }

    @Test
    void theBalanceLossIsHighWhereOneExpertTakesAll() {
        try (var fixture = new Fixture(model(4, 1, Gates.ALL, 0.1, new Experts.Weights.Own()), Precision.DOUBLE)) {
            float[] values = fixture.values();
            for (Slice slice : fixture.layout.slices()) {
                if (slice.name().endsWith("norm.gain") && slice.name().contains("feed-forward")) {
                    Arrays.fill(values, (int) slice.offset(), (int) (slice.offset() + slice.size()), 0);
                }
                if (slice.name().endsWith("norm.bias") && slice.name().contains("feed-forward")) {
                    Arrays.fill(values, (int) slice.offset(), (int) (slice.offset() + slice.size()), 1);
                }
                if (slice.name().endsWith("router.weight")) {
                    for (int i = 0; i < slice.size(); i++) {
                        values[(int) slice.offset() + i] = i < 8 ? 10 : 0;
                    }
                }
            }
            fixture.backend.write(values, fixture.values);
            fixture.decoder.accumulate(INPUTS, TARGETS, TIME, 1, 1);
            assertThat(fixture.decoder.expertTokens()).containsExactly(8, 0, 0, 0, 8, 0, 0, 0);
            assertThat(fixture.decoder.balanceLoss()).isCloseTo(2 * 0.1 * 4, within(1e-12));
        }
    }
}
