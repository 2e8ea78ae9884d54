package apportion.model.transformer;

import apportion.model.compute.Backend;
import apportion.model.compute.Tensor;
import apportion.model.config.RegressionConfig;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/**
 * A {@link RegressionConfig regression} on weights that somebody else owns, trained by squared errors.
 *
 * <p>As a {@link Decoder}, it adds to {@code gradients}, which the caller clears before each step. Sequences go in side
 * by side: row {@code s * time + i} of {@code inputs} is vector {@code i} of sequence {@code s}. Serves one thread.
 */
public final class Regressor implements AutoCloseable {

    private final RegressionConfig model;
    private final Backend backend;
    private final Workspace workspace;
    private final Projection in;
    private final List<Attention> attentions = new ArrayList<>();
    private final Optional<FeedForward> feedForward;
    private final Projection out;
    /** What each attention keeps for its backward pass, and what the position-wise network does. */
    private final List<Workspace> kept = new ArrayList<>();
    /** Before each attention, after the last, and after the position-wise network. */
    private final List<Buffer> stream = new ArrayList<>();

    private final Buffer input;
    private final Buffer output;
    private final Buffer counted;

    /**
     * A model on the given weights.
     *
     * @param values all weights, as {@link ParameterLayout} places them
     * @param gradients their gradients; passes add to them
     */
    public Regressor(RegressionConfig model, Backend backend, Tensor values, Tensor gradients) {
        this.model = model;
        this.backend = backend;
        this.workspace = new Workspace(backend);
        Parameters parameters = new Parameters(ParameterLayout.of(model), values, gradients);
        this.in = new Projection(backend, parameters, "in");
        stream.add(new Buffer(backend, model.width()));
        for (int layer = 0; layer < model.layers(); layer++) {
            attentions.add(new Attention(
                    backend,
                    workspace,
                    keep(),
                    model.attentionShape(),
                    parameters,
                    ParameterLayout.block(layer) + "attention",
                    Attention.Watcher.NOBODY));
            stream.add(new Buffer(backend, model.width()));
        }
        this.feedForward = model.hasFeedForward()
                ? Optional.of(
                        new FeedForward(backend, workspace, keep(), model.feedForward(), parameters, "feed-forward"))
                : Optional.empty();
        feedForward.ifPresent(network -> stream.add(new Buffer(backend, model.width())));
        this.out = new Projection(backend, parameters, "out");
        this.input = new Buffer(backend, model.inputs());
        this.output = new Buffer(backend, model.outputs());
        this.counted = new Buffer(backend, 1);
    }

    private Workspace keep() {
        Workspace workspaceOfLayer = new Workspace(backend);
        kept.add(workspaceOfLayer);
        return workspaceOfLayer;
    }

    /** The model's sizes. */
    public RegressionConfig model() {
        return model;
    }

    /**
     * A training pass: adds the gradient of {@code gradientScale * (sum of the squared errors)} to the gradients.
     *
     * @param inputs {@code [n, I]}
     * @param targets {@code [n, O]}
     * @param time vectors of a sequence
     * @param from first vector of each sequence whose error counts
     * @return the sum of the squared errors
     */
    public double accumulate(float[] inputs, float[] targets, int time, int from, double gradientScale) {
        Pass pass = pass(inputs, time);
        Tensor d_no = errors(inputs, targets, pass, from);
        double loss = backend.squaredNorm(d_no);
        backend.scale(d_no, 2 * gradientScale);
        Tensor dStream_nc = workspace.take("stream", pass.rows(), model.width());
        out.backward(last(pass), d_no, dStream_nc);
        feedForward.ifPresent(
                network -> addBackward(network, stream.get(model.layers()).rows(pass.rows()), pass, dStream_nc));
        for (int layer = model.layers() - 1; layer >= 0; layer--) {
            Tensor x_nc = stream.get(layer).rows(pass.rows());
            if (model.layers() == 1) {
                attentions.get(layer).backward(x_nc, pass, dStream_nc, dStream_nc);
            } else {
                addBackward(attentions.get(layer), x_nc, pass, dStream_nc);
            }
        }
        Tensor dInput_ni = workspace.take("input", pass.rows(), model.inputs());
        in.backward(input.rows(pass.rows()), dStream_nc, dInput_ni);
        return loss;
    }

