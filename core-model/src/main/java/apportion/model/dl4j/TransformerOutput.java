package apportion.model.dl4j;

import apportion.model.compute.Tokens;
import apportion.model.transformer.Decoder;
import java.util.Arrays;
import java.util.List;
import org.deeplearning4j.nn.api.layers.IOutputLayer;
import org.deeplearning4j.nn.conf.NeuralNetConfiguration;
import org.deeplearning4j.nn.gradient.DefaultGradient;
import org.deeplearning4j.nn.gradient.Gradient;
import org.deeplearning4j.nn.layers.BaseLayer;
import org.deeplearning4j.nn.workspace.LayerWorkspaceMgr;
import org.jspecify.annotations.Nullable;
import org.nd4j.common.primitives.Pair;
import org.nd4j.linalg.api.buffer.DataType;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.nd4j.linalg.dataset.api.DataSet;
import org.nd4j.linalg.dataset.api.iterator.DataSetIterator;
import org.nd4j.linalg.factory.Nd4j;

/** The layer at work: hands the network's tokens, parameters and gradients to a {@link Decoder}. */
final class TransformerOutput extends BaseLayer<TransformerLayer> implements IOutputLayer {

    private transient @Nullable Computing computing;
    private @Nullable INDArray labels;
    /** The labels whose score the latest backward pass left behind. */
    private @Nullable INDArray scored;

    TransformerOutput(NeuralNetConfiguration conf, DataType type) {
        super(conf, type);
        if (type != DataType.FLOAT && type != DataType.DOUBLE) {
            throw new IllegalArgumentException(
                    "a Transformer network's data type must be FLOAT or DOUBLE, got " + type);
        }
    }

    /** Probabilities {@code [b, V, t]}. */
    @Override
    public INDArray activate(boolean training, LayerWorkspaceMgr workspaces) {
        int time = time();
        float[] logits = decoder().logits(ids(input), time);
        long batch = input.size(0);
        long vocabulary = decoder().model().vocabulary();
        INDArray logits_btv = Nd4j.createFromArray(logits).reshape('c', batch, time, vocabulary);
        INDArray out_bvt = Nd4j.nn.softmax(logits_btv, 2).permute(0, 2, 1).dup('c');
        return out_bvt.castTo(dataType);
    }

    @Override
    public Pair<Gradient, @Nullable INDArray> backpropGradient(
            @Nullable INDArray epsilon, LayerWorkspaceMgr workspaces) {
        int[] targets = targets();
        gradientsFlattened.assign(0);
        double sum = decoder()
                .accumulate(ids(input), targets, time(), 1 / present(targets), getIterationCount() + conf.getSeed());
        score = sum / present(targets);
        scored = labels;
        Gradient gradient = new DefaultGradient(gradientsFlattened);
        gradientViews.forEach((name, view) -> gradient.setGradientFor(name, view, 'c'));
        this.gradient = gradient;
        return new Pair<>(gradient, null);
    }

    @Override
    public double computeScore(double regularization, boolean training, LayerWorkspaceMgr workspaces) {
        if (!training || scored != labels) {
            int[] targets = targets();
            score = decoder().totalLoss(ids(input), targets, time()) / present(targets);
        }
        scored = null;
        return score + regularization;
    }

    /** 0: decoupled weight decay shrinks weights without being part of what is minimised, so it is not in the score. */
    @Override
    public double calcRegularizationScore(boolean backpropagatedOnly) {
        return 0;
    }

    /** Mean loss of each sequence, {@code [b, 1]}. */
    @Override
    public INDArray computeScoreForExamples(double regularization, LayerWorkspaceMgr workspaces) {
        int time = time();
        int[] targets = targets();
        float[] losses = decoder().losses(ids(input), targets, time);
        double[] scores = new double[losses.length / time];
        for (int s = 0; s < scores.length; s++) {
            double sum = 0;
            for (int i = s * time; i < (s + 1) * time; i++) {
                sum += losses[i];
            }
            scores[s] = sum / present(Arrays.copyOfRange(targets, s * time, (s + 1) * time)) + regularization;
        }
        return Nd4j.createFromArray(scores).reshape(scores.length, 1).castTo(dataType);
    }

