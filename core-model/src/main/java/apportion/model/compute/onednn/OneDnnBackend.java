package apportion.model.compute.onednn;

import apportion.model.compute.AdamWStep;
import apportion.model.compute.AttentionWeights;
import apportion.model.compute.Backend;
import apportion.model.compute.CausalAttention;
import apportion.model.compute.Precision;
import apportion.model.compute.Tensor;
import apportion.model.compute.Tokens;
import apportion.model.config.Activation;
import apportion.model.config.AttentionShape;
import apportion.model.config.Norm;
import java.util.HashSet;
import java.util.Optional;
import java.util.Set;

/**
 * The Transformer's operations on this machine's CPU, through oneDNN.
 *
 * <p>Numbers are 32 bits wide. Results have the same bits for any number of threads. Closing the backend frees all
 * memory that it allocated.
 */
public final class OneDnnBackend implements Backend {

    private final Precision precision;
    private final Crew crew;
    private final Plans plans = new Plans();
    private final Primitives primitives;
    private final Products products;
    private final Norms norms;
    private final Functions functions;
    private final CrossEntropy crossEntropy;
    private final Embeddings embeddings;
    private final Numbers numbers;
    private final Rows rows;
    private final Set<Memory> allocated = new HashSet<>();
    private final Cursor cursor = new Cursor();

    /**
     * A backend.
     *
     * @param threads that compute, the caller's among them
     * @throws IllegalArgumentException if it has no such precision, or this CPU lacks the instructions
     * @throws LinkageError if oneDNN does not load here
     */
    public OneDnnBackend(Precision precision, int threads) {
        if (threads < 1) {
            throw new IllegalArgumentException("threads must be at least 1, got " + threads);
        }
        if (precision == Precision.DOUBLE) {
            throw new IllegalArgumentException("onednn computes in float or bfloat16, got double; use nd4j for double");
        }
        Library library = Library.load();
        if (precision == Precision.BFLOAT16 && !library.multipliesBfloat16()) {
            throw new IllegalArgumentException(
                    "this CPU has no instructions for bfloat16 (avx512_bf16 or amx_bf16); use precision float");
        }
        library.keepToThisThread();
        this.precision = precision;
        this.crew = new Crew(library, threads);
        this.primitives = new Primitives(library, threads);
        this.products = new Products(primitives, plans, crew, precision == Precision.BFLOAT16);
        this.norms = new Norms(primitives, plans, crew);
        this.functions = new Functions(primitives, plans, crew);
        this.crossEntropy = new CrossEntropy(primitives, plans, crew);
        this.embeddings = new Embeddings(crew);
        this.numbers = new Numbers(crew);
        this.rows = new Rows(crew);
    }

    /** Why oneDNN does not load on this machine, if it does not. */
    public static Optional<String> obstacle() {
        return Obstacle.FOUND;
    }

    /** Found once: after the first failure Java would only say that there was one. */
    private static final class Obstacle {

        static final Optional<String> FOUND = find();

        private static Optional<String> find() {
            try {
                Library.load();
                return Optional.empty();
            } catch (LinkageError e) {
                Throwable cause = e;
                while (cause.getCause() != null) {
                    cause = cause.getCause();
                }
                return Optional.of(String.valueOf(cause.getMessage()));
            }
        }
    }

    @Override
    public String name() {
        return "onednn";
    }

    @Override
    public Precision precision() {
        return precision;
    }

    // ---- memory ----

    @Override
    public Tensor allocate(long rows, long columns) {
        Memory memory = new Memory(Math.multiplyExact(Math.multiplyExact(rows, columns), Float.BYTES));
        allocated.add(memory);
        return OneDnnTensor.owning(memory.address(), rows, columns, () -> {
            if (allocated.remove(memory)) {
                memory.close();
            }
        });
    }

    /**
     * Memory that somebody else owns, as one row: it must stay as long as the tensor and its slices are used.
     *
     * @param address of the first of {@code size} 32-bit numbers that lie side by side in native memory
     */
    public static Tensor borrow(long address, long size) {
        return OneDnnTensor.borrowing(address, size);
    }

    @Override
    public Tokens allocateTokens(int capacity) {
        return new OneDnnTokens(capacity);
    }

    @Override
    public void write(float[] values, Tensor out) {
        if (values.length != out.size()) {
            throw new IllegalArgumentException(
                    "a tensor of " + out.size() + " numbers cannot take " + values.length + " values");
        }
        cursor.at(OneDnnTensor.of(out).address()).put(values, 0, values.length);
    }

    @Override
    public void read(Tensor x, float[] out) {
        if (out.length != x.size()) {
            throw new IllegalArgumentException(
                    "a tensor of " + x.size() + " numbers cannot fill " + out.length + " values");
        }
        cursor.at(OneDnnTensor.of(x).address()).get(out, 0, out.length);
    }

    @Override
    public void clear(Tensor x) {
        numbers.clear(of(x));
    }

    // ---- the model's edges ----

    @Override
    public void embed(Tensor table_vc, Tokens tokens, Tensor out_nc) {
        embeddings.forward(of(table_vc), of(tokens), of(out_nc));
    }

    @Override
    public void embedBackward(Tensor dOut_nc, Tokens tokens, Tensor dTable_vc) {
        embeddings.backward(of(dOut_nc), of(tokens), of(dTable_vc));
    }

    @Override
    public void addPositions(Tensor table_tc, int time, Tensor x_nc) {
        embeddings.addPositions(of(table_tc), time, of(x_nc));
    }

