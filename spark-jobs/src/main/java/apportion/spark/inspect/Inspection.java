package apportion.spark.inspect;

import apportion.model.inspect.EmbeddingDrift;
import com.fasterxml.jackson.annotation.JsonInclude;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * What a model's heads do, as {@code inspect.json} has it.
 *
 * @param checkpoint directory of the checkpoint
 * @param dataset directory of what it read
 * @param sequences of its validation split that were read
 * @param tokens that were predicted
 * @param loss nats per token with all heads
 * @param heads layer after layer
 * @param similarity cosines of the attention patterns of each layer's heads
 * @param drift of the token vectors; none if the weights that training began with cannot be made again
 */
@JsonInclude(JsonInclude.Include.NON_NULL)
public record Inspection(
        String checkpoint,
        String dataset,
        long sequences,
        long tokens,
        double loss,
        List<Head> heads,
        List<double[][]> similarity,
        @Nullable Drift drift) {

    public Inspection {
        heads = List.copyOf(heads);
        similarity = List.copyOf(similarity);
    }

    /**
     * One head; {@code apportion.model.inspect} defines what its numbers are.
     *
     * @param induction on the dataset
     * @param inductionOnRepeatedTokens the same on random tokens that are repeated once, as Olsson et al. 2022 have it
     * @param most the head of its layer whose attention is most like its own; none where it is alone
     * @param similarity the cosine to that one
     * @param importance what the loss rises by without it; none if heads were not cut
     */
    @JsonInclude(JsonInclude.Include.NON_NULL)
    public record Head(
            int layer,
            int head,
            int headDim,
            double entropy,
            double distance,
            double first,
            double logitNorm,
            double jacobian,
            double previous,
            double same,
            double induction,
            double inductionOnRepeatedTokens,
            double copying,
            double rankQk,
            double rankOv,
            @Nullable Integer most,
            @Nullable Double similarity,
            @Nullable Double importance) {}

    /**
     * How far token vectors went.
     *
     * @param seed of the weights that training began with
     * @param spreads of all tokens
     * @param farthest the tokens that turned most, as text
     */
    public record Drift(long seed, EmbeddingDrift spreads, List<String> farthest) {}
}
