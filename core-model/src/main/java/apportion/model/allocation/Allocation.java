package apportion.model.allocation;

import apportion.model.config.AttentionConfig;
import apportion.model.config.HeadGroup;
import java.util.List;

/**
 * A budget divided into heads.
 *
 * @param groups the heads that serve lag 1, lag 2 and so on, at least one group
 * @param bound on the error
 */
public record Allocation(List<HeadGroup> groups, double bound) {

    public Allocation {
        groups = List.copyOf(groups);
    }

    static Allocation of(ErrorBound bound, List<HeadGroup> groups) {
        return new Allocation(groups, bound.of(groups));
    }

    /** {@code M}: how many lags are served, the nearest ones. */
    public int served() {
        return groups.size();
    }

    /** The layer's heads, those for lag 1 first. */
    public AttentionConfig attention() {
        return new AttentionConfig(groups);
    }
}
