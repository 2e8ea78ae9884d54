package apportion.model.count;

import apportion.model.config.AttentionShape;
import apportion.model.config.BlockConfig;
import apportion.model.config.ModelConfig;
import apportion.model.config.Positions;
import apportion.model.config.Sharing;
import apportion.model.config.TablePiece;
import java.util.ArrayList;
import java.util.List;

/**
 * What a model costs.
 *
 * @param parameters trained numbers, shared ones once
 * @param embeddingParameters those of the token and position tables with their factors, and of the output projection
 *     and its bias
 * @param forwardFlops floating-point operations of one forward pass over one sequence of {@code T} tokens; a
 *     multiply-add counts as 2, only matrix products count, attention counts its causal half as far as its window, and
 *     of a mixture the experts that a token sees
 * @param recomputedFlops operations that the backward pass of one sequence repeats, of blocks that keep only what went
 *     in; counted alike
 * @param keyValueBytes memory of the keys and values that generation keeps for one sequence of {@code T} tokens, or for
 *     the window if that is shorter, in 32-bit numbers as they are projected: keys that are values are kept once
 * @param activationBytes memory of what one sequence of {@code T} tokens keeps from its forward to its backward pass,
 *     in 32-bit numbers: the residual stream before and after each sublayer, what each norm and each projection read
 *     and gave, and the norms' statistics; of a mixture what each chosen expert reads and gives. Blocks that are
 *     computed again share theirs, but for the stream between blocks. Working memory that layers share, rows that fill
 *     up a mixture's tiles, factors of the tables, logits and whatever a backend keeps inside an operation are not in
 *     it
 * @param probabilityBytes memory that attention's probabilities add to it where a backend keeps them: {@code T^2} for
 *     each head
 */
public record ModelCount(
        long parameters,
        long embeddingParameters,
        long forwardFlops,
        long recomputedFlops,
        long keyValueBytes,
        long activationBytes,
        long probabilityBytes) {

    /** Counts a model that computes no block twice. */
    public static ModelCount of(ModelConfig model) {
        return of(model, 0);
    }

    /**
     * Counts a model.
     *
     * @param recompute how many blocks are computed again in the backward pass, the first ones
     * @throws IllegalArgumentException if not fewer than there are
     */
    public static ModelCount of(ModelConfig model, int recompute) {
        BlockConfig block = model.block();
        long vocabulary = model.vocabulary();
        long context = model.context();
        long width = model.width();
        long layers = model.layers();
        Sharing.Layers sharing = model.sharing().layers();

        long embedding = model.embedding().outputBias() ? vocabulary : 0;
        long tableProducts = 0;
        for (TablePiece piece : model.tablePieces()) {
            embedding += piece.parameters(vocabulary, width);
            tableProducts += piece.inputProducts(width) + piece.outputProducts(vocabulary, width);
        }
        if (model.positions() instanceof Positions.Learned) {
            embedding += context * width;
        }
        FeedForwardCount feedForward = FeedForwardCount.of(block.feedForward(), width, block.bias());
        long norm = width + (block.normBias() ? width : 0);
        long lastNorms = block.norm().beforeOutput() ? 1 : 0;
        long parameters = embedding
                + (sharing.attention() ? 1 : layers) * norm
                + (sharing.feedForward() ? 1 : layers) * (feedForward.parameters() + norm)
                + lastNorms * norm;
        long products = context * (layers * feedForward.products() + tableProducts);
        long cached = 0;
        List<AttentionCount> attentions = new ArrayList<>();
        for (int layer = 0; layer < layers; layer++) {
            AttentionCount attention = AttentionCount.of(AttentionShape.of(model, layer), context, width, block.bias());
            parameters += layer > 0 && sharing.attention() ? 0 : attention.parameters();
            products += attention.products();
            cached += attention.cached();
            attentions.add(attention);
        }
        ActivationCount activations = ActivationCount.of(model, attentions, feedForward, recompute);
        return new ModelCount(
                parameters,
                embedding,
                2 * products,
                2 * activations.recomputed(),
                bytes(cached),
                bytes(activations.kept()),
                bytes(activations.probabilities()));
    }

    private static long bytes(long numbers) {
        return numbers * Float.BYTES;
    }

    /**
     * Operations of one training step over one sequence: the backward pass costs twice the forward pass, and what it
     * repeats.
     */
    public long trainingFlops() {
        return 3 * forwardFlops + recomputedFlops;
    }
}
