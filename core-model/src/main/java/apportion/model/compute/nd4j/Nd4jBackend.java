package apportion.model.compute.nd4j;

import apportion.model.compute.AdamWStep;
import apportion.model.compute.AttentionWeights;
import apportion.model.compute.Backend;
import apportion.model.compute.CausalAttention;
import apportion.model.compute.DropoutMask;
import apportion.model.compute.Precision;
import apportion.model.compute.Tensor;
import apportion.model.compute.Tokens;
import apportion.model.config.Activation;
import apportion.model.config.AttentionShape;
import apportion.model.config.Norm;
import java.util.Optional;
import java.util.OptionalInt;
import org.nd4j.linalg.api.buffer.DataType;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.nd4j.linalg.api.ops.DynamicCustomOp;
import org.nd4j.linalg.api.ops.ScalarOp;
import org.nd4j.linalg.api.ops.impl.broadcast.BroadcastMulOp;
import org.nd4j.linalg.api.ops.impl.scalar.ScalarMultiplication;
import org.nd4j.linalg.api.ops.impl.scalar.ScalarSubtraction;
import org.nd4j.linalg.api.ops.impl.transforms.floating.RSqrt;
import org.nd4j.linalg.api.ops.impl.transforms.strict.Log;
import org.nd4j.linalg.api.ops.impl.updaters.AdamUpdater;
import org.nd4j.linalg.factory.Nd4j;
import org.nd4j.linalg.ops.transforms.Transforms;

/** The Transformer's operations in ND4J's. */
public final class Nd4jBackend implements Backend {

    // Slots of the scratch memory, one for each use.
    private static final int SUM = 0;
    private static final int SQUARES = 1;
    private static final int NORMAL = 2;
    private static final int PRODUCT = 3;
    private static final int D_NORMAL = 4;
    private static final int MEAN = 5;
    private static final int SPARE = 6;
    private static final int GATE = 7;
    private static final int UP = 8;
    private static final int SLOPE = 9;

    private final Precision precision;
    private final OptionalInt gpu;
    private final Scratch scratch;

    /**
     * A backend on the device that the calling thread has.
     *
     * @throws IllegalArgumentException if ND4J has no such precision
     */
    public Nd4jBackend(Precision precision) {
        this(precision, OptionalInt.empty());
    }

    /**
     * A backend.
     *
     * @param gpu its device, as CUDA counts them; empty for the one that the calling thread has, and on a CPU
     * @throws IllegalArgumentException if ND4J has no such precision
     */
    public Nd4jBackend(Precision precision, OptionalInt gpu) {
        if (precision == Precision.BFLOAT16) {
            throw new IllegalArgumentException(
                    "nd4j computes in float or double, got bfloat16; use onednn for bfloat16");
        }
        this.precision = precision;
        this.gpu = gpu;
        attach();
        this.scratch = new Scratch(dataType());
    }

