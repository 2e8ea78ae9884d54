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
    private final Workspace workspace;
    private final Embedding embedding;
    private final List<Residual> sublayers = new ArrayList<>();
    private final List<Mixture> mixtures = new ArrayList<>();
    private final LanguageHead head;
    /** The residual stream before each sublayer, and after the last. */
    private final List<Buffer> stream = new ArrayList<>();

    private final Indices tokens;

    /**
     * A model on the given weights.
     *
     * @param values all weights, as {@link ParameterLayout} places them
     * @param gradients their gradients; passes add to them
     */
    public Decoder(ModelConfig model, Backend backend, Tensor values, Tensor gradients) {
        this.model = model;
        this.backend = backend;
        this.workspace = new Workspace(backend);
        Parameters parameters = new Parameters(ParameterLayout.of(model), values, gradients);
        this.embedding = new Embedding(backend, workspace, model, parameters);
        stream.add(new Buffer(backend, model.width()));
        for (int layer = 0; layer < model.layers(); layer++) {
            String attention = ParameterLayout.block(layer) + "attention";
            String feedForward = ParameterLayout.block(layer) + "feed-forward";
            AttentionShape shape = AttentionShape.of(model, layer);
            add(attention, parameters, new Attention(backend, workspace, shape, parameters, attention));
            add(feedForward, parameters, feedForward(parameters, feedForward));
        }
        this.head = new LanguageHead(backend, workspace, model, parameters);
        this.tokens = new Indices(backend);
    }

    private Sublayer feedForward(Parameters parameters, String name) {
        if (model.block().feedForward().experts().dense()) {
            return new FeedForward(backend, workspace, model, parameters, name);
        }
        Mixture mixture = new Mixture(backend, workspace, model, parameters, name);
        mixtures.add(mixture);
        return mixture;
    }

    private void add(String name, Parameters parameters, Sublayer sublayer) {
        Normalization norm = new Normalization(backend, model, parameters, name + ".norm");
        // Site 0 is the embedding's.
        sublayers.add(new Residual(backend, workspace, model, norm, sublayer, sublayers.size() + 1));
        stream.add(new Buffer(backend, model.width()));
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
        for (int i = sublayers.size() - 1; i >= 0; i--) {
            sublayers.get(i).backward(stream.get(i).rows(pass.rows()), pass, dStream_nc);
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
        embedding.forward(tokens.write(inputs), pass, stream.get(0).rows(pass.rows()));
        for (int i = 0; i < sublayers.size(); i++) {
            sublayers
                    .get(i)
                    .forward(
                            stream.get(i).rows(pass.rows()),
                            pass,
                            stream.get(i + 1).rows(pass.rows()));
        }
        return stream.get(sublayers.size()).rows(pass.rows());
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
        sublayers.forEach(Residual::close);
        stream.forEach(Buffer::close);
        head.close();
        workspace.close();
        tokens.close();
    }
}