    @Override
    public void addPositionsBackward(Tensor dX_nc, int time, Tensor dTable_tc) {
        embeddings.addPositionsBackward(of(dX_nc), time, of(dTable_tc));
    }

    @Override
    public void crossEntropy(Tensor logits_nv, Tokens targets, double gradientScale, Tensor losses_n1) {
        crossEntropy.run(of(logits_nv), of(targets), gradientScale, of(losses_n1));
    }

    // ---- inside a block ----

    @Override
    public void linear(Tensor x_ni, Tensor weight_oi, Optional<Tensor> bias_1o, Tensor out_no) {
        products.forward(of(x_ni), of(weight_oi), bias_1o.map(OneDnnTensor::of), Optional.empty(), of(out_no));
    }

    @Override
    public void linear(Tensor x_ni, Tensor weight_oi, Optional<Tensor> bias_1o, Tensor addend_no, Tensor out_no) {
        products.forward(
                of(x_ni), of(weight_oi), bias_1o.map(OneDnnTensor::of), Optional.of(of(addend_no)), of(out_no));
    }

    @Override
    public void linearBackwardInput(Tensor dOut_no, Tensor weight_oi, Tensor dX_ni, boolean add) {
        products.backwardInput(of(dOut_no), of(weight_oi), of(dX_ni), add);
    }

    @Override
    public void linearBackwardWeight(Tensor x_ni, Tensor dOut_no, Tensor dWeight_oi, Optional<Tensor> dBias_1o) {
        products.backwardWeight(of(x_ni), of(dOut_no), of(dWeight_oi), dBias_1o.map(OneDnnTensor::of));
    }

    @Override
    public void linearBackward(
            Tensor x_ni, Tensor weight_oi, Tensor dOut_no, Tensor dX_ni, Tensor dWeight_oi, Optional<Tensor> dBias_1o) {
        products.backward(
                of(x_ni), of(weight_oi), of(dOut_no), of(dX_ni), of(dWeight_oi), dBias_1o.map(OneDnnTensor::of));
    }

    @Override
    public void norm(
            Norm norm, Tensor x_nc, Tensor gain_1c, Optional<Tensor> bias_1c, Tensor out_nc, Tensor statistics_n2) {
        norms.forward(norm, of(x_nc), of(gain_1c), bias_1c.map(OneDnnTensor::of), of(out_nc), of(statistics_n2));
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
        norms.backward(
                norm,
                of(dOut_nc),
                of(x_nc),
                of(gain_1c),
                of(statistics_n2),
                of(dX_nc),
                of(dGain_1c),
                dBias_1c.map(OneDnnTensor::of));
    }

    @Override
    public void activation(Activation activation, Tensor hidden, Tensor out_nf) {
        functions.forward(activation, of(hidden), of(out_nf));
    }

    @Override
    public void activationBackward(Activation activation, Tensor dOut_nf, Tensor hidden, Tensor dHidden) {
        functions.backward(activation, of(dOut_nf), of(hidden), of(dHidden));
    }

    @Override
    public CausalAttention attention(AttentionShape shape, AttentionWeights weights, AttentionWeights gradients) {
        return new OneDnnAttention(shape, weights, gradients, primitives, plans, crew);
    }

    @Override
    public void join(Tensor left_ni, Tensor right_nj, Tensor out) {
        rows.join(of(left_ni), of(right_nj), of(out));
    }

    @Override
    public void split(Tensor x, Tensor left_ni, Tensor right_nj) {
        rows.split(of(x), of(left_ni), of(right_nj));
    }

    @Override
    public void softmax(Tensor x) {
        rows.softmax(of(x));
    }

    @Override
    public void softmaxBackward(Tensor probabilities, Tensor d) {
        rows.softmaxBackward(of(probabilities), of(d));
    }

    @Override
    public void scaleRows(Tensor x_nc, Tensor factors_n1, Tensor out_nc) {
        rows.scale(of(x_nc), of(factors_n1), of(out_nc));
    }

    @Override
    public void rowDots(Tensor a_nc, Tensor b_nc, Tensor out_n1) {
        rows.dots(of(a_nc), of(b_nc), of(out_n1));
    }

    @Override
    public void copy(Tensor x, Tensor y) {
        numbers.copy(of(x), of(y));
    }

    @Override
    public void add(Tensor x, Tensor y) {
        numbers.add(of(x), of(y));
    }

    @Override
    public void dropout(Tensor x, double rate, long seed) {
        if (rate > 0) {
            numbers.dropout(of(x), rate, seed);
        }
    }

    // ---- optimisation ----

    @Override
    public double sum(Tensor x) {
        return numbers.sum(of(x));
    }

    @Override
    public double squaredNorm(Tensor x) {
        return numbers.squaredNorm(of(x));
    }

    @Override
    public void scale(Tensor x, double factor) {
        numbers.scale(of(x), factor);
    }

    @Override
    public void adamW(AdamWStep step, Tensor weights, Tensor gradients, Tensor firstMoment, Tensor secondMoment) {
        numbers.adamW(step, of(weights), of(gradients), of(firstMoment), of(secondMoment));
    }

    @Override
    public void close() {
        plans.close();
        norms.close();
        products.close();
        crew.close();
        allocated.forEach(Memory::close);
        allocated.clear();
    }

    private static OneDnnTensor of(Tensor tensor) {
        return OneDnnTensor.of(tensor);
    }

    private static OneDnnTokens of(Tokens tokens) {
        return (OneDnnTokens) tokens;
    }
}
