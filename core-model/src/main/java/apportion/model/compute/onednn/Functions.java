package apportion.model.compute.onednn;

import static org.bytedeco.dnnl.global.dnnl.dnnl_eltwise_gelu_erf;
import static org.bytedeco.dnnl.global.dnnl.dnnl_eltwise_gelu_tanh;
import static org.bytedeco.dnnl.global.dnnl.dnnl_eltwise_relu;
import static org.bytedeco.dnnl.global.dnnl.dnnl_eltwise_swish;

import apportion.model.compute.onednn.Primitives.Shape;
import apportion.model.config.Activation;
import java.util.Optional;

/** The feed-forward network's activations, some rows at a time. */
final class Functions {

    /** Numbers of a chunk: input and output stay in a core's second-level cache. */
    private static final int CHUNK = 1 << 15;

    // Slots of a worker's memory.
    private static final int GATE = 0;
    private static final int CURVE = 1;
    private static final int D_GATE = 2;

    private record Key(Activation activation, boolean backward, long rows, long width) {}

    private final Primitives primitives;
    private final Plans plans;
    private final Crew crew;

    Functions(Primitives primitives, Plans plans, Crew crew) {
        this.primitives = primitives;
        this.plans = plans;
        this.crew = crew;
    }

    private ByRows plan(Activation activation, boolean backward, OneDnnTensor out_nf) {
        Key key = new Key(activation, backward, out_nf.rows(), out_nf.columns());
        return plans.get(ByRows.class, key, () -> new ByRows(key));
    }

    void forward(Activation activation, OneDnnTensor hidden, OneDnnTensor out_nf) {
        ByRows plan = plan(activation, false, out_nf);
        crew.run(plan.cut.chunks(), (chunk, worker) -> {
            long in = hidden.address() + plan.offset(chunk, hidden);
            long out = out_nf.address() + plan.offset(chunk, out_nf);
            if (activation.gated()) {
                plan.gated(chunk, worker, in, out);
            } else {
                plan.function(chunk, worker).run(in, out);
            }
        });
    }

    void backward(Activation activation, OneDnnTensor dOut_nf, OneDnnTensor hidden, OneDnnTensor dHidden) {
        ByRows plan = plan(activation, true, dOut_nf);
        crew.run(plan.cut.chunks(), (chunk, worker) -> {
            long in = hidden.address() + plan.offset(chunk, hidden);
            long dOut = dOut_nf.address() + plan.offset(chunk, dOut_nf);
            long dIn = dHidden.address() + plan.offset(chunk, dHidden);
            if (activation.gated()) {
                plan.gatedBackward(chunk, worker, in, dOut, dIn);
            } else {
                plan.slope(chunk, worker).run(in, dOut, dIn);
            }
        });
    }

    private final class ByRows implements Plans.Plan {

        private final Cut cut;
        private final int width;
        private final PerChunk functions;
        private final Optional<PerChunk> slopes;

        ByRows(Key key) {
            this.width = Math.toIntExact(key.width);
            this.cut = Cut.of(key.rows, Cut.powerOfTwo(CHUNK / key.width));
            int algorithm = algorithm(key.activation.curve());
            // Of a swish, the factor inside its sigmoid; of a rectifier, the slope below 0.
            float alpha = key.activation.curve() == Activation.SILU ? 1 : 0;
            this.functions = new PerChunk(cut, rows -> primitives.function(algorithm, Shape.dense(rows, width), alpha));
            this.slopes = key.backward
                    ? Optional.of(
                            new PerChunk(cut, rows -> primitives.slope(algorithm, Shape.dense(rows, width), alpha)))
                    : Optional.empty();
        }

        private static int algorithm(Activation curve) {
            return switch (curve) {
                case RELU -> dnnl_eltwise_relu;
                case GELU -> dnnl_eltwise_gelu_erf;
                case GELU_TANH -> dnnl_eltwise_gelu_tanh;
                case SILU -> dnnl_eltwise_swish;
                case SWIGLU, GEGLU -> throw new IllegalArgumentException(curve + " is no function of one number");
            };
        }

        /** Bytes before a chunk's first row. */
        long offset(int chunk, OneDnnTensor x) {
            return Float.BYTES * x.columns() * cut.start(chunk);
        }

        Primitive.Call function(int chunk, Worker worker) {
            return functions.call(chunk, worker);
        }

        Primitive.Call slope(int chunk, Worker worker) {
            return slopes.orElseThrow().call(chunk, worker);
        }

        /** {@code out = f(gate) up}; a row of the input holds gates, then what they gate. */
        void gated(int chunk, Worker worker, long in, long out) {
            long gate = gates(chunk, worker, in);
            function(chunk, worker).run(gate, gate);
            float[] curve = worker.array(0, width);
            float[] up = worker.array(1, width);
            for (int r = 0; r < cut.size(chunk); r++) {
                long row = (long) Float.BYTES * r * width;
                worker.load(gate + row, curve, width);
                worker.load(in + 2 * row + (long) Float.BYTES * width, up, width);
                multiply(curve, up, width);
                worker.store(up, out + row, width);
            }
        }

        /** Copies the gates of a chunk's rows side by side. */
        private long gates(int chunk, Worker worker, long in) {
            int rows = cut.size(chunk);
            long bytes = (long) Float.BYTES * width;
            long gate = worker.memory(GATE, bytes * rows);
            float[] row = worker.array(0, width);
            for (int r = 0; r < rows; r++) {
                worker.load(in + 2 * bytes * r, row, width);
                worker.store(row, gate + bytes * r, width);
            }
            return gate;
        }

        /** {@code dGate = dOut up f'(gate)} and {@code dUp = dOut f(gate)}. */
        void gatedBackward(int chunk, Worker worker, long in, long dOut, long dIn) {
            int rows = cut.size(chunk);
            long bytes = (long) Float.BYTES * width;
            long gate = gates(chunk, worker, in);
            long curve = worker.memory(CURVE, bytes * rows);
            long dGate = worker.memory(D_GATE, bytes * rows);
            function(chunk, worker).run(gate, curve);
            float[] a = worker.array(0, width);
            float[] b = worker.array(1, width);
            for (int r = 0; r < rows; r++) {
                worker.load(dOut + bytes * r, a, width);
                worker.load(in + 2 * bytes * r + bytes, b, width);
                multiply(a, b, width);
                worker.store(b, dGate + bytes * r, width);
                worker.load(curve + bytes * r, b, width);
                multiply(a, b, width);
                worker.store(b, dIn + 2 * bytes * r + bytes, width);
            }
            slope(chunk, worker).run(gate, dGate, dGate);
            for (int r = 0; r < rows; r++) {
                worker.load(dGate + bytes * r, a, width);
                worker.store(a, dIn + 2 * bytes * r, width);
            }
        }

        private static void multiply(float[] a, float[] b, int count) {
            for (int i = 0; i < count; i++) {
                b[i] *= a[i];
            }
        }

        @Override
        public void close() {
            functions.close();
            slopes.ifPresent(PerChunk::close);
        }
    }
}
