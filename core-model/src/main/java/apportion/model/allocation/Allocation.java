package apportion.model.allocation;

import apportion.model.config.AttentionConfig;
import apportion.model.config.HeadGroup;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

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

    /** The layer's heads. Which lag a head serves is learned, so that heads of one dimension are one group of it. */
    public AttentionConfig attention() {
        return joined(groups);
    }

    /** Groups of one dimension as one group, in the order of the first of each. */
    static AttentionConfig joined(List<HeadGroup> groups) {
        Map<Integer, Integer> heads = new LinkedHashMap<>();
        groups.forEach(group -> heads.merge(group.headDim(), group.heads(), Integer::sum));
        return new AttentionConfig(heads.entrySet().stream()
                .map(size -> new HeadGroup(size.getValue(), size.getKey()))
                .toList());
    }
}
