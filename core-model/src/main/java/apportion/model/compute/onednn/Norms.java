package apportion.model.compute.onednn;

import apportion.model.config.Norm;
import java.util.Arrays;
import java.util.Optional;

/** Layer and RMS norms, some rows at a time. */
final class Norms {

    private static final int ROWS = 64;

    // Slots of a worker's memory.
    private static final int D_X = 0;

    private record Shape(Norm norm, boolean bias, boolean backward, long rows, long columns) {}

    private final Primitives primitives;
    private final Plans plans;
    private final Crew crew;
    private final Scratch parts = new Scratch();

    Norms(Primitives primitives, Plans plans, Crew crew) {
        this.primitives = primitives;
        this.plans = plans;
        this.crew = crew;
    }

    /** The statistics hold every row's mean, then every row's variance. */
    void forward(
            Norm norm,
            OneDnnTensor x_nc,
            OneDnnTensor gain_1c,
            Optional<OneDnnTensor> bias_1c,
            OneDnnTensor out_nc,
            OneDnnTensor statistics_n2) {
        long rows = x_nc.rows();
        long columns = x_nc.columns();
        Shape shape = new Shape(norm, bias_1c.isPresent(), false, rows, columns);
        ByRows plan = plans.get(ByRows.class, shape, () -> new ByRows(shape));
        long bias = bias_1c.map(OneDnnTensor::address).orElse(0L);
        crew.run(plan.cut.chunks(), (chunk, worker) -> {
            long row = Float.BYTES * (long) plan.cut.start(chunk);
            Primitive.Call call = plan.primitives
                    .call(chunk, worker)
                    .at(0, x_nc.address() + row * columns)
                    .at(1, gain_1c.address())
                    .at(2, out_nc.address() + row * columns)
                    .at(3, statistics_n2.address() + Float.BYTES * rows + row);
            plan.placeOwn(call, 4, statistics_n2.address() + row, bias);
            call.run();
        });
    }

    void backward(
            Norm norm,
            OneDnnTensor dOut_nc,
            OneDnnTensor x_nc,
            OneDnnTensor gain_1c,
            OneDnnTensor statistics_n2,
            OneDnnTensor dX_nc,
            OneDnnTensor dGain_1c,
            Optional<OneDnnTensor> dBias_1c) {
        Cut cut = Cut.of(x_nc.rows(), ROWS);
        long columns = x_nc.columns();
        long rowBytes = Float.BYTES * columns;
        // Each chunk of rows leaves its own part of the gain's and the bias's gradient: added up in the chunks' order.
        long partial = parts.atLeast(2 * rowBytes * cut.chunks());
        Pass pass = new Pass(norm, dBias_1c.isPresent(), dOut_nc, x_nc, gain_1c, statistics_n2, dX_nc, partial);
        if (norm.type() == Norm.Type.LAYER) {
            layerBackward(pass);
        } else {
            crew.run(cut.chunks(), (chunk, worker) -> rmsBackward(pass, cut, chunk, worker));
        }
        crew.run(1, (nothing, worker) -> {
            for (int chunk = 0; chunk < cut.chunks(); chunk++) {
                long dGain = partial + 2 * rowBytes * chunk;
                Numbers.addAll(worker, dGain, dGain_1c.address(), columns);
                dBias_1c.ifPresent(dBias -> Numbers.addAll(worker, dGain + rowBytes, dBias.address(), columns));
            }
        });
    }

    /** A backward pass; {@code partial} is where each chunk leaves the gradients of the gain and of the bias. */
    private record Pass(
            Norm norm,
            boolean bias,
            OneDnnTensor dOut_nc,
            OneDnnTensor x_nc,
            OneDnnTensor gain_1c,
            OneDnnTensor statistics_n2,
            OneDnnTensor dX_nc,
            long partial) {

        long columns() {
            return x_nc.columns();
        }

        /** Where a chunk leaves its gradient of the gain; that of the bias follows. */
        long dGain(int chunk) {
            return partial + 2L * Float.BYTES * columns() * chunk;
        }
    }

