package apportion.spark.sweep;

import apportion.model.allocation.Allocation;
import apportion.model.allocation.AllocationProblem;
import apportion.model.allocation.AllocationProblem.Spending;
import apportion.model.allocation.Allocator;
import apportion.model.allocation.LagKernel;
import apportion.model.allocation.LayerSchedule;
import apportion.model.config.AttentionConfig;
import apportion.spark.conf.LayoutSettings;
import java.util.List;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.regex.Pattern;

/**
 * A division of attention that differs by layer.
 *
 * @param name in tables and figures
 * @param perLayer the heads of each layer, first to last
 * @param theory or what theory makes of the budget
 */
public record Schedule(String name, Optional<List<LayoutSettings>> perLayer, Optional<Theory> theory) {

    private static final Pattern NAME = Pattern.compile("[A-Za-z][A-Za-z0-9-]*");

    /**
     * Theory's heads for the budget in early layers, as many narrower ones in the others: {@link LayerSchedule}.
     *
     * @param kernel how much each token before counts, as {@link LagKernel#parse} reads it
     * @param tokenDim dimension of what a head must keep of a token
     * @param early how many layers have the allocated heads
     * @param lateHeadDim most dimensions of a head in the other layers
     */
    public record Theory(String kernel, int tokenDim, int early, int lateHeadDim) {

        private List<AttentionConfig> layers(int budget, int layers) {
            var problem = new AllocationProblem(LagKernel.parse(kernel), budget, tokenDim, Spending.ALL);
            Allocation allocation = Allocator.fitting(problem).allocate(problem);
            return LayerSchedule.of(allocation, layers, early, lateHeadDim).layers();
        }
    }

    public Schedule {
        perLayer = perLayer.map(List::copyOf);
        if (!NAME.matcher(name).matches()) {
            throw new IllegalArgumentException("name must begin with a letter and go on with letters, digits and"
                    + " hyphens, got \"" + name + "\"");
        }
        if (perLayer.isPresent() == theory.isPresent()) {
            throw new IllegalArgumentException("schedule " + name + " must have per-layer or theory, and not both");
        }
    }

    /**
     * The heads of each layer.
     *
     * @throws IllegalArgumentException if it has other layers than the model
     */
    List<AttentionConfig> layers(int budget, int layers) {
        List<AttentionConfig> heads = perLayer.map(
                        all -> all.stream().map(layer -> listed(layer, budget)).toList())
                .orElseGet(() -> theory.orElseThrow().layers(budget, layers));
        if (heads.size() != layers) {
            throw new IllegalArgumentException("axes.schedules: " + name + " must have a division for each of the "
                    + layers + " layers, got " + heads.size());
        }
        return heads;
    }

    private AttentionConfig listed(LayoutSettings layer, int budget) {
        return layer.layout(OptionalInt.empty(), budget)
                .orElseThrow(() -> new IllegalArgumentException(
                        "axes.schedules: " + name + " needs heads or head-dim, or groups, in every layer"));
    }
}
