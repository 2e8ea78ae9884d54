package apportion.model.transformer;

import apportion.model.compute.Backend;
import apportion.model.compute.Tensor;
import apportion.model.compute.Tokens;
import apportion.model.config.AttentionShape;
import apportion.model.config.ModelConfig;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;

/**
 * A decoder-only Transformer language model on weights that somebody else owns.
 *
 * <p>The caller writes the weights into {@code values}, lets passes add to {@code gradients}, and clears those before
 * each step; an {@link apportion.model.optim.Optimizer} on the same two tensors does the step. Neither tensor is closed
 * here.
 *
 * <p>Sequences go in side by side: {@code inputs[s * time + i]} is token {@code i} of sequence {@code s}. Serves one
 * thread.
 */
public final class Decoder implements AutoCloseable {

    private final ModelConfig model;
    private final Backend backend;
    /** How many blocks, the first ones, are computed again in the backward pass. */
    private final int recompute;

    private final Workspace workspace;
    private final Embedding embedding;
    private final List<Block> blocks = new ArrayList<>();
    /** What blocks keep for their backward passes: the first of those that share it, then that of each other. */
    private final List<Workspace> kept = new ArrayList<>();

    private final List<Mixture> mixtures = new ArrayList<>();
    private final LanguageHead head;
    /** The residual stream before each block, and after the last. */
    private final List<Buffer> stream = new ArrayList<>();

    private final Indices tokens;
    private AttentionObserver observer = (layer, time, in_nc, projected_np) -> {};

    /**
     * A model on the given weights that computes no block twice.
     *
     * @param values all weights, as {@link ParameterLayout} places them
     * @param gradients their gradients; passes add to them
     */
    public Decoder(ModelConfig model, Backend backend, Tensor values, Tensor gradients) {
        this(model, backend, values, gradients, 0);
    }

    /**
     * A model on the given weights that trades time for memory (Chen et al. 2016): some blocks keep only what went in,
     * and are computed again before their backward pass. Results are the same to the last bit.
     *
     * <p>Those blocks share their memory with one more, which the backward pass meets first. So each saves the memory
     * of a block, and costs the time of its forward pass.
     *
     * @param values all weights, as {@link ParameterLayout} places them
     * @param gradients their gradients; passes add to them
     * @param recompute how many blocks are computed again, the first ones; fewer than there are
     */
    public Decoder(ModelConfig model, Backend backend, Tensor values, Tensor gradients, int recompute) {
        model.checkRecompute(recompute);
        this.model = model;
        this.backend = backend;
        this.recompute = recompute;
        this.workspace = new Workspace(backend);
        Parameters parameters = new Parameters(ParameterLayout.of(model), values, gradients);
        this.embedding = new Embedding(backend, workspace, model, parameters);
        stream.add(new Buffer(backend, model.width()));
        for (int layer = 0; layer < model.layers(); layer++) {
            if (layer == 0 || layer > recompute) {
                kept.add(new Workspace(backend));
            }
            blocks.add(block(layer, parameters, kept.get(kept.size() - 1)));
            stream.add(new Buffer(backend, model.width()));
        }
        this.head = new LanguageHead(backend, workspace, model, parameters);
        this.tokens = new Indices(backend);
    }

    private Block block(int layer, Parameters parameters, Workspace keep) {
        String prefix = ParameterLayout.block(layer);
        AttentionShape shape = AttentionShape.of(model, layer);
        Attention.Watcher watcher = (time, in_nc, qkv_np) -> observer.attended(layer, time, in_nc, qkv_np);
        Sublayer attention = new Attention(backend, workspace, keep, shape, parameters, prefix + "attention", watcher);
        Sublayer feedForward = feedForward(keep, parameters, prefix + "feed-forward");
        // Site 0 is the embedding's.
        return new Block(
                residual(prefix, "attention", attention, parameters, keep, 2 * layer + 1),
                residual(prefix, "feed-forward", feedForward, parameters, keep, 2 * layer + 2),
                keep.buffer("stream", model.width()));
    }

    private Sublayer feedForward(Workspace keep, Parameters parameters, String name) {
        if (model.block().feedForward().experts().dense()) {
            return new FeedForward(backend, workspace, keep, model.block().feedForward(), parameters, name);
        }
        Mixture mixture = new Mixture(backend, workspace, keep, model, parameters, name);
        mixtures.add(mixture);
        return mixture;
    }

    private Residual residual(
            String prefix, String name, Sublayer sublayer, Parameters parameters, Workspace keep, int site) {
        Buffer statistics = keep.buffer(name + " statistics", 2);
        Normalization norm = new Normalization(backend, model, parameters, prefix + name + ".norm", statistics);
        Buffer between = keep.buffer(name + " between", model.width());
        return new Residual(backend, workspace, model, norm, sublayer, between, site);
    }

    /** Shows every forward pass from here on to an observer, instead of to the one before. */
    public void observe(AttentionObserver next) {
        observer = next;
    }

    /** The model's sizes. */
    public ModelConfig model() {
        return model;
    }

