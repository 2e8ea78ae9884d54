package apportion.model.count;

import apportion.model.config.AttentionShape;
import apportion.model.config.BlockConfig;
import apportion.model.config.ModelConfig;
import apportion.model.config.Positions;
import apportion.model.config.Sharing;
import apportion.model.config.TablePiece;

/**
 * What a model costs.
 *
 * @param parameters trained numbers, shared ones once
 * @param embeddingParameters those of the token and position tables with their factors, and of the output projection
 *     and its bias
 * @param forwardFlops floating-point operations of one forward pass over one sequence of {@code T} tokens; a
 *     multiply-add counts as 2, only matrix products count, attention counts its causal half as far as its window, and
 *     of a mixture the experts that a token sees
 * @param keyValueBytes memory of the keys and values that generation keeps for one sequence of {@code T} tokens, or for
 *     the window if that is shorter, in 32-bit numbers as they are projected: keys that are values are kept once
 */
public record ModelCount(long parameters, long embeddingParameters, long forwardFlops, long keyValueBytes) {

    /** Counts a model. */
    public static ModelCount of(ModelConfig model) {
        BlockConfig block = model.block();
        long vocabulary = model.vocabulary();
        long context = model.context();
        long width = model.width();
        AttentionShape shape = AttentionShape.of(model, 0);
        long attention = shape.mixedWidth();
        long projected = shape.width();
        FeedForwardCount feedForward = FeedForwardCount.of(block.feedForward(), width, block.bias());
        long layers = model.layers();

        long embedding = model.embedding().outputBias() ? vocabulary : 0;
        long tableProducts = 0;
        for (TablePiece piece : model.tablePieces()) {
            embedding += piece.parameters(vocabulary, width);
            tableProducts += piece.inputProducts(width) + piece.outputProducts(vocabulary, width);
        }
        if (model.positions() instanceof Positions.Learned) {
            embedding += context * width;
        }
        long weights = width * (projected + attention);
        long biases = block.bias() ? projected + width : 0;
        long gains = (shape.diagonals() ? 3 * attention : 0) + (shape.qkNorm().isPresent() ? 2 * shape.gains() : 0);
        if (model.positions() instanceof Positions.Relative relative) {
            biases += (long) shape.heads() * relative.distances();
        }
        long norm = width + (block.normBias() ? width : 0);
        Sharing.Layers sharing = model.sharing().layers();
        long attentions = sharing.attention() ? 1 : layers;
        long feedForwards = sharing.feedForward() ? 1 : layers;
        long parameters = embedding
                + attentions * (weights + biases + gains + norm)
                + feedForwards * (feedForward.parameters() + norm)
                + (block.norm().beforeOutput() ? norm : 0);

        // Token t attends to min(t + 1, window) places, for the scores and again for the mix of the values.
        long seen = Math.min(context, shape.window());
        long pairs = seen * (seen + 1) / 2 + (context - seen) * seen;
        long forward = layers * (2 * context * (weights + feedForward.products()) + 2 * 2 * pairs * attention)
                + 2 * context * tableProducts;
        long keyValueBytes = layers * seen * shape.keyValueWidth() * Float.BYTES;
        return new ModelCount(parameters, embedding, forward, keyValueBytes);
    }

    /** Operations of one training step over one sequence: the backward pass costs twice the forward pass. */
    public long trainingFlops() {
        return 3 * forwardFlops;
    }
}
