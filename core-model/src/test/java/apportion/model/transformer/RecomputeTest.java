package apportion.model.transformer;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import apportion.model.compute.Backend;
import apportion.model.compute.Backends;
import apportion.model.compute.Precision;
import apportion.model.compute.Tensor;
import apportion.model.compute.nd4j.Nd4jBackend;
import apportion.model.config.AttentionConfig;
import apportion.model.config.Experts;
import apportion.model.config.ModelConfig;
import apportion.model.config.Norm;
import apportion.model.count.ModelCount;
import java.util.Arrays;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

class RecomputeTest {

    private static final int LAYERS = 3;

    /** What training sees of a model. */
    private record Seen(double loss, double balance, List<Long> expertTokens, float[] gradients) {}

    /** Two batches, the second larger, one after the other without clearing the gradients between. */
    private static Seen train(Backend backend, ModelConfig model, int recompute) {
        ParameterLayout layout = ParameterLayout.of(model);
        try (Tensor values = backend.allocate(1, layout.size());
                Tensor gradients = backend.allocate(1, layout.size());
                Decoder decoder = new Decoder(model, backend, values, gradients, recompute)) {
            backend.write(layout.initialize(7), values);
            double loss = 0;
            double balance = 0;
            for (int sequences = 2; sequences <= 3; sequences++) {
                int[] tokens = new Random(sequences)
                        .ints(sequences * 4L, 0, model.vocabulary())
                        .toArray();
                loss += decoder.accumulate(tokens, tokens, 4, 0.5, sequences);
                balance += decoder.balanceLoss();
            }
            float[] read = new float[(int) layout.size()];
            backend.read(gradients, read);
            List<Long> tokens = Arrays.stream(decoder.expertTokens()).boxed().toList();
            return new Seen(loss, balance, tokens, read);
        }
    }

    /** Every two choices that a model may make, among them dropout, mixtures, shared layers and heads by layer. */
    @ParameterizedTest
    @EnumSource(names = "AUTO", mode = EnumSource.Mode.EXCLUDE)
    void blocksThatAreComputedAgainGiveTheSameBits(Backends.Kind kind) {
        try (Backend backend = Backends.open(kind, Precision.FLOAT, 1)) {
            int recompute = 1;
            for (ModelConfig shallow : Models.all()) {
                ModelConfig model = Models.oneLayerMore(shallow);
                Seen plain = train(backend, model, 0);
                assertThat(plain.gradients).doesNotContain(Float.NaN);
                recompute = LAYERS - recompute;
                assertThat(train(backend, model, recompute))
                        .as("%s blocks of %s", recompute, model)
                        .usingRecursiveComparison()
                        .isEqualTo(plain);
            }
        }
    }

    /** Each by the numbers that the tensors of one sequence hold. */
    @Test
    void countedActivationsFallByTheMemoryThatIsSaved() {
        for (ModelConfig model : counted()) {
            long plain = numbers(model, 0);
            for (int recompute = 1; recompute < LAYERS; recompute++) {
                long counted = ModelCount.of(model).activationBytes()
                        - ModelCount.of(model, recompute).activationBytes();
                assertThat((plain - numbers(model, recompute)) * Float.BYTES)
                        .as("%s blocks of %s", recompute, model)
                        .isEqualTo(counted + (long) Float.BYTES * recompute * uncounted(model))
                        .isPositive();
            }
        }
    }

    /** A mixture's rows that fill up tiles have one gate among them. */
    private static int uncounted(ModelConfig model) {
        return model.block().feedForward().experts().dense() ? 0 : 1;
    }

    private static List<ModelConfig> counted() {
        return List.of(
                Models.with(draft -> draft.depth = LAYERS),
                Models.with(draft -> {
                    draft.depth = LAYERS;
                    draft.placement = Norm.Placement.POST;
                    draft.norm = Norm.Type.RMS;
                }),
                Models.with(draft -> {
                    draft.depth = LAYERS;
                    draft.perLayer = List.of(
                            AttentionConfig.uniform(4, 2),
                            AttentionConfig.uniform(8, 3).withKvHeads(1),
                            AttentionConfig.uniform(1, 16));
                }),
                // Every expert sees every token, and the tokens fill whole tiles.
                Models.with(draft -> {
                    draft.depth = LAYERS;
                    draft.context = Mixture.TILE;
                    draft.experts = new Experts(3, 3, Experts.Gates.ALL, 0.1, new Experts.Weights.Own());
                }));
    }

    private static long numbers(ModelConfig model, int recompute) {
        ParameterLayout layout = ParameterLayout.of(model);
        int[] tokens =
                new Random(1).ints(model.context(), 0, model.vocabulary()).toArray();
        try (var nd4j = new Nd4jBackend(Precision.FLOAT)) {
            Tally tally = new Tally(nd4j);
            Backend backend = tally.counting();
            try (Tensor values = backend.allocate(1, layout.size());
                    Tensor gradients = backend.allocate(1, layout.size());
                    Decoder decoder = new Decoder(model, backend, values, gradients, recompute)) {
                decoder.accumulate(tokens, tokens, model.context(), 1, 1);
                return tally.open();
            }
        }
    }

    @Test
    void oneBlockIsAlwaysComputedOnce() {
        ModelConfig model = Models.gpt();
        try (var backend = new Nd4jBackend(Precision.FLOAT);
                Tensor weights = backend.allocate(1, ParameterLayout.of(model).size())) {
            assertThatThrownBy(() -> new Decoder(model, backend, weights, weights, 2))
                    .isInstanceOf(IllegalArgumentException.class)
                    .hasMessage("recompute must be at least 0 and below the 2 layers, as the backward pass finds at"
                            + " least one block as the forward pass left it, got 2");
        }
        assertThatThrownBy(() -> ModelCount.of(model, -1))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageContaining("got -1");
    }
}
