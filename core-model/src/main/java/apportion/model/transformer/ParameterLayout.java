package apportion.model.transformer;

import apportion.model.config.AttentionShape;
import apportion.model.config.Experts;
import apportion.model.config.FeedForwardConfig;
import apportion.model.config.Initialization;
import apportion.model.config.ModelConfig;
import apportion.model.config.Positions;
import apportion.model.config.RegressionConfig;
import apportion.model.config.Sharing;
import apportion.model.config.TablePiece;
import apportion.model.optim.Optimizer;
import apportion.model.optim.Tie;
import apportion.model.optim.WeightRun;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;

/** Where each weight lies in the flat vector of all weights, and how it starts. */
public final class ParameterLayout {

    static final String POSITION_EMBEDDING = "embedding.position";
    static final String HEAD_BIAS = "head.bias";

    /** How a weight is initialised. */
    public enum Start {
        /** A table of vectors: normal with the model's standard deviation. */
        TABLE,
        /** The factor behind a table: normal, so that their product has the table's standard deviation. */
        FACTOR,
        /** A matrix inside a block, as the model's initialization has it. */
        NORMAL,
        /** The same, leading back into the residual stream. */
        RESIDUAL,
        /** An output projection that is no table, too. */
        OUTPUT,
        /** A matrix of zeros, for others to make something of. */
        ADDITION,
        /** A norm's gain. */
        ONE,
        /** A bias. */
        ZERO
    }

    /**
     * One weight.
     *
     * @param name its first name; a shared weight has others
     * @param offset first number in the flat vector
     * @param rows outputs of a projection, entries of a table, 1 of a vector
     * @param columns inputs of a projection, width of a table, length of a vector
     * @param start how it is initialised
     */
    public record Slice(String name, long offset, long rows, long columns, Start start) {

        /** How many numbers it holds. */
        public long size() {
            return rows * columns;
        }

        /** Whether weight decay applies: to matrices and tables, not to norms and biases. */
        public boolean decays() {
            return start != Start.ONE && start != Start.ZERO;
        }
    }

    private final Scheme scheme;
    private final List<Slice> slices;
    private final Map<String, Slice> byName;
    private final List<Tie> ties;

    private ParameterLayout(Scheme scheme, List<Slice> slices, Map<String, Slice> byName, List<Tie> ties) {
        this.scheme = scheme;
        this.slices = slices;
        this.byName = byName;
        this.ties = ties;
    }

    /**
     * How weights start and learn.
     *
     * @param width {@code C}
     * @param layers {@code L}
     * @param tableColumns of all tables of token vectors together
     */
    private record Scheme(Initialization initialization, int width, int layers, int tableColumns) {

        double rate(Slice slice) {
            boolean inside = slice.start == Start.NORMAL || slice.start == Start.RESIDUAL;
            return inside ? initialization.matrixRate(width) : 1;
        }

        double std(Slice slice) {
            double matrix = initialization.matrixStd(slice.rows(), slice.columns(), width);
            return switch (slice.start()) {
                case TABLE -> initialization.std();
                case FACTOR -> 1 / Math.sqrt(tableColumns);
                case NORMAL -> matrix;
                case RESIDUAL -> matrix / initialization.residualDivisor(layers);
                case OUTPUT -> initialization.outputStd(slice.rows(), slice.columns());
                case ADDITION, ONE, ZERO -> 0;
            };
        }
    }

    /** Lays out a language model's weights. */
    public static ParameterLayout of(ModelConfig model) {
        var declared = new Declarations();
        declare(model, declared);
        int tableColumns =
                model.tablePieces().stream().mapToInt(TablePiece::columns).sum();
        ParameterLayout layout =
                of(declared, new Scheme(model.initialization(), model.width(), model.layers(), tableColumns));
        return new ParameterLayout(layout.scheme, layout.slices, layout.byName, layout.ties(model));
    }

    /** Lays out a regression's weights. */
    public static ParameterLayout of(RegressionConfig model) {
        var names = new Declarations();
        names.projection("in", model.width(), model.inputs(), Start.NORMAL, model.bias());
        for (int layer = 0; layer < model.layers(); layer++) {
            attention(names, block(layer) + "attention", model.width(), model.bias(), model.attentionShape());
        }
        if (model.hasFeedForward()) {
            networks(names, "feed-forward", model.width(), model.feedForward(), model.bias());
        }
        names.projection("out", model.outputs(), model.width(), Start.NORMAL, model.bias());
        return of(names, new Scheme(model.initialization(), model.width(), model.layers(), 0));
    }

    private static ParameterLayout of(Declarations declared, Scheme scheme) {
        List<Slice> ordered = new ArrayList<>(declared.slices.values());
        // Runs that learn alike lie side by side.
        ordered.sort(
                Comparator.comparing((Slice slice) -> !slice.decays()).thenComparing(slice -> -scheme.rate(slice)));
        List<Slice> placed = new ArrayList<>();
        var byName = new LinkedHashMap<String, Slice>();
        long offset = 0;
        for (Slice slice : ordered) {
            Slice here = new Slice(slice.name, offset, slice.rows, slice.columns, slice.start);
            placed.add(here);
            byName.put(slice.name, here);
            offset += slice.size();
        }
        declared.aliases.forEach((alias, name) -> byName.put(alias, byName.get(name)));
        return new ParameterLayout(scheme, List.copyOf(placed), byName, List.of());
    }

