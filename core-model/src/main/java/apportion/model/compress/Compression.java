package apportion.model.compress;

import apportion.model.config.AttentionShape;
import apportion.model.config.ModelConfig;
import apportion.model.config.Positions;
import apportion.model.inspect.HeadPlace;
import java.util.ArrayList;
import java.util.List;
import java.util.SortedMap;
import java.util.SortedSet;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.stream.Collectors;

/**
 * Which heads of a model are to become smaller.
 *
 * @param layers the first being 0; empty: all
 * @param heads in each of those layers, the first being 0; empty: all
 * @param headDim {@code r}: what remains of each of their dimensions
 * @param parts which of a head's two products
 */
public record Compression(SortedSet<Integer> layers, SortedSet<Integer> heads, int headDim, Parts parts) {

    /** The two products of matrices that a head is. */
    public enum Parts {
        /** Scores and values: the head's dimension shrinks. */
        BOTH(true, true),
        /** {@code W_Q W_K^T} gets a lower rank in matrices of the old size. */
        QK(true, false),
        /** {@code W_V W_O} gets a lower rank in matrices of the old size. */
        OV(false, true);

        private final boolean scores;
        private final boolean values;

        Parts(boolean scores, boolean values) {
            this.scores = scores;
            this.values = values;
        }

        boolean changeScores() {
            return scores;
        }

        boolean changeValues() {
            return values;
        }
    }

    public Compression {
        layers = new TreeSet<>(layers);
        heads = new TreeSet<>(heads);
        if (headDim < 1) {
            throw new IllegalArgumentException("head-dim must be at least 1, got " + headDim);
        }
    }

    /** Whether a layer is among those that are named. */
    boolean covers(int layer) {
        return layers.isEmpty() || layers.contains(layer);
    }

    /** Whether the heads of one key are among those that are named. */
    boolean covers(KeyGroup group) {
        return covers(group.layer())
                && (heads.isEmpty() || group.heads().stream().anyMatch(head -> heads.contains(head.head())));
    }

    /**
     * Refuses what cannot be done with a model.
     *
     * @throws IllegalArgumentException with every reason, and what can be done instead
     */
    public void check(ModelConfig model) {
        List<String> reasons = new ArrayList<>();
        checkLayers(model, reasons);
        checkScores(model, reasons);
        checkSharing(model, reasons);
        if (reasons.isEmpty()) {
            for (int layer = 0; layer < model.layers(); layer++) {
                if (covers(layer)) {
                    checkHeads(model, layer, reasons);
                }
            }
        }
        if (!reasons.isEmpty()) {
            throw new IllegalArgumentException(String.join(System.lineSeparator(), reasons));
        }
    }

    private void checkLayers(ModelConfig model, List<String> reasons) {
        if (!layers.isEmpty() && (layers.first() < 0 || layers.last() >= model.layers())) {
            reasons.add("layers must be from 0 to " + (model.layers() - 1) + ", got " + layers);
        }
        boolean some = !layers.isEmpty() && layers.size() < model.layers();
        if (some && model.sharing().layers().attention()) {
            reasons.add(
                    "layers = " + layers + ", but sharing.layers gives all layers one attention; leave layers out to"
                            + " compress it for all");
        }
    }

    private void checkScores(ModelConfig model, List<String> reasons) {
        String instead = "; compress values alone with parts = ov";
        if (parts.changeScores() && model.positions() instanceof Positions.Rotary) {
            reasons.add("positions = rotary turns queries and keys behind their projections, each pair of coordinates"
                    + " by its own angle, so scores are not products with one matrix W_Q W_K^T" + instead);
        }
        if (parts.changeScores() && model.block().scores().qkNorm()) {
            reasons.add("attention.qk-norm divides each query and each key by a size of all its coordinates, so scores"
                    + " are not products with one matrix W_Q W_K^T" + instead);
        }
    }

    private static void checkSharing(ModelConfig model, List<String> reasons) {
        if (model.sharing().qkv().keyIsValue()) {
            reasons.add("sharing.qkv makes keys and values one projection, and the best smaller one for scores is not"
                    + " the best for values; only models with sharing.qkv = none or query-key can be compressed");
        }
    }

    private void checkHeads(ModelConfig model, int layer, List<String> reasons) {
        List<HeadPlace> places = HeadPlace.of(AttentionShape.of(model, layer));
        if (!heads.isEmpty() && (heads.first() < 0 || heads.last() >= places.size())) {
            reasons.add("heads must be from 0 to " + (places.size() - 1) + " in layer " + layer + ", got " + heads);
            return;
        }
        for (KeyGroup group : KeyGroup.of(model, layer)) {
            if (covers(group)) {
                check(group, reasons);
            }
        }
    }

    private void check(KeyGroup group, List<String> reasons) {
        String place = "layer " + group.layer() + ": ";
        SortedSet<Integer> numbers =
                group.heads().stream().map(HeadPlace::head).collect(Collectors.toCollection(TreeSet::new));
        if (!heads.isEmpty() && !heads.containsAll(numbers)) {
            reasons.add(
                    place + "heads " + numbers + " have one key and one value in common; name all of them, or none");
        }
        if (headDim > group.headDim()) {
            reasons.add(place + "head-dim = " + headDim + ", but heads " + numbers + " have only " + group.headDim()
                    + "; a smaller head needs less");
        }
    }

    /** The heads to be compressed, by layer; shared layers stand once, as their first. */
    SortedMap<Integer, List<KeyGroup>> chosen(ModelConfig model) {
        SortedMap<Integer, List<KeyGroup>> chosen = new TreeMap<>();
        int last = model.sharing().layers().attention() ? 1 : model.layers();
        for (int layer = 0; layer < last; layer++) {
            if (covers(layer)) {
                chosen.put(
                        layer,
                        KeyGroup.of(model, layer).stream().filter(this::covers).toList());
            }
        }
        return chosen;
    }
}
