package apportion.model.transformer;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import apportion.model.compute.Precision;
import apportion.model.compute.Tokens;
import apportion.model.config.AttentionConfig;
import apportion.model.config.HeadGroup;
import apportion.model.config.ModelConfig;
import apportion.model.config.Positions;
import apportion.model.config.Sharing;
import apportion.model.transformer.DecoderTest.Fixture;
import apportion.model.transformer.ParameterLayout.Slice;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** Whole models whose attention is one variant, against models in which the variant is written out. */
class AttentionTest {

    private static final int[] INPUTS = {1, 4, 4, 10, 0, 7, 3, 2};
    private static final int[] TARGETS = {4, 4, 10, 0, 7, 3, 2, Tokens.NONE};
    private static final int TIME = 4;

    static List<ModelConfig> sharedProjections() {
        AttentionConfig uniform = AttentionConfig.uniform(2, 4);
        var groups = new AttentionConfig(List.of(new HeadGroup(1, 4), new HeadGroup(3, 2)));
        var fewerKeys = new AttentionConfig(List.of(new HeadGroup(1, 4), new HeadGroup(4, 2, 2)));
        List<ModelConfig> models = new ArrayList<>();
        for (ModelConfig model : List.of(Models.gpt(), Models.llama())) {
            models.add(model.withAttention(uniform.withKvHeads(1)));
            models.add(sharing(model.withAttention(fewerKeys), Sharing.Qkv.KEY_VALUE));
            for (Sharing.Qkv qkv : Sharing.Qkv.values()) {
                models.add(sharing(model.withAttention(groups), qkv));
            }
        }
        return models;
    }

    private static ModelConfig sharing(ModelConfig model, Sharing.Qkv qkv) {
        return new ModelConfig(
                model.vocabulary(),
                model.context(),
                model.width(),
                model.layers(),
                model.block(),
                model.positions(),
                new Sharing(qkv, model.sharing().embedding()),
                model.initialStd());
    }

    /**
     * Sharing is repetition: a model whose plain projection repeats the shared rows computes the same, and the gradient
     * of a shared row is the sum over its repetitions.
     */
    @ParameterizedTest
    @MethodSource("sharedProjections")
    void aSharedProjectionIsAPlainOneThatRepeatsItsRows(ModelConfig shared) {
        ModelConfig plain = sharing(shared.withAttention(plain(shared.block().attention())), Sharing.Qkv.NONE);
        try (var one = new Fixture(shared, Precision.DOUBLE);
                var all = new Fixture(plain, Precision.DOUBLE)) {
            float[] values = one.values();
            var written = new WrittenOut(shared, one.layout, all.layout);
            all.backend.write(written.values(values), all.values);

            assertThat(all.decoder.logits(INPUTS, TIME))
                    .containsExactly(one.decoder.logits(INPUTS, TIME), within(1e-6f));

            one.decoder.accumulate(INPUTS, TARGETS, TIME, 1, 1);
            all.decoder.accumulate(INPUTS, TARGETS, TIME, 1, 1);
            assertThat(one.gradients()).containsExactly(written.gradients(all.gradients(), values), within(1e-5f));
        }
    }

    @Test
    void diagonalsThatHaveNotLearnedAreOneMatrix() {
        try (var one = new Fixture(sharing(Models.gpt(), Sharing.Qkv.ALL), Precision.FLOAT);
                var diagonals = new Fixture(sharing(Models.gpt(), Sharing.Qkv.DIAGONALS), Precision.FLOAT)) {
            one.backend.write(one.layout.initialize(7), one.values);
            diagonals.backend.write(diagonals.layout.initialize(7), diagonals.values);
            assertThat(diagonals.decoder.logits(INPUTS, TIME)).isEqualTo(one.decoder.logits(INPUTS, TIME));
        }
    }

