package apportion.model.compute.nd4j;

import apportion.model.compute.AdamWStep;
import apportion.model.compute.Backend;
import apportion.model.compute.CausalAttention;
import apportion.model.compute.Precision;
import apportion.model.compute.Tensor;
import apportion.model.compute.Tokens;
import apportion.model.config.Activation;
import apportion.model.config.AttentionConfig;
import apportion.model.config.Norm;
import apportion.model.config.Positions;
import java.util.Optional;
import org.nd4j.linalg.api.buffer.DataType;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.nd4j.linalg.api.ops.DynamicCustomOp;
import org.nd4j.linalg.api.ops.impl.transforms.strict.Erf;
import org.nd4j.linalg.api.ops.random.impl.BernoulliDistribution;
import org.nd4j.linalg.api.rng.Random;
import org.nd4j.linalg.factory.Nd4j;
import org.nd4j.linalg.ops.transforms.Transforms;

/** The Transformer's operations in ND4J's. */
public final class Nd4jBackend implements Backend {

    private static final double SQRT_HALF = Math.sqrt(0.5);
    private static final double INVERSE_SQRT_TWO_PI = 1 / Math.sqrt(2 * Math.PI);

    private final Precision precision;
    private final Random random = Nd4j.getRandomFactory().getNewRandomInstance();
    private final Scratch scratch;

    public Nd4jBackend(Precision precision) {
        this.precision = precision;
        this.scratch = new Scratch(dataType());
    }

    private DataType dataType() {
        return precision == Precision.FLOAT ? DataType.FLOAT : DataType.DOUBLE;
    }

    @Override
    public String name() {
        return "nd4j";
    }

    @Override
    public Precision precision() {
        return precision;
    }

    // ---- memory ----

    @Override
    public Tensor allocate(long rows, long columns) {
        return Nd4jTensor.allocate(dataType(), rows, columns);
    }

    @Override
    public Tokens allocateTokens(int capacity) {
        return new Nd4jTokens(capacity);
    }

    @Override
    public void write(float[] values, Tensor out) {
        if (values.length != out.size()) {
            throw new IllegalArgumentException(
                    "a tensor of " + out.size() + " numbers cannot take " + values.length + " values");
        }
        INDArray to = array(out);
        INDArray from = Nd4j.createFromArray(values).reshape(to.shape());
        to.assign(from);
        from.close();
    }

    @Override
    public void read(Tensor x, float[] out) {
        if (out.length != x.size()) {
            throw new IllegalArgumentException(
                    "a tensor of " + x.size() + " numbers cannot fill " + out.length + " values");
        }
        System.arraycopy(array(x).dup().data().asFloat(), 0, out, 0, out.length);
    }

    @Override
    public void clear(Tensor x) {
        array(x).assign(0);
    }

    // ---- the model's edges ----

    @Override
    public void embed(Tensor table_vc, Tokens tokens, Tensor out_nc) {
        Nd4j.pullRows(array(table_vc), array(out_nc), 1, tokens(tokens).rows());
    }

    @Override
    public void embedBackward(Tensor dOut_nc, Tokens tokens, Tensor dTable_vc) {
        // The lock keeps rows that occur twice from racing, and the order of additions fixed.
        Nd4j.exec(DynamicCustomOp.builder("scatter_add")
                .addInputs(array(dTable_vc), tokens(tokens).ids(), array(dOut_nc))
                .addOutputs(array(dTable_vc))
                .addBooleanArguments(true)
                .build());
    }

    @Override
    public void addPositions(Tensor table_tc, int time, Tensor x_nc) {
        INDArray x_btc = sequences(x_nc, time);
        x_btc.addi(array(table_tc.firstRows(time)).reshape('c', 1, time, table_tc.columns()));
    }

    @Override
    public void addPositionsBackward(Tensor dX_nc, int time, Tensor dTable_tc) {
        long tc = time * dX_nc.columns();
        Tensor dX_bs = dX_nc.slice(0, dX_nc.rows() / time, tc);
        addColumnSums(array(dX_bs), array(dTable_tc.slice(0, 1, tc)));
    }

