package apportion.spark.conf;

import apportion.model.config.AttentionConfig;
import java.util.List;
import java.util.Optional;
import java.util.OptionalInt;

/**
 * The heads of a layer: equal ones by any two of their three sizes, or unequal ones by groups.
 *
 * @param kvHeads keys and values that serve equal heads; empty: one for each
 */
public record LayoutSettings(
        OptionalInt heads, OptionalInt headDim, OptionalInt kvHeads, Optional<List<HeadSettings>> groups) {

    public LayoutSettings {
        groups = groups.filter(some -> !some.isEmpty()).map(List::copyOf);
        if (groups.isPresent() && (heads.isPresent() || headDim.isPresent())) {
            throw new IllegalArgumentException(
                    "groups say how many heads there are; leave heads and head-dim out, or the groups");
        }
        if (kvHeads.isPresent() && heads.isEmpty() && headDim.isEmpty()) {
            throw new IllegalArgumentException("kv-heads needs heads or head-dim beside it; groups and a sweep's"
                    + " layouts have kv-heads of their own");
        }
    }

    /**
     * The heads themselves; empty if none are named.
     *
     * @param budget what {@code heads * headDim} must spend; the model's width if only one of the two is given
     */
    public Optional<AttentionConfig> layout(OptionalInt budget, int modelWidth) {
        if (groups.isPresent()) {
            return Optional.of(ofGroups(groups.get(), budget));
        }
        if (heads.isEmpty() && headDim.isEmpty()) {
            return Optional.empty();
        }
        boolean both = heads.isPresent() && headDim.isPresent();
        OptionalInt spend = budget.isPresent() || both ? budget : OptionalInt.of(modelWidth);
        AttentionConfig layout = AttentionConfig.derive(heads, headDim, spend);
        return Optional.of(kvHeads.isEmpty() ? layout : layout.withKvHeads(kvHeads.getAsInt()));
    }

    private static AttentionConfig ofGroups(List<HeadSettings> groups, OptionalInt budget) {
        AttentionConfig layout =
                new AttentionConfig(groups.stream().map(HeadSettings::toGroup).toList());
        if (budget.isPresent() && budget.getAsInt() != layout.width()) {
            throw new IllegalArgumentException("groups must spend the budget of " + budget.getAsInt() + ", got "
                    + layout + " = " + layout.width() + "; leave the budget out, or change the groups");
        }
        return layout;
    }
}