    @Test
    void aTokenBeforeTheWindowIsNotSeen() {
        // Two layers that see one token back see two tokens back together.
        try (var fixture = new Fixture(Models.with(draft -> draft.window = 2), Precision.FLOAT)) {
            int vocabulary = fixture.decoder.model().vocabulary();
            float[] before = fixture.decoder.logits(new int[] {1, 4, 4, 10, 7}, 5);
            float[] after = fixture.decoder.logits(new int[] {9, 4, 4, 10, 7}, 5);

            assertThat(Arrays.copyOfRange(after, 3 * vocabulary, 5 * vocabulary))
                    .isEqualTo(Arrays.copyOfRange(before, 3 * vocabulary, 5 * vocabulary));
            assertThat(Arrays.copyOfRange(after, 2 * vocabulary, 3 * vocabulary))
                    .isNotEqualTo(Arrays.copyOfRange(before, 2 * vocabulary, 3 * vocabulary));
        }
    }

    @Test
    void aWindowAsLongAsTheSequenceIsNoWindow() {
        try (var all = new Fixture(Models.gpt(), Precision.FLOAT);
                var window = new Fixture(Models.with(draft -> draft.window = TIME), Precision.FLOAT)) {
            assertThat(window.decoder.logits(INPUTS, TIME)).isEqualTo(all.decoder.logits(INPUTS, TIME));
        }
    }

    @Test
    void alibiIsARelativeBiasThatFallsWithTheDistance() {
        ModelConfig alibi = Models.with(draft -> draft.positions = new Positions.Alibi());
        ModelConfig relative = Models.with(draft -> draft.positions = new Positions.Relative(TIME));
        try (var fixed = new Fixture(alibi, Precision.DOUBLE);
                var learned = new Fixture(relative, Precision.DOUBLE)) {
            float[] values = learned.values();
            for (Slice slice : learned.layout.slices()) {
                if (slice.name().endsWith("distance.bias")) {
                    for (int i = 0; i < slice.size(); i++) {
                        // The slopes of two heads: 1/16 and 1/256.
                        values[(int) slice.offset() + i] = i < TIME ? -i / 16f : -(i - TIME) / 256f;
                    }
                } else {
                    Slice same = fixed.layout.slice(slice.name());
                    System.arraycopy(
                            fixed.values(), (int) same.offset(), values, (int) slice.offset(), (int) slice.size());
                }
            }
            learned.backend.write(values, learned.values);
            assertThat(learned.decoder.logits(INPUTS, TIME))
                    .containsExactly(fixed.decoder.logits(INPUTS, TIME), within(1e-6f));
        }
    }

    @Test
    void sinusoidsAreALearnedTableThatHoldsThem() {
        ModelConfig sinusoidal = Models.with(draft -> {
            draft.positions = new Positions.Sinusoidal();
            draft.embedding = Sharing.Embedding.NONE;
        });
        ModelConfig learned = Models.with(draft -> draft.embedding = Sharing.Embedding.NONE);
        try (var fixed = new Fixture(sinusoidal, Precision.DOUBLE);
                var table = new Fixture(learned, Precision.DOUBLE)) {
            float[] values = table.values();
            for (Slice slice : table.layout.slices()) {
                boolean positions = slice.name().equals("embedding.position");
                float[] from = positions ? Positions.Sinusoidal.table(5, 8) : fixed.values();
                int at = positions ? 0 : (int) fixed.layout.slice(slice.name()).offset();
                float factor = slice.name().equals("embedding.token") ? (float) Math.sqrt(8) : 1;
                for (int i = 0; i < slice.size(); i++) {
                    values[(int) slice.offset() + i] = factor * from[at + i];
                }
            }
            table.backend.write(values, table.values);
            assertThat(table.decoder.logits(INPUTS, TIME))
                    .containsExactly(fixed.decoder.logits(INPUTS, TIME), within(1e-6f));
        }
    }

    @Test
    void withoutPositionsOneLayerDoesNotKnowTheOrderOfEarlierTokens() {
        ModelConfig one = Models.with(draft -> {
            draft.positions = new Positions.None();
            draft.layers = 1;
        });
        try (var fixture = new Fixture(one, Precision.DOUBLE)) {
            assertThat(fixture.decoder.nextLogits(new int[] {5, 3, 1, 7}))
                    .containsExactly(fixture.decoder.nextLogits(new int[] {1, 5, 3, 7}), within(1e-6f));
        }
    }

