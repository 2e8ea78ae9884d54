package apportion.model.allocation;

import apportion.model.config.AttentionConfig;
import apportion.model.config.HeadGroup;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;

/**
 * Heads for every layer of a model: early layers by the allocation of the budget, later ones with as many heads that
 * are narrower.
 *
 * <p>Why narrower: the softmax of {@code L} bounded scores answers a change of them by {@code O(1 / L)}, so that over a
 * long context narrower heads give nearly the same attention weights (arXiv 2510.03784, theorem 2 and corollary 2).
 * What the paper does not say, and whoever makes a schedule must choose: where early layers end, and how narrow later
 * heads may be. The bound on scores fails for unbounded ones (trained scores grow with the context), and nobody has
 * isolated the effect on later layers; others found wide heads early and narrow ones late, or the opposite, to be
 * better. A schedule is therefore a question to measure, not an answer.
 *
 * @param early how many layers, from the first, have the allocated heads
 * @param layers the heads of each layer, first to last
 */
public record LayerSchedule(int early, List<AttentionConfig> layers) {

    /** Most layers of a schedule. */
    public static final int MOST_LAYERS = 1_000;

    public LayerSchedule {
        layers = List.copyOf(layers);
    }

    /**
     * Allocated heads in early layers, as many heads of fewer dimensions in later ones.
     *
     * @param allocation of an early layer
     * @param layers of the model
     * @param early how many of them are early: 1 to all
     * @param lateHeadDim most dimensions of a head in the other layers
     */
    public static LayerSchedule of(Allocation allocation, int layers, int early, int lateHeadDim) {
        within(1, MOST_LAYERS, layers, "layers");
        within(1, layers, early, "early layers");
        within(1, Integer.MAX_VALUE, lateHeadDim, "late head-dim");
        AttentionConfig late = Allocation.joined(allocation.groups().stream()
                .map(group -> new HeadGroup(group.heads(), Math.min(group.headDim(), lateHeadDim)))
                .toList());
        List<AttentionConfig> all = new ArrayList<>(Collections.nCopies(early, allocation.attention()));
        all.addAll(Collections.nCopies(layers - early, late));
        return new LayerSchedule(early, all);
    }

    private static void within(int least, int most, int value, String setting) {
        if (value < least || value > most) {
            throw new IllegalArgumentException(setting + " must be " + least + " to " + most + ", got " + value);
        }
    }
}
