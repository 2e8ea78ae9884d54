package apportion.model.transformer;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import apportion.model.compute.Precision;
import apportion.model.compute.Tokens;
import apportion.model.config.AttentionConfig;
import apportion.model.config.HeadGroup;
import apportion.model.config.ModelConfig;
import apportion.model.transformer.DecoderTest.Fixture;
import apportion.model.transformer.ParameterLayout.Slice;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** Whole models whose attention is one variant, against models in which the variant is written out. */
class AttentionTest {

    private static final int[] INPUTS = {1, 4, 4, 10, 0, 7, 3, 2};
    private static final int[] TARGETS = {4, 4, 10, 0, 7, 3, 2, Tokens.NONE};
    private static final int TIME = 4;

    static List<ModelConfig> sharedProjections() {
        return List.of(
                Models.gpt().withAttention(AttentionConfig.uniform(2, 4).withKvHeads(1)),
                Models.llama().withAttention(AttentionConfig.uniform(4, 2).withKvHeads(2)),
                Models.gpt().withAttention(new AttentionConfig(List.of(new HeadGroup(1, 4), new HeadGroup(4, 2, 2)))));
    }

    /**
     * Sharing is repetition: a model whose plain projection repeats the shared rows computes the same, and the gradient
     * of a shared row is the sum over its repetitions.
     */
    @ParameterizedTest
    @MethodSource("sharedProjections")
    void aSharedProjectionIsAPlainOneThatRepeatsItsRows(ModelConfig shared) {
        ModelConfig plain = shared.withAttention(plain(shared.block().attention()));
        try (var one = new Fixture(shared, Precision.DOUBLE);
                var all = new Fixture(plain, Precision.DOUBLE)) {
            float[] values = one.values();
            float[] written = all.values();
            Rows rows = new Rows(shared.block().attention());
            for (Slice slice : all.layout.slices()) {
                rows.repeat(values, one.layout.slice(slice.name()), written, slice);
            }
            all.backend.write(written, all.values);

            assertThat(all.decoder.logits(INPUTS, TIME))
                    .containsExactly(one.decoder.logits(INPUTS, TIME), within(1e-6f));

            one.decoder.accumulate(INPUTS, TARGETS, TIME, 1, 1);
            all.decoder.accumulate(INPUTS, TARGETS, TIME, 1, 1);
            float[] sums = new float[values.length];
            for (Slice slice : all.layout.slices()) {
                rows.sum(all.gradients(), slice, sums, one.layout.slice(slice.name()));
            }
            assertThat(one.gradients()).containsExactly(sums, within(1e-5f));
        }
    }

    private static AttentionConfig plain(AttentionConfig attention) {
        return new AttentionConfig(attention.groups().stream()
                .map(group -> new HeadGroup(group.heads(), group.headDim()))
                .toList());
    }

    /** Which row of a shared projection each row of a plain one repeats: queries, then keys, then values. */
    private static final class Rows {

        private final List<Integer> sources = new ArrayList<>();

        Rows(AttentionConfig attention) {
            int queries = attention.width();
            List<Integer> keys = new ArrayList<>();
            int first = 0;
            for (HeadGroup group : attention.groups()) {
                for (int h = 0; h < group.heads(); h++) {
                    int key = first + h * group.kvHeads() / group.heads() * group.headDim();
                    for (int c = 0; c < group.headDim(); c++) {
                        keys.add(key + c);
                    }
                }
                first += group.kvHeads() * group.headDim();
            }
            int values = queries + first;
            for (int row = 0; row < queries; row++) {
                sources.add(row);
            }
            keys.forEach(row -> sources.add(queries + row));
            keys.forEach(row -> sources.add(values + row));
        }

        private int source(Slice slice, int i) {
            int width = slice.name().endsWith("qkv.bias") ? 1 : (int) slice.columns();
            return slice.name().contains(".qkv.") ? sources.get(i / width) * width + i % width : i;
        }

        void repeat(float[] from, Slice source, float[] to, Slice target) {
            for (int i = 0; i < target.size(); i++) {
                to[(int) target.offset() + i] = from[(int) source.offset() + source(target, i)];
            }
        }

        void sum(float[] from, Slice source, float[] to, Slice target) {
            for (int i = 0; i < source.size(); i++) {
                to[(int) target.offset() + source(source, i)] += from[(int) source.offset() + i];
            }
        }
    }
}
