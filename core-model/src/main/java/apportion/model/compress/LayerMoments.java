package apportion.model.compress;

import apportion.model.inspect.HeadPlace;
import apportion.model.inspect.LayerAttention;
import java.io.Serializable;
import java.util.List;

/** One layer's sums of {@link HeadMoments}; those of other tokens add up with them. Serves one thread. */
public final class LayerMoments implements Serializable {

    private static final long serialVersionUID = 1;

    /** {@code [h][d, d]} each. */
    private final double[][][] queries;

    private final double[][][] keys;
    private final double[][][] mixes;

    /** Nothing seen yet. */
    LayerMoments(List<HeadPlace> heads) {
        this.queries = zero(heads);
        this.keys = zero(heads);
        this.mixes = zero(heads);
    }

    private static double[][][] zero(List<HeadPlace> heads) {
        return heads.stream()
                .map(head -> new double[head.headDim()][head.headDim()])
                .toArray(double[][][]::new);
    }

    void see(int place, LayerAttention.Head head) {
        addSquares(head.queries(), queries[place]);
        addSquares(head.keys(), keys[place]);
        // What all keys of a query have in common leaves its probabilities alone.
        addSquares(head.mixed(head.probabilities()), mixes[place]);
    }

    private static void addSquares(double[][] rows, double[][] into) {
        for (double[] row : rows) {
            for (int a = 0; a < row.length; a++) {
                for (int b = 0; b < row.length; b++) {
                    into[a][b] += row[a] * row[b];
                }
            }
        }
    }

    /** Adds another's sums to these. */
    public void add(LayerMoments other) {
        for (int head = 0; head < queries.length; head++) {
            add(other.queries[head], queries[head]);
            add(other.keys[head], keys[head]);
            add(other.mixes[head], mixes[head]);
        }
    }

    private static void add(double[][] from, double[][] into) {
        for (int a = 0; a < into.length; a++) {
            for (int b = 0; b < into.length; b++) {
                into[a][b] += from[a][b];
            }
        }
    }

    double[][] queries(KeyGroup group) {
        return sum(group, queries);
    }

    double[][] keys(KeyGroup group) {
        return keys[group.first().head()];
    }

    double[][] mixes(KeyGroup group) {
        return sum(group, mixes);
    }

    private static double[][] sum(KeyGroup group, double[][][] of) {
        double[][] total = new double[group.headDim()][group.headDim()];
        for (HeadPlace head : group.heads()) {
            add(of[head.head()], total);
        }
        return total;
    }
}
