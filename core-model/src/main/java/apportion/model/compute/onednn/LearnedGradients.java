package apportion.model.compute.onednn;

import apportion.model.compute.AttentionWeights;
import apportion.model.compute.Tensor;
import apportion.model.compute.onednn.Role.Kind;
import apportion.model.config.AttentionShape;
import java.util.List;

/**
 * The gradients of what an attention learns besides its projections. Each of its units, a sequence of a slice of heads,
 * leaves a part of its own; they are added up in the units' order, whoever computed them.
 */
final class LearnedGradients implements AutoCloseable {

    private final AttentionShape shape;
    private final AttentionWeights gradients;
    private final Scratch memory = new Scratch();
    private List<HeadSlice> slices = List.of();
    private int units;
    private long bytes;

    LearnedGradients(AttentionShape shape, AttentionWeights gradients) {
        this.shape = shape;
        this.gradients = gradients;
    }

    /** Makes room for the parts of a pass: unit {@code i} is of slice {@code i} modulo their number. */
    void begin(List<HeadSlice> slices, int units) {
        this.slices = slices;
        this.units = units;
        this.bytes = 0;
        for (HeadSlice slice : slices) {
            bytes = Math.max(bytes, Float.BYTES * (distancesFrom(slice) + heads(slice) * distances()));
        }
        memory.atLeast(bytes * units);
    }

    /** The part of a unit, zeroed. */
    Part part(int unit, Worker worker) {
        Part part = unzeroed(unit);
        Cursor.zero(worker.cursor(), part.address, bytes);
        return part;
    }

    private Part unzeroed(int unit) {
        return new Part(slices.get(unit % slices.size()), memory.atLeast(bytes * units) + bytes * unit);
    }

    private static long heads(HeadSlice slice) {
        return (long) slice.keys() * slice.in().queriesPerKey();
    }

    private long distances() {
        return gradients.distanceBias_hr().map(Tensor::columns).orElse(0L);
    }

    private long gainsFrom(HeadSlice slice) {
        return gradients.diagonals_3a().isPresent() ? 3L * slice.queryWidth() : 0;
    }

    private long distancesFrom(HeadSlice slice) {
        long gains = gradients.queryGains_1g().isPresent() ? 2L * slice.in().headDim() : 0;
        return gainsFrom(slice) + gains;
    }

    /** Where one unit leaves its part: three diagonals, two rows of gains, a row of distances for each head. */
    final class Part {

        private final HeadSlice slice;
        private final long address;

        private Part(HeadSlice slice, long address) {
            this.slice = slice;
            this.address = address;
        }

        long diagonal(Kind kind) {
            return address + (long) Float.BYTES * kind.row() * slice.queryWidth();
        }

        long gains(Kind kind) {
            return address
                    + Float.BYTES
                            * (gainsFrom(slice) + (long) kind.row() * slice.in().headDim());
        }

        long distances() {
            return address + Float.BYTES * distancesFrom(slice);
        }
    }

    /** Adds up the parts. */
    void add(Crew crew) {
        if (bytes > 0) {
            crew.run(1, (nothing, worker) -> {
                for (int unit = 0; unit < units; unit++) {
                    add(worker, unzeroed(unit));
                }
            });
        }
    }

    private void add(Worker worker, Part part) {
        HeadSlice slice = part.slice;
        AttentionShape.Group group = slice.in().group();
        int headDim = slice.in().headDim();
        for (Kind kind : Kind.values()) {
            gradients
                    .diagonals_3a()
                    .map(all -> Role.diagonal(shape, group, kind, all))
                    .ifPresent(own -> Numbers.addAll(
                            worker,
                            part.diagonal(kind),
                            own.address() + Float.BYTES * slice.firstQueryColumn(),
                            slice.queryWidth()));
            Role.gains(kind, gradients)
                    .map(all -> OneDnnTensor.of(all).slice(group.gains(), 1, headDim))
                    .ifPresent(own -> Numbers.addAll(worker, part.gains(kind), own.address(), headDim));
        }
        gradients.distanceBias_hr().ifPresent(all -> {
            long own = OneDnnTensor.of(all).address() + Float.BYTES * (long) slice.firstHead() * distances();
            Numbers.addAll(worker, part.distances(), own, heads(slice) * distances());
        });
    }

    @Override
    public void close() {
        memory.close();
    }
}
