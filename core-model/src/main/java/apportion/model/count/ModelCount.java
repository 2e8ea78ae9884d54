package apportion.model.count;

import apportion.model.config.AttentionShape;
import apportion.model.config.BlockConfig;
import apportion.model.config.FeedForwardConfig;
import apportion.model.config.ModelConfig;
import apportion.model.config.Positions;
import apportion.model.config.Sharing;

/**
 * What a model costs.
 *
 * @param parameters trained numbers, shared ones once
 * @param embeddingParameters those of the token and position tables, and of an output projection of its own
 * @param forwardFlops floating-point operations of one forward pass over one sequence of {@code T} tokens; a
 *     multiply-add counts as 2, only matrix products count, and attention counts its causal half, as far as its window
 * @param keyValueBytes memory of the keys and values that generation keeps for one sequence of {@code T} tokens, or for
 *     the window if that is shorter, in 32-bit numbers as they are projected: keys that are values are kept once
 * @param activationBytes memory of what one sequence of {@code T} tokens keeps from its forward to its backward pass,
 *     in 32-bit numbers: the residual stream before and after each sublayer, what each norm and each projection read
 *     and gave, and the norms' statistics. Working memory that layers share, logits and whatever a backend keeps inside
 *     an operation are not in it
 * @param probabilityBytes memory that attention's probabilities add to it where a backend keeps them: {@code T^2} for
 *     each head
 */
public record ModelCount(
        long parameters,
        long embeddingParameters,
        long forwardFlops,
        long keyValueBytes,
        long activationBytes,
        long probabilityBytes) {

    /** Counts a model. */
    public static ModelCount of(ModelConfig model) {
        BlockConfig block = model.block();
        FeedForwardConfig feedForward = block.feedForward();
        long vocabulary = model.vocabulary();
        long context = model.context();
        long width = model.width();
        long hidden = feedForward.width();
        long layers = model.layers();

        long embedding = vocabulary * width;
        if (model.positions() instanceof Positions.Learned) {
            embedding += context * width;
        }
        if (model.sharing().embedding() == Sharing.Embedding.NONE) {
            embedding += vocabulary * width;
        }
        long matrices = width * (feedForward.hiddenWidth() + hidden);
        long biases = block.bias() ? feedForward.hiddenWidth() + width : 0;
        long norm = width + (block.normBias() ? width : 0);
        long norms = 2 * layers + (block.norm().beforeOutput() ? 1 : 0);
        long parameters = embedding + layers * (matrices + biases) + norms * norm;
        long products = context * (layers * matrices + vocabulary * width);

        // A norm keeps what it gives and two statistics of each token; the stream is what stands between sublayers.
        long kept = context * (layers * (feedForward.hiddenWidth() + hidden) + norms * (width + 2))
                + context * (2 * layers + 1) * width;
        long cached = 0;
        long probabilities = 0;
        for (int layer = 0; layer < layers; layer++) {
            AttentionCount attention = AttentionCount.of(AttentionShape.of(model, layer), context, width, block.bias());
            parameters += attention.parameters();
            products += attention.products();
            cached += attention.cached();
            kept += attention.kept();
            probabilities += attention.probabilities();
        }
        return new ModelCount(parameters, embedding, 2 * products, bytes(cached), bytes(kept), bytes(probabilities));
    }

    private static long bytes(long numbers) {
        return numbers * Float.BYTES;
    }

    /** Operations of one training step over one sequence: the backward pass costs twice the forward pass. */
    public long trainingFlops() {
        return 3 * forwardFlops;
    }
}