    /** Through {@code x + f(x)}: the gradient of what came out becomes that of {@code x}. */
    private void addBackward(Sublayer sublayer, Tensor x_nc, Pass pass, Tensor dStream_nc) {
        Tensor d_nc = workspace.take("sublayer", pass.rows(), model.width());
        sublayer.backward(x_nc, pass, dStream_nc, d_nc);
        backend.add(d_nc, dStream_nc);
    }

    /** The sum of the squared errors; see {@link #accumulate}. */
    public double squaredError(float[] inputs, float[] targets, int time, int from) {
        return backend.squaredNorm(errors(inputs, targets, pass(inputs, time), from));
    }

    /** What the model says, {@code [n, O]}. */
    public float[] predictions(float[] inputs, int time) {
        Pass pass = pass(inputs, time);
        float[] predictions = new float[pass.rows() * model.outputs()];
        backend.read(forward(inputs, pass), predictions);
        return predictions;
    }

    private Pass pass(float[] inputs, int time) {
        if (inputs.length == 0 || time < 1 || inputs.length % (time * model.inputs()) != 0) {
            throw new IllegalArgumentException("a batch needs whole sequences of " + time + " vectors of "
                    + model.inputs() + " numbers, got " + inputs.length + " numbers");
        }
        return Pass.inference(inputs.length / model.inputs(), time);
    }

    /** Prediction less target, 0 where it does not count. */
    private Tensor errors(float[] inputs, float[] targets, Pass pass, int from) {
        if (targets.length != pass.rows() * model.outputs() || from < 0 || from >= pass.time()) {
            throw new IllegalArgumentException("a batch of " + pass.rows() + " vectors needs targets of "
                    + model.outputs() + " numbers each, counted from one of the " + pass.time() + " places, got "
                    + targets.length + " numbers counted from " + from);
        }
        Tensor errors_no = workspace.take("errors", pass.rows(), model.outputs());
        backend.write(targets, errors_no);
        backend.scale(errors_no, -1);
        backend.add(forward(inputs, pass), errors_no);
        float[] counts = new float[pass.rows()];
        for (int row = 0; row < counts.length; row++) {
            counts[row] = row % pass.time() >= from ? 1 : 0;
        }
        Tensor counted_n1 = counted.rows(pass.rows());
        backend.write(counts, counted_n1);
        backend.scaleRows(errors_no, counted_n1, errors_no);
        return errors_no;
    }

    private Tensor forward(float[] inputs, Pass pass) {
        Tensor input_ni = input.rows(pass.rows());
        backend.write(inputs, input_ni);
        in.forward(input_ni, stream.get(0).rows(pass.rows()));
        for (int layer = 0; layer < model.layers(); layer++) {
            Tensor x_nc = stream.get(layer).rows(pass.rows());
            Optional<Tensor> addend_nc = model.layers() == 1 ? Optional.empty() : Optional.of(x_nc);
            attentions
                    .get(layer)
                    .forward(x_nc, pass, addend_nc, stream.get(layer + 1).rows(pass.rows()));
        }
        feedForward.ifPresent(network -> {
            Tensor x_nc = stream.get(model.layers()).rows(pass.rows());
            network.forward(x_nc, pass, Optional.of(x_nc), last(pass));
        });
        Tensor output_no = output.rows(pass.rows());
        out.forward(last(pass), output_no);
        return output_no;
    }

    private Tensor last(Pass pass) {
        return stream.get(stream.size() - 1).rows(pass.rows());
    }

    @Override
    public void close() {
        attentions.forEach(Attention::close);
        feedForward.ifPresent(FeedForward::close);
        kept.forEach(Workspace::close);
        stream.forEach(Buffer::close);
        input.close();
        output.close();
        counted.close();
        workspace.close();
    }
}