    @Override
    public void crossEntropy(Tensor logits_nv, Tokens targets, double gradientScale, Tensor losses_n1) {
        INDArray logits = array(logits_nv);
        INDArray losses = array(losses_n1);
        Nd4jTokens places = tokens(targets);
        INDArray flat = logits.reshape(logits.length());
        INDArray index_n = places.flatIndex(logits.size(1));

        // ND4J's own log_softmax is the log of an underflowed softmax: infinite for unlikely targets.
        logits.subiColumnVector(logits.max(true, 1));
        INDArray target_n = gather(flat, index_n);
        Transforms.exp(logits, false);
        INDArray sum = scratch.matrix(0, logits.size(0), 1);
        Products.multiply(scratch.constant(logits.size(1), 1), false, logits, true, sum, 0);
        losses.assign(sum);
        Transforms.log(losses, false).subi(target_n.reshape(losses.shape()));

        logits.muliColumnVector(sum.rdivi(1));
        Nd4j.exec(DynamicCustomOp.builder("scatter_sub")
                .addInputs(flat, index_n, Nd4j.ones(dataType(), index_n.length()))
                .addOutputs(flat)
                .addBooleanArguments(true)
                .build());
        if (places.someAbsent()) {
            INDArray present = places.present(dataType());
            losses.muli(present.reshape(losses.shape()));
            logits.muliColumnVector(present.reshape(losses.shape()));
        }
        logits.muli(gradientScale);
    }

    // ---- inside a block ----

    @Override
    public void linear(Tensor x_ni, Tensor weight_oi, Optional<Tensor> bias_1o, Tensor out_no) {
        // out^T [o, n] = W x^T
        Products.multiply(array(weight_oi), false, array(x_ni), true, array(out_no), 0);
        bias_1o.ifPresent(bias -> addToRows(array(bias), array(out_no)));
    }

    @Override
    public void linearBackwardInput(Tensor dOut_no, Tensor weight_oi, Tensor dX_ni, boolean add) {
        // dX^T [i, n] = W^T dOut^T
        Products.multiply(array(weight_oi), true, array(dOut_no), true, array(dX_ni), add ? 1 : 0);
    }

    @Override
    public void linearBackwardWeight(Tensor x_ni, Tensor dOut_no, Tensor dWeight_oi, Optional<Tensor> dBias_1o) {
        // dW^T [i, o] = x^T dOut
        Products.multiply(array(x_ni), true, array(dOut_no), false, array(dWeight_oi), 1);
        dBias_1o.ifPresent(dBias -> addColumnSums(array(dOut_no), array(dBias)));
    }

    @Override
    public void norm(
            Norm norm, Tensor x_nc, Tensor gain_1c, Optional<Tensor> bias_1c, Tensor out_nc, Tensor statistics_n2) {
        INDArray out = array(out_nc);
        long rows = out.size(0);
        out.assign(array(x_nc));
        INDArray mean = statistic(statistics_n2, 0, rows);
        if (norm.type() == Norm.Type.LAYER) {
            rowMeans(out, mean);
            subtractFromColumns(mean, out);
        }
        INDArray squares = scratch.matrix(0, rows, out.size(1));
        squares.assign(out).muli(out);
        INDArray inverse = statistic(statistics_n2, 1, rows);
        rowMeans(squares, inverse);
        Transforms.sqrt(inverse.addi(norm.epsilon()), false).rdivi(1);
        scaleColumns(inverse, out);
        scaleRows(array(gain_1c), out);
        bias_1c.ifPresent(bias -> addToRows(array(bias), out));
    }