    private void layerBackward(Pass pass) {
        long rows = pass.x_nc.rows();
        long columns = pass.columns();
        Shape shape = new Shape(pass.norm, pass.bias, true, rows, columns);
        ByRows plan = plans.get(ByRows.class, shape, () -> new ByRows(shape));
        crew.run(plan.cut.chunks(), (chunk, worker) -> {
            long row = Float.BYTES * (long) plan.cut.start(chunk);
            long numbers = plan.cut.size(chunk) * columns;
            long dX = worker.memory(D_X, Float.BYTES * numbers);
            Primitive.Call call = plan.primitives
                    .call(chunk, worker)
                    .at(0, pass.x_nc.address() + row * columns)
                    .at(1, pass.dOut_nc.address() + row * columns)
                    .at(2, pass.gain_1c.address())
                    .at(3, pass.statistics_n2.address() + Float.BYTES * rows + row)
                    .at(4, dX)
                    .at(5, pass.dGain(chunk));
            plan.placeOwn(call, 6, pass.statistics_n2.address() + row, pass.dGain(chunk) + Float.BYTES * columns);
            call.run();
            Numbers.addAll(worker, dX, pass.dX_nc.address() + row * columns, numbers);
        });
    }

    /**
     * Loops instead of oneDNN's own gradient, which is wrong in 3.11 (its RMS norms keep the term of the mean): with
     * {@code k = 1 / rms(x)}, {@code dx = k (dOut gain - x k^2 mean(dOut gain x))}.
     */
    private static void rmsBackward(Pass pass, Cut cut, int chunk, Worker worker) {
        int columns = Math.toIntExact(pass.columns());
        int rows = cut.size(chunk);
        double epsilon = pass.norm.epsilon();
        long rowBytes = (long) Float.BYTES * columns;
        long dOut = pass.dOut_nc.address() + rowBytes * cut.start(chunk);
        long x = pass.x_nc.address() + rowBytes * cut.start(chunk);
        long dX = pass.dX_nc.address() + rowBytes * cut.start(chunk);
        float[] dOutRow = worker.array(0, columns);
        float[] xRow = worker.array(1, columns);
        float[] dXRow = worker.array(2, columns);
        float[] gain = worker.array(3, columns);
        float[] dGainSum = worker.array(4, columns);
        float[] dBiasSum = worker.array(5, columns);
        worker.load(pass.gain_1c.address(), gain, columns);
        Arrays.fill(dGainSum, 0, columns, 0);
        Arrays.fill(dBiasSum, 0, columns, 0);
        for (int r = 0; r < rows; r++) {
            worker.load(dOut + r * rowBytes, dOutRow, columns);
            worker.load(x + r * rowBytes, xRow, columns);
            worker.load(dX + r * rowBytes, dXRow, columns);
            double squares = 0;
            double products = 0;
            for (int c = 0; c < columns; c++) {
                squares += (double) xRow[c] * xRow[c];
                products += (double) dOutRow[c] * gain[c] * xRow[c];
            }
            double exact = 1 / Math.sqrt(squares / columns + epsilon);
            float inverse = (float) exact;
            float share = (float) (exact * exact * exact * products / columns);
            for (int c = 0; c < columns; c++) {
                dGainSum[c] += dOutRow[c] * xRow[c] * inverse;
                dBiasSum[c] += dOutRow[c];
                dXRow[c] += inverse * dOutRow[c] * gain[c] - share * xRow[c];
            }
            worker.store(dXRow, dX + r * rowBytes, columns);
        }
        worker.store(dGainSum, pass.dGain(chunk), columns);
        worker.store(dBiasSum, pass.dGain(chunk) + rowBytes, columns);
    }

    void close() {
        parts.close();
    }

    /** A norm's operation for every size of chunk. */
    private final class ByRows implements Plans.Plan {

        private final Shape shape;
        private final Cut cut;
        private final PerChunk primitives;

        ByRows(Shape shape) {
            this.shape = shape;
            this.cut = Cut.of(shape.rows, ROWS);
            this.primitives = new PerChunk(cut, this::primitive);
        }

        private Primitive primitive(int rows) {
            return shape.backward
                    ? Norms.this.primitives.normBackward(shape.norm, shape.bias, rows, shape.columns)
                    : Norms.this.primitives.norm(shape.norm, shape.bias, rows, shape.columns);
        }

        /** Places the arguments that not every norm has. */
        void placeOwn(Primitive.Call call, int first, long mean, long bias) {
            int next = first;
            if (shape.norm.type() == Norm.Type.LAYER) {
                call.at(next, mean);
                next++;
            }
            if (shape.bias) {
                call.at(next, bias);
            }
        }

        @Override
        public void close() {
            primitives.close();
        }
    }
}
