package apportion.model.transformer;

import apportion.model.config.AttentionShape;
import apportion.model.config.BlockConfig;
import apportion.model.config.ModelConfig;
import apportion.model.config.Positions;
import apportion.model.config.Sharing;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;

/** Where each weight lies in the flat vector of all weights, and how it starts. */
public final class ParameterLayout {

    static final String TOKEN_EMBEDDING = "embedding.token";
    static final String POSITION_EMBEDDING = "embedding.position";
    static final String HEAD = "head.weight";

    /** How a weight is initialised. */
    public enum Start {
        /** Normal with the model's standard deviation. */
        NORMAL,
        /** Normal, divided by {@code sqrt(2 L)}: a projection back into the residual stream. */
        RESIDUAL,
        /** A gain: of a norm, or of shared projections' columns. */
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
            return start == Start.NORMAL || start == Start.RESIDUAL;
        }
    }

    private final ModelConfig model;
    private final List<Slice> slices;
    private final Map<String, Slice> byName;

    private ParameterLayout(ModelConfig model, List<Slice> slices, Map<String, Slice> byName) {
        this.model = model;
        this.slices = slices;
        this.byName = byName;
    }

    /** Lays out a model's weights. */
    public static ParameterLayout of(ModelConfig model) {
        var names = new LinkedHashMap<String, Slice>();
        declare(model, names);
        List<Slice> ordered = new ArrayList<>();
        names.values().stream().filter(Slice::decays).forEach(ordered::add);
        names.values().stream().filter(slice -> !slice.decays()).forEach(ordered::add);
        List<Slice> placed = new ArrayList<>();
        var byName = new LinkedHashMap<String, Slice>();
        long offset = 0;
        for (Slice slice : ordered) {
            Slice here = new Slice(slice.name, offset, slice.rows, slice.columns, slice.start);
            placed.add(here);
            byName.put(slice.name, here);
            offset += slice.size();
        }
        if (model.sharing().embedding() == Sharing.Embedding.FULL) {
            byName.put(HEAD, byName.get(TOKEN_EMBEDDING));
        }
        return new ParameterLayout(model, List.copyOf(placed), byName);
    }

    private static void declare(ModelConfig model, Map<String, Slice> names) {
        BlockConfig block = model.block();
        int width = model.width();
        int hidden = block.feedForward().width();

        matrix(names, TOKEN_EMBEDDING, model.vocabulary(), width, Start.NORMAL);
        if (model.positions() instanceof Positions.Learned) {
            matrix(names, POSITION_EMBEDDING, model.context(), width, Start.NORMAL);
        }
        for (int layer = 0; layer < model.layers(); layer++) {
            String prefix = block(layer);
            norm(names, prefix + "attention.norm", model);
            attention(names, prefix + "attention", model, AttentionShape.of(model, layer));
            norm(names, prefix + "feed-forward.norm", model);
            projection(
                    names,
                    prefix + "feed-forward.in",
                    block.feedForward().hiddenWidth(),
                    width,
                    Start.NORMAL,
                    block.bias());
            projection(names, prefix + "feed-forward.out", width, hidden, Start.RESIDUAL, block.bias());
        }
        if (block.norm().beforeOutput()) {
            norm(names, "head.norm", model);
        }
        if (model.sharing().embedding() == Sharing.Embedding.NONE) {
            matrix(names, HEAD, model.vocabulary(), width, Start.NORMAL);
        }
    }

    static String block(int layer) {
        return "block." + layer + ".";
    }

    private static void attention(Map<String, Slice> names, String name, ModelConfig model, AttentionShape shape) {
        boolean bias = model.block().bias();
        projection(names, name + ".qkv", shape.width(), model.width(), Start.NORMAL, bias);
        if (shape.diagonals()) {
            matrix(names, name + ".qkv.gain", 3, shape.mixedWidth(), Start.ONE);
        }
        if (shape.qkNorm().isPresent()) {
            matrix(names, name + ".query-norm.gain", 1, shape.gains(), Start.ONE);
            matrix(names, name + ".key-norm.gain", 1, shape.gains(), Start.ONE);
        }
        if (shape.positions() instanceof Positions.Relative relative) {
            matrix(names, name + ".distance.bias", shape.heads(), relative.distances(), Start.ZERO);
        }
        projection(names, name + ".out", model.width(), shape.mixedWidth(), Start.RESIDUAL, bias);
    }

    private static void norm(Map<String, Slice> names, String name, ModelConfig model) {
        matrix(names, name + ".gain", 1, model.width(), Start.ONE);
        if (model.block().normBias()) {
            matrix(names, name + ".bias", 1, model.width(), Start.ZERO);
        }
    }

    private static void projection(
            Map<String, Slice> names, String name, long outputs, long inputs, Start start, boolean bias) {
        matrix(names, name + ".weight", outputs, inputs, start);
        if (bias) {
            matrix(names, name + ".bias", 1, outputs, Start.ZERO);
        }
    }

    private static void matrix(Map<String, Slice> names, String name, long rows, long columns, Start start) {
        names.put(name, new Slice(name, 0, rows, columns, start));
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

    /** Numbers at the vector's start to which weight decay applies. */
    public long decayed() {
        return slices.stream().filter(Slice::decays).mapToLong(Slice::size).sum();
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
        double residual = model.initialStd() / Math.sqrt(2.0 * model.layers());
        for (Slice slice : slices) {
            // Seeded by name, so that a weight's start does not depend on what else the model has.
            Random random = new Random(seed * 0x9E3779B97F4A7C15L + slice.name().hashCode());
            int from = (int) slice.offset();
            for (int i = from; i < from + slice.size(); i++) {
                weights[i] = switch (slice.start()) {
                    case NORMAL -> (float) (model.initialStd() * random.nextGaussian());
                    case RESIDUAL -> (float) (residual * random.nextGaussian());
                    case ONE -> 1;
                    case ZERO -> 0;
                };
            }
        }
        return weights;
    }
}
