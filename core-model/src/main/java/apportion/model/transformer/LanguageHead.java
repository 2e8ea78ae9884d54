package apportion.model.transformer;

import apportion.model.compute.Backend;
import apportion.model.compute.Tensor;
import apportion.model.compute.Tokens;
import apportion.model.config.ModelConfig;
import apportion.model.transformer.Parameters.Parameter;
import java.util.Arrays;
import java.util.Optional;

/**
 * The last norm, the output projection and the cross-entropy.
 *
 * <p>Logits exist only for a slice of the tokens at a time: with a large vocabulary all of them would be by far the
 * largest tensor of the model. Their gradient is therefore computed in the same pass as the loss.
 */
final class LanguageHead implements AutoCloseable {

    /** Numbers that a slice of the logits may have, 16 MB of floats, unless one token alone needs more. */
    private static final int SLICE = 1 << 22;

    private final Backend backend;
    private final Workspace workspace;
    /** None if the blocks end with norms of their own. */
    private final Optional<Normalization> norm;

    private final Buffer normal;
    private final TokenMatrix tokens;
    private final Optional<Parameter> bias;
    private final double scale;
    private final int sliceRows;
    private final Buffer logits;
    private final Buffer losses;
    private final Tokens targets;

    LanguageHead(Backend backend, Workspace workspace, ModelConfig model, Parameters parameters) {
        this.backend = backend;
        this.workspace = workspace;
        this.norm = model.block().norm().beforeOutput()
                ? Optional.of(new Normalization(
                        backend, model, parameters, "head.norm", workspace.buffer("head statistics", 2)))
                : Optional.empty();
        this.normal = new Buffer(backend, model.width());
        this.tokens = TokenMatrix.of(backend, workspace, model, parameters, TableNames.OUTPUT);
        this.bias = parameters.find(ParameterLayout.HEAD_BIAS);
        this.scale = model.initialization().outputScale(model.width());
        this.sliceRows = Math.max(1, SLICE / model.vocabulary());
        this.logits = new Buffer(backend, model.vocabulary());
        this.losses = new Buffer(backend, 1);
        this.targets = backend.allocateTokens(sliceRows);
    }

    /** Losses {@code [n, 1]} of each token, in nats. */
    Tensor losses(Tensor x_nc, int[] targetIds) {
        Tensor normal_nc = normalized(x_nc);
        Tensor losses_n1 = losses.rows(x_nc.rows());
        forEachSlice(x_nc, (from, rows) -> loss(normal_nc, targetIds, from, rows, 1, losses_n1));
        return losses_n1;
    }

    /**
     * Losses of each token, and the gradient of their sum times {@code gradientScale}.
     *
     * @param dStream_nc overwritten with the gradient of {@code x_nc}
     */
    Tensor lossesAndGradient(Tensor x_nc, int[] targetIds, double gradientScale, Tensor dStream_nc) {
        Tensor normal_nc = normalized(x_nc);
        Tensor losses_n1 = losses.rows(x_nc.rows());
        long width = x_nc.columns();
        Tensor dNormal_nc = workspace.take("sublayer", x_nc.rows(), width);
        forEachSlice(x_nc, (from, rows) -> {
            Tensor dLogits_sv = loss(normal_nc, targetIds, from, rows, gradientScale, losses_n1);
            Tensor normal_sc = normal_nc.slice(from * width, rows, width);
            tokens.logitsBackward(normal_sc, bias, dLogits_sv, dNormal_nc.slice(from * width, rows, width));
        });
        if (scale != 1) {
            backend.scale(dNormal_nc, scale);
        }
        if (norm.isPresent()) {
            backend.clear(dStream_nc);
            norm.get().backward(x_nc, dNormal_nc, dStream_nc);
        } else {
            backend.copy(dNormal_nc, dStream_nc);
        }
        return losses_n1;
    }

    /** What the logits are products of. */
    private Tensor normalized(Tensor x_nc) {
        if (norm.isEmpty() && scale == 1) {
            return x_nc;
        }
        Tensor normal_nc = normal.rows(x_nc.rows());
        if (norm.isPresent()) {
            norm.get().forward(x_nc, normal_nc);
        } else {
            backend.copy(x_nc, normal_nc);
        }
        if (scale != 1) {
            backend.scale(normal_nc, scale);
        }
        return normal_nc;
    }

    /** Logits {@code [rows, V]} of some of the tokens. */
    Tensor logits(Tensor x_nc, long from, long rows) {
        Tensor normal_nc = normalized(x_nc);
        Tensor logits_sv = logits.rows(rows);
        long width = x_nc.columns();
        tokens.logits(normal_nc.slice(from * width, rows, width), bias, logits_sv);
        return logits_sv;
    }

    private interface Slice {
        void run(long from, long rows);
    }

    private void forEachSlice(Tensor x_nc, Slice slice) {
        for (long from = 0; from < x_nc.rows(); from += sliceRows) {
            slice.run(from, Math.min(sliceRows, x_nc.rows() - from));
        }
    }

    /** Writes the losses of a slice and returns the gradient of its logits. */
    private Tensor loss(
            Tensor normal_nc, int[] targetIds, long from, long rows, double gradientScale, Tensor losses_n1) {
        long width = normal_nc.columns();
        Tensor logits_sv = logits.rows(rows);
        tokens.logits(normal_nc.slice(from * width, rows, width), bias, logits_sv);
        targets.write(Arrays.copyOfRange(targetIds, (int) from, (int) (from + rows)));
        backend.crossEntropy(logits_sv, targets, gradientScale, losses_n1.slice(from, rows, 1));
        return logits_sv;
    }

    @Override
    public void close() {
        normal.close();
        tokens.close();
        logits.close();
        losses.close();
        targets.close();
    }
}
