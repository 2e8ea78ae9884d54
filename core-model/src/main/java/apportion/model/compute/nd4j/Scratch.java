package apportion.model.compute.nd4j;

import java.util.HashMap;
import java.util.Map;
import org.nd4j.linalg.api.buffer.DataType;
import org.nd4j.linalg.api.memory.MemoryWorkspace;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.nd4j.linalg.factory.Nd4j;

/** Memory that operations use while they run: a few growing buffers, and rows of one constant. */
final class Scratch implements AutoCloseable {

    private record Constant(long length, double value) {}

    private final DataType type;
    private final Map<Integer, INDArray> slots = new HashMap<>();
    private final Map<Constant, INDArray> constants = new HashMap<>();

    Scratch(DataType type) {
        this.type = type;
    }

    /** A matrix on the memory of a slot; whatever was there before is lost. */
    INDArray matrix(int slot, long rows, long columns) {
        return array(slot, rows, columns);
    }

    /** An array of any rank on the memory of a slot; whatever was there before is lost. */
    INDArray array(int slot, long... shape) {
        long length = 1;
        for (long size : shape) {
            length *= size;
        }
        INDArray buffer = slots.get(slot);
        if (buffer == null || buffer.length() < length) {
            if (buffer != null) {
                buffer.close();
            }
            buffer = allocate(type, length);
            slots.put(slot, buffer);
        }
        return Nd4j.create(buffer.data(), shape, Nd4j.getStrides(shape, 'c'), 0, 'c');
    }

    /** A row of one value. */
    INDArray constant(long length, double value) {
        return constants.computeIfAbsent(
                new Constant(length, value),
                c -> allocate(type, length).assign(value).reshape(1, length));
    }

    /** Zeros that outlive any workspace that a network may have open. */
    static INDArray allocate(DataType type, long length) {
        MemoryWorkspace none = Nd4j.getMemoryManager().scopeOutOfWorkspaces();
        try {
            return Nd4j.create(type, length);
        } finally {
            none.close();
        }
    }

    @Override
    public void close() {
        slots.values().forEach(INDArray::close);
        slots.clear();
        // Reshaped rows are views, whose memory goes with them.
        constants.clear();
    }
}