    @Test
    void layersMayDivideTheirAttentionDifferently() {
        AttentionConfig many = AttentionConfig.uniform(4, 2);
        AttentionConfig few = AttentionConfig.uniform(1, 6);
        ModelConfig mixed = Models.with(draft -> draft.perLayer = List.of(many, few));
        assertThat(mixed.block(0).attention()).isEqualTo(many);
        assertThat(mixed.block(1).attention()).isEqualTo(few);
        ParameterLayout layout = ParameterLayout.of(mixed);
        assertThat(layout.slice("block.0.attention.qkv.weight").rows()).isEqualTo(3 * 8);
        assertThat(layout.slice("block.1.attention.qkv.weight").rows()).isEqualTo(3 * 6);

        ModelConfig same = Models.with(draft -> draft.perLayer = List.of(many, many));
        try (var one = new Fixture(Models.gpt().withAttention(many), Precision.FLOAT);
                var each = new Fixture(same, Precision.FLOAT)) {
            assertThat(each.decoder.logits(INPUTS, TIME)).isEqualTo(one.decoder.logits(INPUTS, TIME));
        }
    }

    private static AttentionConfig plain(AttentionConfig attention) {
        return new AttentionConfig(attention.groups().stream()
                .map(group -> new HeadGroup(group.heads(), group.headDim()))
                .toList());
    }

    /** A shared projection written out as a plain one: queries, keys, values, each {@code A} rows. */
    private static final class WrittenOut {

        private final ParameterLayout shared;
        private final ParameterLayout plain;
        private final int width;
        /** Row of the shared projection that each row of the plain one repeats. */
        private final List<Integer> sources = new ArrayList<>();

        WrittenOut(ModelConfig model, ParameterLayout shared, ParameterLayout plain) {
            AttentionConfig attention = model.block().attention();
            this.shared = shared;
            this.plain = plain;
            this.width = attention.width();
            int keys = model.sharing().qkv().queryIsKey() ? 0 : width;
            int values = model.sharing().qkv().keyIsValue() ? keys : keys + attention.keyValueWidth();
            for (int row = 0; row < width; row++) {
                sources.add(row);
            }
            for (int first : new int[] {keys, values}) {
                int next = first;
                for (HeadGroup group : attention.groups()) {
                    for (int h = 0; h < group.heads(); h++) {
                        int key = next + h * group.kvHeads() / group.heads() * group.headDim();
                        for (int c = 0; c < group.headDim(); c++) {
                            sources.add(key + c);
                        }
                    }
                    next += group.kvHeads() * group.headDim();
                }
            }
        }

        /** What becomes of each number of a plain slice: which shared number it repeats, and which factor it has. */
        private interface Use {
            void of(int plain, int shared, int factor);
        }

        private static final int NO_FACTOR = -1;

        private void forEach(Use use) {
            for (Slice slice : plain.slices()) {
                Slice source = shared.slice(slice.name());
                boolean projection = slice.name().contains(".qkv.");
                String gain = slice.name().replaceFirst("qkv.(weight|bias)", "qkv.gain");
                int columns = slice.name().endsWith(".bias") ? 1 : (int) slice.columns();
                for (int i = 0; i < slice.size(); i++) {
                    int row = i / columns;
                    int at = projection ? sources.get(row) * columns + i % columns : i;
                    int factor = projection && shared.has(gain)
                            ? (int) shared.slice(gain).offset() + row
                            : NO_FACTOR;
                    use.of((int) slice.offset() + i, (int) source.offset() + at, factor);
                }
            }
        }

        float[] values(float[] from) {
            float[] values = new float[(int) plain.size()];
            forEach((plain, shared, factor) -> values[plain] = from[shared] * (factor == NO_FACTOR ? 1 : from[factor]));
            return values;
        }

        /** The gradients of the shared weights, from those of the plain ones, by the chain rule. */
        float[] gradients(float[] from, float[] values) {
            float[] gradients = new float[(int) shared.size()];
            forEach((plain, shared, factor) -> {
                gradients[shared] += from[plain] * (factor == NO_FACTOR ? 1 : values[factor]);
                if (factor != NO_FACTOR) {
                    gradients[factor] += from[plain] * values[shared];
                }
            });
            return gradients;
        }
    }
}