    /**
     * A training pass: adds the gradient of {@code gradientScale * (sum of the losses)} to the gradients.
     *
     * <p>A mixture of experts adds that of {@code gradientScale * predicted * balanceLoss()}, where {@code predicted}
     * are the targets that are there: so a batch that is computed in parts weighs each part's by its tokens.
     *
     * @param targets the token after each input, or {@link Tokens#NONE}
     * @param time tokens of a sequence
     * @param dropoutSeed decides the dropout masks
     * @return the sum of the losses in nats, of the language model alone
     */
    public double accumulate(int[] inputs, int[] targets, int time, double gradientScale, long dropoutSeed) {
        long predicted = Arrays.stream(targets).filter(id -> id != Tokens.NONE).count();
        Pass pass = new Pass(inputs.length, time, true, dropoutSeed, gradientScale * predicted);
        Tensor last_nc = forward(inputs, targets, pass);
        Tensor dStream_nc = workspace.take("stream", pass.rows(), model.width());
        double loss = backend.sum(head.lossesAndGradient(last_nc, targets, gradientScale, dStream_nc));
        for (int layer = blocks.size() - 1; layer >= 0; layer--) {
            Tensor x_nc = stream.get(layer).rows(pass.rows());
            if (layer < recompute) {
                blocks.get(layer + 1).release();
                blocks.get(layer).keep(x_nc, pass);
            }
            blocks.get(layer).backward(x_nc, pass, dStream_nc);
        }
        embedding.backward(tokens.latest(), pass, dStream_nc);
        return loss;
    }

    /** The load-balance losses of the latest pass, those of all layers together; 0 without a mixture of experts. */
    public double balanceLoss() {
        return mixtures.stream().mapToDouble(Mixture::balanceLoss).sum();
    }

    /** How many tokens of the latest pass chose each expert, layer after layer; empty without a mixture of experts. */
    public long[] expertTokens() {
        return mixtures.stream()
                .flatMapToInt(mixture -> Arrays.stream(mixture.tokensOfEach()))
                .asLongStream()
                .toArray();
    }

    /** Loss of each token in nats, without dropout; 0 where the target is {@link Tokens#NONE}. */
    public float[] losses(int[] inputs, int[] targets, int time) {
        Tensor last_nc = forward(inputs, targets, Pass.inference(inputs.length, time));
        float[] losses = new float[inputs.length];
        backend.read(head.losses(last_nc, targets), losses);
        return losses;
    }

    /** Sum of the losses in nats, without dropout, in the backend's precision. */
    public double totalLoss(int[] inputs, int[] targets, int time) {
        Tensor last_nc = forward(inputs, targets, Pass.inference(inputs.length, time));
        return backend.sum(head.losses(last_nc, targets));
    }

    /** Logits {@code [n, V]} of every token, without dropout. */
    public float[] logits(int[] inputs, int time) {
        Tensor last_nc = forward(inputs, inputs, Pass.inference(inputs.length, time));
        return read(head.logits(last_nc, 0, inputs.length));
    }

    /** Logits {@code [V]} of the token that follows one sequence, without dropout. */
    public float[] nextLogits(int[] inputs) {
        Tensor last_nc = forward(inputs, inputs, Pass.inference(inputs.length, inputs.length));
        return read(head.logits(last_nc, inputs.length - 1, 1));
    }

    private float[] read(Tensor x) {
        float[] values = new float[Math.toIntExact(x.size())];
        backend.read(x, values);
        return values;
    }

    private Tensor forward(int[] inputs, int[] targets, Pass pass) {
        check(inputs, targets, pass.time());
        Tensor x_nc = stream.get(0).rows(pass.rows());
        embedding.forward(tokens.write(inputs), pass, x_nc);
        for (int layer = 0; layer < blocks.size(); layer++) {
            Tensor out_nc = stream.get(layer + 1).rows(pass.rows());
            blocks.get(layer).forward(x_nc, pass, out_nc);
            if (layer < recompute) {
                blocks.get(layer).release();
            }
            x_nc = out_nc;
        }
        return x_nc;
    }

    private void check(int[] inputs, int[] targets, int time) {
        if (inputs.length == 0 || time < 1 || inputs.length % time != 0 || targets.length != inputs.length) {
            throw new IllegalArgumentException("a batch needs whole sequences of " + time + " tokens and a target for"
                    + " each, got " + inputs.length + " tokens and " + targets.length + " targets");
        }
        if (time > model.context() && !model.positions().extend()) {
            throw new IllegalArgumentException("learned positions end at the context of " + model.context()
                    + " tokens, got a sequence of " + time);
        }
        for (int id : inputs) {
            checkToken(id, 0);
        }
        for (int id : targets) {
            checkToken(id, Tokens.NONE);
        }
    }

    private void checkToken(int id, int least) {
        if (id < least || id >= model.vocabulary()) {
            throw new IllegalArgumentException("a token must be at least 0 and below the vocabulary of "
                    + model.vocabulary() + ", got " + id + "; was the data prepared with another tokenizer?");
        }
    }

    @Override
    public void close() {
        embedding.close();
        blocks.forEach(Block::close);
        kept.forEach(Workspace::close);
        stream.forEach(Buffer::close);
        head.close();
        workspace.close();
        tokens.close();
    }
}