    /** Weights as they come, each with its name, and further names of some. */
    private static final class Declarations {

        private final Map<String, Slice> slices = new LinkedHashMap<>();
        private final Map<String, String> aliases = new LinkedHashMap<>();

        void matrix(String name, long rows, long columns, Start start) {
            slices.put(name, new Slice(name, 0, rows, columns, start));
        }

        void projection(String name, long outputs, long inputs, Start start, boolean bias) {
            matrix(name + ".weight", outputs, inputs, start);
            if (bias) {
                matrix(name + ".bias", 1, outputs, Start.ZERO);
            }
        }

        void alias(String name, String existing) {
            aliases.put(name, existing);
        }

        /** Gives every weight whose name begins with one prefix a further name with another. */
        void aliasAll(String prefix, String existing) {
            for (String name : slices.keySet()) {
                if (name.startsWith(existing)) {
                    alias(prefix + name.substring(existing.length()), name);
                }
            }
        }
    }

    private static void declare(ModelConfig model, Declarations names) {
        Sharing.Layers sharing = model.sharing().layers();
        tables(names, model, TableNames.INPUT, Start.TABLE);
        if (model.positions() instanceof Positions.Learned) {
            names.matrix(POSITION_EMBEDDING, model.context(), model.width(), Start.TABLE);
        }
        for (int layer = 0; layer < model.layers(); layer++) {
            String attention = block(layer) + "attention";
            if (layer > 0 && sharing.attention()) {
                names.aliasAll(attention, block(0) + "attention");
            } else {
                norm(names, attention + ".norm", model);
                attention(names, attention, model.width(), model.block().bias(), AttentionShape.of(model, layer));
            }
            String feedForward = block(layer) + "feed-forward";
            if (layer > 0 && sharing.feedForward()) {
                names.aliasAll(feedForward, block(0) + "feed-forward");
            } else {
                norm(names, feedForward + ".norm", model);
                feedForward(names, feedForward, model);
            }
        }
        if (model.block().norm().beforeOutput()) {
            norm(names, "head.norm", model);
        }
        tables(names, model, TableNames.OUTPUT, Start.OUTPUT);
        if (model.embedding().outputBias()) {
            names.matrix(HEAD_BIAS, 1, model.vocabulary(), Start.ZERO);
        }
    }

    /** The pieces of one of the two matrices of token vectors; those that the input has declared get further names. */
    private static void tables(Declarations names, ModelConfig model, TableNames side, Start start) {
        for (TablePiece piece : model.tablePieces()) {
            String table = side.table(piece);
            if (side == TableNames.OUTPUT && piece.shared()) {
                names.alias(table, TableNames.INPUT.table(piece));
            } else {
                names.matrix(table, model.vocabulary(), piece.columns(), start);
            }
            if (side == TableNames.OUTPUT && piece.factor() == TablePiece.Factor.SHARED) {
                names.alias(side.factor(piece), TableNames.INPUT.factor(piece));
            } else if (piece.factored()) {
                names.matrix(side.factor(piece), model.width(), piece.columns(), Start.FACTOR);
            }
        }
    }

    private static void feedForward(Declarations names, String name, ModelConfig model) {
        FeedForwardConfig config = model.block().feedForward();
        Experts experts = config.experts();
        boolean bias = model.block().bias();
        boolean shared = experts.weights() instanceof Experts.Weights.Shared;
        if (experts.dense() || shared) {
            networks(names, name, model.width(), config, bias);
        }
        if (experts.dense()) {
            return;
        }
        names.matrix(name + ".router.weight", experts.count(), model.width(), Start.NORMAL);
        for (int expert = 0; expert < experts.count(); expert++) {
            String own = name + ".expert." + expert;
            if (experts.weights() instanceof Experts.Weights.Shared common) {
                addition(names, own + ".in", config.hiddenWidth(), model.width(), common.rank());
                addition(names, own + ".out", model.width(), config.width(), common.rank());
            } else {
                networks(names, own, model.width(), config, bias);
            }
        }
    }

    private static void networks(Declarations names, String name, int width, FeedForwardConfig config, boolean bias) {
        names.projection(name + ".in", config.hiddenWidth(), width, Start.NORMAL, bias);
        names.projection(name + ".out", width, config.width(), Start.RESIDUAL, bias);
    }

    /** {@code P [o, r]} and {@code Q [r, i]}. */
    private static void addition(Declarations names, String name, long outputs, long inputs, long rank) {
        if (rank > 0) {
            names.matrix(name + ".left", outputs, rank, Start.ADDITION);
            names.matrix(name + ".right", rank, inputs, Start.NORMAL);
        }
    }

    static String block(int layer) {
        return "block." + layer + ".";
    }

