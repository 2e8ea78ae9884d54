package apportion.model.compress;

import java.util.List;

/** Where a student's matrices come from. */
public sealed interface Start {

    /** The best approximation of the teacher's products of matrices (truncated singular value decomposition). */
    record Weights() implements Start {}

    /**
     * The best approximation for data: of scores for queries and keys that are drawn independently of each other, and
     * of results for the values' mixes as they are. It is the truncated decomposition of the product whitened by the
     * data's second moments.
     *
     * @param moments of each layer
     */
    record Data(List<LayerMoments> moments) implements Start {

        public Data {
            moments = List.copyOf(moments);
        }

        LayerMoments of(KeyGroup group) {
            return moments.get(group.layer());
        }
    }

    /** Numbers drawn as for a model that was never trained; what a student owes to its teacher shows against it. */
    record Random(long seed) implements Start {}
}
