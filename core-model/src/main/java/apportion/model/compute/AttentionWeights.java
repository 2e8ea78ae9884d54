package apportion.model.compute;

import java.util.Optional;

/**
 * What one layer's attention learns besides its projections, or the gradients of that.
 *
 * @param diagonals_3a factors of the columns of queries, keys and values, a row each; present if the shape has
 *     diagonals
 */
public record AttentionWeights(Optional<Tensor> diagonals_3a) {

    /** Those of an attention that learns nothing. */
    public static final AttentionWeights NONE = new AttentionWeights(Optional.empty());
}
