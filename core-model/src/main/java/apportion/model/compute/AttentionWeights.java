package apportion.model.compute;

import java.util.Optional;

/**
 * What one layer's attention learns besides its projections, or the gradients of that; each part is present if the
 * shape asks for it.
 *
 * @param diagonals_3a factors of the columns of queries, keys and values, a row each
 * @param queryGains_1g gains of normalised queries, {@code d} for each group
 * @param keyGains_1g the same of keys
 * @param distanceBias_hr what relative positions add to scores: a row a head, a column a distance
 */
public record AttentionWeights(
        Optional<Tensor> diagonals_3a,
        Optional<Tensor> queryGains_1g,
        Optional<Tensor> keyGains_1g,
        Optional<Tensor> distanceBias_hr) {

    /** Those of an attention that learns nothing. */
    public static final AttentionWeights NONE =
            new AttentionWeights(Optional.empty(), Optional.empty(), Optional.empty(), Optional.empty());
}