    DataType dataType() {
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

    /** ND4J computes where the calling thread's device is. */
    @Override
    public void attach() {
        gpu.ifPresent(Cuda::use);
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
        try (INDArray ids = tokens(tokens).ids()) {
            scatter("scatter_add", array(dTable_vc), ids, array(dOut_nc));
        }
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
        addColumnSums(tensor(dX_bs), tensor(dTable_tc.slice(0, 1, tc)));
    }

    @Override
    public void crossEntropy(Tensor logits_nv, Tokens targets, double gradientScale, Tensor losses_n1) {
        INDArray logits = array(logits_nv);
        INDArray losses = array(losses_n1);
        Nd4jTokens places = tokens(targets);
        INDArray flat = logits.reshape(logits.length());

        // ND4J's own log_softmax is the log of an underflowed softmax: infinite for unlikely targets.
        try (INDArray largest = logits.max(true, 1);
                INDArray index_n = places.flatIndex(logits.size(1))) {
            logits.subiColumnVector(largest);
            Nd4jTensor sum = scratch.matrix(SUM, logits.size(0), 1);
            try (INDArray target_n = gather(flat, index_n)) {
                Transforms.exp(logits, false);
                Products.multiply(1, scratch.constant(logits.size(1), 1), false, tensor(logits_nv), true, 0, sum);
                Nd4j.exec(new Log(sum.array(), losses));
                losses.subi(target_n.reshape(losses.shape()));
            }
            logits.muliColumnVector(sum.array().rdivi(gradientScale));
            INDArray scales = scratch.constant(index_n.length(), gradientScale).array();
            scatter("scatter_sub", flat, index_n, scales.reshape(index_n.length()));
        }
        if (places.someAbsent()) {
            try (INDArray present = places.present(dataType())) {
                losses.muli(present);
                logits.muliColumnVector(present);
            }
        }
    }

    // ---- inside a block ----

    @Override
    public void linear(Tensor x_ni, Tensor weight_oi, Optional<Tensor> bias_1o, Tensor out_no) {
        // out^T [o, n] = W x^T
        Products.multiply(1, tensor(weight_oi), false, tensor(x_ni), true, 0, tensor(out_no));
        bias_1o.ifPresent(bias -> array(out_no).addiRowVector(array(bias)));
    }

    @Override
    public void linearBackwardInput(Tensor dOut_no, Tensor weight_oi, Tensor dX_ni, boolean add) {
        // dX^T [i, n] = W^T dOut^T
        Products.multiply(1, tensor(weight_oi), true, tensor(dOut_no), true, add ? 1 : 0, tensor(dX_ni));
    }

    @Override
    public void linearBackwardWeight(Tensor x_ni, Tensor dOut_no, Tensor dWeight_oi, Optional<Tensor> dBias_1o) {
        // dW^T [i, o] = x^T dOut
        Products.multiply(1, tensor(x_ni), true, tensor(dOut_no), false, 1, tensor(dWeight_oi));
        dBias_1o.ifPresent(dBias -> addColumnSums(tensor(dOut_no), tensor(dBias)));
    }

    @Override
    public void norm(
            Norm norm, Tensor x_nc, Tensor gain_1c, Optional<Tensor> bias_1c, Tensor out_nc, Tensor statistics_n2) {
        long rows = x_nc.rows();
        INDArray out = array(out_nc);
        INDArray centred = array(x_nc);
        if (norm.type() == Norm.Type.LAYER) {
            Nd4jTensor mean = statistic(statistics_n2, 0);
            rowMeans(tensor(x_nc), mean);
            alongRows(new ScalarSubtraction(centred, mean.array(), out, 0));
            centred = out;
        }
        Nd4jTensor squares = scratch.matrix(SQUARES, rows, x_nc.columns());
        centred.muli(centred, squares.array());
        Nd4jTensor inverse = statistic(statistics_n2, 1);
        rowMeans(squares, inverse);
        inverse.array().addi(norm.epsilon());
        Nd4j.exec(new RSqrt(inverse.array(), inverse.array()));
        alongRows(new ScalarMultiplication(centred, inverse.array(), out, 0));
        out.muliRowVector(array(gain_1c));
        bias_1c.ifPresent(bias -> out.addiRowVector(array(bias)));
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
        long rows = x_nc.rows();
        long columns = x_nc.columns();
        boolean layer = norm.type() == Norm.Type.LAYER;
        INDArray inverse = statistic(statistics_n2, 1).array();

        // The normalised input again, from the saved statistics.
        INDArray normal = scratch.matrix(NORMAL, rows, columns).array();
        INDArray centred = array(x_nc);
        if (layer) {
            INDArray mean = statistic(statistics_n2, 0).array();
            alongRows(new ScalarSubtraction(centred, mean, normal, 0));
            centred = normal;
        }
        alongRows(new ScalarMultiplication(centred, inverse, normal, 0));

        Nd4jTensor product = scratch.matrix(PRODUCT, rows, columns);
        dOut.muli(normal, product.array());
        addColumnSums(product, tensor(dGain_1c));
        dBias_1c.ifPresent(dBias -> addColumnSums(tensor(dOut_nc), tensor(dBias)));

        // dx = inverse * (dn - mean(dn) - n mean(dn n)), with dn = dOut * gain; without mean(dn) for RMS.
        // As dn is a product with the gain, so are both means: one small product instead of a pass over all numbers.
        Nd4jTensor gain = tensor(gain_1c);
        INDArray dNormal = scratch.matrix(D_NORMAL, rows, columns).array();
        Nd4j.exec(new BroadcastMulOp(dOut, gain.array(), dNormal, 1));
        Nd4jTensor mean = scratch.matrix(MEAN, rows, 1);
        Products.multiply(1.0 / columns, gain, false, product, true, 0, mean);
        normal.muliColumnVector(mean.array());
        if (layer) {
            Products.multiply(1.0 / columns, gain, false, tensor(dOut_nc), true, 0, mean);
            dNormal.subiColumnVector(mean.array());
        }
        dNormal.subi(normal);
        dNormal.muliColumnVector(inverse);
        array(dX_nc).addi(dNormal);
    }

    @Override
    public void activation(Activation activation, Tensor hidden, Tensor out_nf) {
        INDArray out = array(out_nf);
        if (activation.gated()) {
            Curves.value(activation.curve(), half(hidden, 0, GATE), out);
            out.muli(half(hidden, 1, UP));
        } else {
            Curves.value(activation.curve(), array(hidden), out);
        }
    }

    @Override
    public void activationBackward(Activation activation, Tensor dOut_nf, Tensor hidden, Tensor dHidden) {
        INDArray dOut = array(dOut_nf);
        INDArray spare =
                scratch.matrix(SPARE, dOut_nf.rows(), dOut_nf.columns()).array();
        if (activation.gated()) {
            // d/dg f(g) u = f'(g) u and d/du = f(g)
            INDArray gate = half(hidden, 0, GATE);
            INDArray up = half(hidden, 1, UP);
            INDArray slope =
                    scratch.matrix(SLOPE, dOut_nf.rows(), dOut_nf.columns()).array();
            Curves.slope(activation.curve(), gate, slope, spare);
            halfView(dHidden, 0).assign(slope.muli(up).muli(dOut));
            Curves.value(activation.curve(), gate, slope);
            halfView(dHidden, 1).assign(slope.muli(dOut));
        } else {
            INDArray dX = array(dHidden);
            Curves.slope(activation.curve(), array(hidden), dX, spare);
            dX.muli(dOut);
        }
    }

    @Override
    public CausalAttention attention(AttentionShape shape, AttentionWeights weights, AttentionWeights gradients) {
        return new Nd4jAttention(this, shape, weights, gradients);
    }

    @Override
    public void join(Tensor left_ni, Tensor right_nj, Tensor out) {
        columns(out, 0, left_ni.columns()).assign(array(left_ni));
        columns(out, left_ni.columns(), right_nj.columns()).assign(array(right_nj));
    }

    @Override
    public void split(Tensor x, Tensor left_ni, Tensor right_nj) {
        array(left_ni).assign(columns(x, 0, left_ni.columns()));
        array(right_nj).assign(columns(x, left_ni.columns(), right_nj.columns()));
    }

    @Override
    public void softmax(Tensor x) {
        INDArray rows = array(x);
        Nd4j.exec(DynamicCustomOp.builder("softmax")
                .addInputs(rows)
                .addOutputs(rows)
                .build());
    }

    @Override
    public void softmaxBackward(Tensor probabilities, Tensor d) {
        // p (d - sum(d p))
        Nd4jTensor dots = scratch.matrix(SUM, d.rows(), 1);
        rowDots(probabilities, d, dots);
        array(d).subiColumnVector(dots.array()).muli(array(probabilities));
    }

    @Override
    public void scaleRows(Tensor x_nc, Tensor factors_n1, Tensor out_nc) {
        alongRows(new ScalarMultiplication(array(x_nc), array(factors_n1), array(out_nc), 0));
    }

    @Override
    public void rowDots(Tensor a_nc, Tensor b_nc, Tensor out_n1) {
        Nd4jTensor products = scratch.matrix(PRODUCT, a_nc.rows(), a_nc.columns());
        array(a_nc).muli(array(b_nc), products.array());
        Products.multiply(1, scratch.constant(a_nc.columns(), 1), false, products, true, 0, tensor(out_n1));
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
        float[] factors = new float[Math.toIntExact(x.size())];
        DropoutMask.fill(seed, rate, 0, factors.length, factors);
        try (INDArray mask = Nd4j.createFromArray(factors)) {
            array(x).muli(mask.reshape(x.rows(), x.columns()).castTo(dataType()));
        }
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
        INDArray update = array(gradients);
        // ND4J rounds the betas to its arrays' type, so the bias that is corrected is theirs, rounded: 1 - beta2 in
        // floats differs from that in doubles by up to 1e-4 of itself.
        AdamWStep rounded = new AdamWStep(
                step.learningRate(),
                rounded(step.beta1()),
                rounded(step.beta2()),
                step.epsilon(),
                step.weightDecay(),
                step.step());
        // ND4J adds epsilon before it corrects the bias, in single precision. So it is told of a late step, when
        // nothing
        // is left to correct, and of a rate and an epsilon that hold the corrections:
        // lr (m / c1) / (sqrt(v / c2) + eps) = lr sqrt(c2) / c1 * m / (sqrt(v) + eps sqrt(c2))
        double root = Math.sqrt(rounded.correction2());
        Nd4j.exec(new AdamUpdater(
                update,
                array(secondMoment),
                array(firstMoment),
                rounded.learningRate() * root / rounded.correction1(),
                rounded.beta1(),
                rounded.beta2(),
                rounded.epsilon() * root,
                Integer.MAX_VALUE - 1));
        INDArray w = array(weights);
        if (step.weightDecay() != 0) {
            w.muli(1 - step.learningRate() * step.weightDecay());
        }
        w.subi(update);
    }

    @Override
    public void close() {
        scratch.close();
    }

    // ---- pieces ----

    private static Nd4jTensor tensor(Tensor tensor) {
        return (Nd4jTensor) tensor;
    }

    private static INDArray array(Tensor tensor) {
        return tensor(tensor).array();
    }

    private static Nd4jTokens tokens(Tokens tokens) {
        return (Nd4jTokens) tokens;
    }

    private static INDArray sequences(Tensor x_nc, int time) {
        return array(x_nc).reshape('c', x_nc.rows() / time, time, x_nc.columns());
    }

    private double rounded(double value) {
        return precision == Precision.FLOAT ? (float) value : value;
    }

    static INDArray gather(INDArray flat, INDArray index) {
        return Nd4j.exec(DynamicCustomOp.builder("gather")
                .addInputs(flat, index)
                .addIntegerArguments(0)
                .build())[0];
    }

    static void scatter(String operation, INDArray into, INDArray index, INDArray updates) {
        Nd4j.exec(DynamicCustomOp.builder(operation)
                .addInputs(into, index, updates)
                .addOutputs(into)
                .addBooleanArguments(true)
                .build());
    }

    /** Some columns as a view with gaps. */
    private static INDArray columns(Tensor x, long from, long count) {
        INDArray array = array(x);
        return Nd4j.create(
                array.data(),
                new long[] {array.size(0), count},
                new long[] {array.size(1), 1},
                array.offset() + from,
                'c');
    }

    /** One half of a gated activation's inputs as a view with gaps. */
    private static INDArray halfView(Tensor hidden, int half) {
        long width = hidden.columns() / 2;
        return columns(hidden, half * width, width);
    }

    private INDArray half(Tensor hidden, int half, int slot) {
        INDArray view = halfView(hidden, half);
        return scratch.matrix(slot, view.size(0), view.size(1)).array().assign(view);
    }

    /** One number for each row, out of the memory of {@code [n, 2]}. */
    private static Nd4jTensor statistic(Tensor statistics_n2, int index) {
        long rows = statistics_n2.rows();
        return tensor(statistics_n2.slice(index * rows, rows, 1));
    }

    private void rowMeans(Nd4jTensor x_nc, Nd4jTensor out_n1) {
        Products.multiply(1.0 / x_nc.columns(), scratch.constant(x_nc.columns(), 1), false, x_nc, true, 0, out_n1);
    }

    private void addColumnSums(Nd4jTensor x_nc, Nd4jTensor sums_1c) {
        Products.multiply(1, x_nc, true, scratch.constant(x_nc.rows(), 1), true, 1, sums_1c);
    }

    /** Runs an operation of a matrix with a column, whose numbers each serve one row. */
    private static void alongRows(ScalarOp operation) {
        operation.setDimension(1);
        Nd4j.exec(operation);
    }
}