    private static void attention(Declarations names, String name, int width, boolean bias, AttentionShape shape) {
        names.projection(name + ".qkv", shape.width(), width, Start.NORMAL, bias);
        if (shape.diagonals()) {
            names.matrix(name + ".qkv.gain", 3, shape.mixedWidth(), Start.ONE);
        }
        if (shape.qkNorm().isPresent()) {
            names.matrix(name + ".query-norm.gain", 1, shape.gains(), Start.ONE);
            names.matrix(name + ".key-norm.gain", 1, shape.gains(), Start.ONE);
        }
        if (shape.positions() instanceof Positions.Relative relative) {
            names.matrix(name + ".distance.bias", shape.heads(), relative.distances(), Start.ZERO);
        }
        names.projection(name + ".out", width, shape.mixedWidth(), Start.RESIDUAL, bias);
    }

    private static void norm(Declarations names, String name, ModelConfig model) {
        names.matrix(name + ".gain", 1, model.width(), Start.ONE);
        if (model.block().normBias()) {
            names.matrix(name + ".bias", 1, model.width(), Start.ZERO);
        }
    }

    /** Every weight once, in the order of the flat vector. */
    public List<Slice> slices() {
        return slices;
    }

    /** Length of the flat vector. */
    public long size() {
        Slice last = slices.get(slices.size() - 1);
        return last.offset() + last.size();
    }

    /** What learns how: which weights decay, at what rate each learns, and which are held equal in which steps. */
    public Optimizer.Weights weights() {
        List<WeightRun> runs = new ArrayList<>();
        for (Slice slice : slices) {
            double rate = scheme.rate(slice);
            WeightRun last = runs.isEmpty() ? new WeightRun(0, 0, slice.decays(), rate) : runs.remove(runs.size() - 1);
            if (last.decays() == slice.decays() && last.rate() == rate) {
                runs.add(new WeightRun(last.from(), last.count() + slice.size(), last.decays(), rate));
            } else {
                runs.add(last);
                runs.add(new WeightRun(slice.offset(), slice.size(), slice.decays(), rate));
            }
        }
        return new Optimizer.Weights(runs, ties);
    }

    private List<Tie> ties(ModelConfig model) {
        Sharing.Embedding sharing = model.sharing().embedding();
        if (sharing instanceof Sharing.Embedding.TiedUntil until) {
            return ties(model, new Tie.Span.Until(until.step()));
        }
        if (sharing instanceof Sharing.Embedding.UntiedUntil until) {
            return ties(model, new Tie.Span.After(until.step(), until.over()));
        }
        return List.of();
    }

    private List<Tie> ties(ModelConfig model, Tie.Span span) {
        List<Tie> ties = new ArrayList<>();
        for (TablePiece piece : model.tablePieces()) {
            ties.add(tie(TableNames.INPUT.table(piece), TableNames.OUTPUT.table(piece), span));
            if (piece.factored()) {
                ties.add(tie(TableNames.INPUT.factor(piece), TableNames.OUTPUT.factor(piece), span));
            }
        }
        return ties;
    }

    private Tie tie(String first, String second, Tie.Span span) {
        return new Tie(
                slice(first).offset(), slice(second).offset(), slice(first).size(), span);
    }

    /** Whether a weight of that name exists. */
    public boolean has(String name) {
        return byName.containsKey(name);
    }

    /**
     * The weight of a name.
     *
     * @throws IllegalArgumentException if the model has none of that name
     */
    public Slice slice(String name) {
        Slice slice = byName.get(name);
        if (slice == null) {
            throw new IllegalArgumentException("the model has no weight named " + name + "; it has " + byName.keySet());
        }
        return slice;
    }

    /**
     * The initial weights; the same seed gives the same numbers everywhere.
     *
     * @throws IllegalArgumentException if they exceed what one array can hold
     */
    public float[] initialize(long seed) {
        if (size() > Integer.MAX_VALUE - 8) {
            throw new IllegalArgumentException("a model must have fewer than 2^31 weights, got " + size());
        }
        float[] weights = new float[(int) size()];
        for (Slice slice : slices) {
            // Seeded by name, so that a weight's start does not depend on what else the model has.
            Random random = new Random(seed * 0x9E3779B97F4A7C15L + slice.name().hashCode());
            fill(weights, slice, random);
        }
        for (Tie tie : ties) {
            if (tie.span().holds(1)) {
                System.arraycopy(weights, (int) tie.first(), weights, (int) tie.second(), (int) tie.count());
            }
        }
        return weights;
    }

    private void fill(float[] weights, Slice slice, Random random) {
        int from = (int) slice.offset();
        int to = (int) (from + slice.size());
        boolean uniform =
                scheme.initialization.uniform() && slice.start() != Start.TABLE && slice.start() != Start.FACTOR;
        double std = scheme.std(slice);
        for (int i = from; i < to; i++) {
            weights[i] = switch (slice.start()) {
                case ONE -> 1;
                case ZERO, ADDITION -> 0;
                // An interval from -a to a has the standard deviation a / sqrt(3).
                default ->
                    (float)
                            (uniform
                                    ? std * Math.sqrt(3) * (2 * random.nextDouble() - 1)
                                    : std * random.nextGaussian());
            };
        }
    }
}