    @Override
    public void normBackward(
            Norm norm,
            Tensor dOut_nc,
            Tensor x_nc,
            Tensor gain_1c,
            Tensor statistics_n2,
            Tensor dX_nc,
            Tensor dGain_1c,
            Optional<Tensor> dBias_1c) {
        INDArray dOut = array(dOut_nc);
        long rows = dOut.size(0);
        long columns = dOut.size(1);
        boolean layer = norm.type() == Norm.Type.LAYER;
        INDArray inverse = statistic(statistics_n2, 1, rows);

        // The normalised input again, from the saved statistics.
        INDArray normal = scratch.matrix(0, rows, columns);
        normal.assign(array(x_nc));
        if (layer) {
            subtractFromColumns(statistic(statistics_n2, 0, rows), normal);
        }
        scaleColumns(inverse, normal);

        INDArray product = scratch.matrix(1, rows, columns);
        product.assign(dOut).muli(normal);
        addColumnSums(product, array(dGain_1c));
        dBias_1c.ifPresent(dBias -> addColumnSums(dOut, array(dBias)));

        // dx = inverse * (dn - mean(dn) - n mean(dn n)), with dn = dOut * gain; without mean(dn) for RMS.
        INDArray dNormal = scratch.matrix(2, rows, columns);
        dNormal.assign(dOut);
        scaleRows(array(gain_1c), dNormal);
        product.assign(dNormal).muli(normal);
        INDArray mean = scratch.matrix(3, rows, 1);
        rowMeans(product, mean);
        scaleColumns(mean, normal);
        if (layer) {
            rowMeans(dNormal, mean);
            subtractFromColumns(mean, dNormal);
        }
        dNormal.subi(normal);
        scaleColumns(inverse, dNormal);
        array(dX_nc).addi(dNormal);
    }

    @Override
    public void activation(Activation activation, Tensor hidden, Tensor out_nf) {
        INDArray out = array(out_nf);
        switch (activation) {
            case GELU -> {
                INDArray x = array(hidden);
                gaussianShare(x, out);
                out.muli(x);
            }
            case SWIGLU -> {
                INDArray gate = half(hidden, 0, 0);
                exec("sigmoid", gate, out);
                out.muli(gate).muli(half(hidden, 1, 0));
            }
        }
    }

    @Override
    public void activationBackward(Activation activation, Tensor dOut_nf, Tensor hidden, Tensor dHidden) {
        INDArray dOut = array(dOut_nf);
        switch (activation) {
            case GELU -> {
                // d/dx x Phi(x) = Phi(x) + x phi(x)
                INDArray x = array(hidden);
                INDArray density = scratch.matrix(0, x.size(0), x.size(1));
                density.assign(x).muli(x).muli(-0.5);
                Transforms.exp(density, false).muli(INVERSE_SQRT_TWO_PI).muli(x);
                INDArray dX = array(dHidden);
                gaussianShare(x, dX);
                dX.addi(density).muli(dOut);
            }
            case SWIGLU -> {
                // With s = sigmoid(g): d/dg g s u = (s + g s (1 - s)) u and d/du = g s.
                INDArray gate = half(hidden, 0, 0);
                INDArray up = half(hidden, 1, 1);
                INDArray sigmoid = scratch.matrix(2, gate.size(0), gate.size(1));
                exec("sigmoid", gate, sigmoid);
                INDArray swish = gate.muli(sigmoid);
                INDArray slope = scratch.matrix(3, gate.size(0), gate.size(1));
                slope.assign(sigmoid).rsubi(1).muli(swish).addi(sigmoid);
                halfView(dHidden, 0).assign(slope.muli(up).muli(dOut));
                halfView(dHidden, 1).assign(swish.muli(dOut));
            }
        }
    }

    @Override
    public CausalAttention attention(AttentionConfig attention, Positions positions) {
        return new Nd4jAttention(attention, positions, dataType());
    }

    @Override
    public void copy(Tensor x, Tensor y) {
        array(y).assign(array(x));
    }

    @Override
    public void add(Tensor x, Tensor y) {
        array(y).addi(array(x));
    }

    @Override
    public void dropout(Tensor x, double rate, long seed) {
        if (rate == 0) {
            return;
        }
        INDArray mask = scratch.matrix(0, x.rows(), x.columns());
        random.setSeed(seed);
        Nd4j.getExecutioner().exec(new BernoulliDistribution(mask, 1 - rate), random);
        array(x).muli(mask).muli(1 / (1 - rate));
    }

    // ---- optimisation ----

    @Override
    public double sum(Tensor x) {
        return array(x).sumNumber().doubleValue();
    }

    @Override
    public double squaredNorm(Tensor x) {
        double norm = array(x).norm2Number().doubleValue();
        return norm * norm;
    }