    @Override
    public void computeGradientAndScore(LayerWorkspaceMgr workspaces) {
        backpropGradient(null, workspaces);
        computeScore(0, true, workspaces);
    }

    private Decoder decoder() {
        if (computing == null) {
            // A network that only predicts has no gradients; nothing is ever added to this stand-in.
            INDArray gradients = gradientsFlattened == null ? paramsFlattened.like() : gradientsFlattened;
            computing = Computing.over(layerConf().model(), paramsFlattened, gradients);
        }
        return computing.decoder();
    }

    private void forgetDecoder() {
        if (computing != null) {
            computing.close();
        }
        computing = null;
    }

    @Override
    public void setParamsViewArray(INDArray params) {
        super.setParamsViewArray(params);
        forgetDecoder();
    }

    @Override
    public void setBackpropGradientsViewArray(INDArray gradients) {
        super.setBackpropGradientsViewArray(gradients);
        forgetDecoder();
    }

    /** In the flat vector's own order; the base class would read every matrix column by column. */
    @Override
    public void setParams(INDArray params) {
        if (params != paramsFlattened) {
            paramsFlattened.assign(params.reshape(paramsFlattened.shape()));
        }
    }

    private int time() {
        if (input.rank() != 2) {
            throw new IllegalArgumentException(
                    "features must be token ids [batch, time], got shape " + Arrays.toString(input.shape()));
        }
        return (int) input.size(1);
    }

    private int[] targets() {
        if (labels == null || !Arrays.equals(labels.shape(), input.shape())) {
            throw new IllegalArgumentException("labels must be token ids of the features' shape "
                    + Arrays.toString(input.shape()) + ", got "
                    + (labels == null ? "none" : Arrays.toString(labels.shape())));
        }
        int[] ids = ids(labels);
        INDArray mask = maskArray;
        if (mask != null) {
            int[] present = mask.castTo(DataType.INT32).ravel().toIntVector();
            for (int i = 0; i < ids.length; i++) {
                ids[i] = present[i] == 0 ? Tokens.NONE : ids[i];
            }
        }
        return ids;
    }

    private static int[] ids(INDArray array) {
        return array.castTo(DataType.INT32).ravel().toIntVector();
    }

    private static double present(int[] targets) {
        return Math.max(
                1, Arrays.stream(targets).filter(id -> id != Tokens.NONE).count());
    }

    // ---- what an output layer must say ----

    @Override
    public boolean needsLabels() {
        return true;
    }

    @Override
    public void setLabels(INDArray labels) {
        this.labels = labels;
    }

    @Override
    public @Nullable INDArray getLabels() {
        return labels;
    }

    @Override
    public boolean isPretrainLayer() {
        return false;
    }

    @Override
    public boolean hasBias() {
        return layerConf().model().block().bias();
    }

    @Override
    public boolean hasLayerNorm() {
        return false;
    }

    @Override
    @SuppressWarnings("deprecation") // the interface still asks for it
    public int numLabels() {
        return layerConf().model().vocabulary();
    }

    @Override
    public void clear() {
        super.clear();
        labels = null;
        scored = null;
    }

    @Override
    public double f1Score(DataSet data) {
        throw notAClassifier();
    }

    @Override
    public double f1Score(INDArray examples, INDArray labels) {
        throw notAClassifier();
    }

    @Override
    public int[] predict(INDArray input) {
        throw notAClassifier();
    }

    @Override
    public List<String> predict(DataSet data) {
        throw notAClassifier();
    }

    @Override
    public void fit(DataSetIterator data) {
        throw notAClassifier();
    }

    @Override
    public void fit(INDArray examples, INDArray labels) {
        throw notAClassifier();
    }

    @Override
    public void fit(DataSet data) {
        throw notAClassifier();
    }

    @Override
    public void fit(INDArray examples, int[] labels) {
        throw notAClassifier();
    }

    private static UnsupportedOperationException notAClassifier() {
        return new UnsupportedOperationException(
                "the layer predicts a token for every place; use the network's fit, output and score");
    }
}