    @Override
    public void scale(Tensor x, double factor) {
        array(x).muli(factor);
    }

    @Override
    public void adamW(AdamWStep step, Tensor weights, Tensor gradients, Tensor firstMoment, Tensor secondMoment) {
        INDArray w = array(weights);
        INDArray g = array(gradients);
        INDArray m = array(firstMoment);
        INDArray v = array(secondMoment);
        INDArray term = scratch.matrix(0, w.size(0), w.size(1));
        m.muli(step.beta1()).addi(term.assign(g).muli(1 - step.beta1()));
        v.muli(step.beta2()).addi(term.assign(g).muli(g).muli(1 - step.beta2()));
        // lr (m / c1) / (sqrt(v / c2) + eps) = lr sqrt(c2) / c1 * m / (sqrt(v) + eps sqrt(c2))
        double root = Math.sqrt(step.correction2());
        term.assign(v);
        Transforms.sqrt(term, false).addi(step.epsilon() * root).rdivi(m);
        if (step.weightDecay() != 0) {
            w.muli(1 - step.learningRate() * step.weightDecay());
        }
        w.subi(term.muli(step.learningRate() * root / step.correction1()));
    }

    @Override
    public void close() {
        scratch.close();
        try {
            random.close();
        } catch (Exception e) {
            throw new IllegalStateException("ND4J's random generator did not close", e);
        }
    }

    // ---- pieces ----

    private static INDArray array(Tensor tensor) {
        return ((Nd4jTensor) tensor).array();
    }

    private static Nd4jTokens tokens(Tokens tokens) {
        return (Nd4jTokens) tokens;
    }

    private static INDArray sequences(Tensor x_nc, int time) {
        return array(x_nc).reshape('c', x_nc.rows() / time, time, x_nc.columns());
    }

    private static INDArray gather(INDArray flat, INDArray index) {
        return Nd4j.exec(DynamicCustomOp.builder("gather")
                .addInputs(flat, index)
                .addIntegerArguments(0)
                .build())[0];
    }

    private static void exec(String operation, INDArray in, INDArray out) {
        Nd4j.exec(
                DynamicCustomOp.builder(operation).addInputs(in).addOutputs(out).build());
    }

    /** {@code out = Phi(x)}, the normal distribution function. */
    private static void gaussianShare(INDArray x, INDArray out) {
        out.assign(x).muli(SQRT_HALF);
        Nd4j.exec(new Erf(out, out));
        out.addi(1).muli(0.5);
    }

    /** One half of a gated activation's inputs as a view with gaps. */
    private static INDArray halfView(Tensor hidden, int half) {
        INDArray array = array(hidden);
        long width = array.size(1) / 2;
        return Nd4j.create(
                array.data(),
                new long[] {array.size(0), width},
                new long[] {2 * width, 1},
                array.offset() + half * width,
                'c');
    }

    private INDArray half(Tensor hidden, int half, int slot) {
        INDArray view = halfView(hidden, half);
        return scratch.matrix(slot, view.size(0), view.size(1)).assign(view);
    }

    private static INDArray statistic(Tensor statistics_n2, int index, long rows) {
        return array(statistics_n2.slice(index * rows, rows, 1));
    }

    private void rowMeans(INDArray x_nc, INDArray out_n1) {
        INDArray share = scratch.constant(x_nc.size(1), 1.0 / x_nc.size(1));
        Products.multiply(share, false, x_nc, true, out_n1, 0);
    }

    private void addColumnSums(INDArray x_nc, INDArray sums_1c) {
        INDArray ones = scratch.constant(x_nc.size(0), 1);
        Products.multiply(x_nc, true, ones, true, sums_1c, 1);
    }

    private static void addToRows(INDArray row, INDArray x) {
        x.addiRowVector(row);
    }

    private static void scaleRows(INDArray row, INDArray x) {
        x.muliRowVector(row);
    }

    private static void scaleColumns(INDArray column, INDArray x) {
        x.muliColumnVector(column);
    }

    private static void subtractFromColumns(INDArray column, INDArray x) {
        x.subiColumnVector(column);
    }
}
