package apportion.model.compute.nd4j;

import java.util.Arrays;
import java.util.HashMap;
import java.util.Map;
import org.nd4j.linalg.api.buffer.DataType;
import org.nd4j.linalg.api.memory.MemoryWorkspace;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.nd4j.linalg.factory.Nd4j;

/** Memory that operations use while they run: a few growing buffers, and rows of one constant. */
final class Scratch implements AutoCloseable {

    private record Constant(long length, double value) {}

    /** The memory of a slot, and its latest view: most slots are asked for the same shape again and again. */
    private record Slot(INDArray memory, INDArray view, Nd4jTensor matrix) {}

    private final DataType type;
    private final Map<Integer, Slot> slots = new HashMap<>();
    private final Map<Constant, Nd4jTensor> constants = new HashMap<>();

    Scratch(DataType type) {
        this.type = type;
    }

    /** A matrix on the memory of a slot; whatever was there before is lost. */
    Nd4jTensor matrix(int slot, long rows, long columns) {
        return slot(slot, rows, columns).matrix;
    }

    /** An array of any rank on the memory of a slot; whatever was there before is lost. */
    INDArray array(int slot, long... shape) {
        return slot(slot, shape).view;
    }

    private Slot slot(int index, long... shape) {
        Slot slot = slots.get(index);
        if (slot != null && Arrays.equals(slot.view.shape(), shape)) {
            return slot;
        }
        long length = Arrays.stream(shape).reduce(1, (a, b) -> a * b);
        INDArray memory = slot == null ? allocate(type, length) : atLeast(length, slot.memory);
        INDArray view = Nd4j.create(memory.data(), shape, Nd4j.getStrides(shape, 'c'), 0, 'c');
        long columns = shape[shape.length - 1];
        Slot changed = new Slot(memory, view, Nd4jTensor.view(memory, 0, length / columns, columns));
        slots.put(index, changed);
        return changed;
    }

    private INDArray atLeast(long length, INDArray memory) {
        if (memory.length() >= length) {
            return memory;
        }
        memory.close();
        return allocate(type, length);
    }

    /** A row of one value. */
    Nd4jTensor constant(long length, double value) {
        return constants.computeIfAbsent(new Constant(length, value), c -> {
            Nd4jTensor row = Nd4jTensor.allocate(type, 1, length);
            row.array().assign(value);
            return row;
        });
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
        slots.values().forEach(slot -> slot.memory.close());
        slots.clear();
        constants.values().forEach(Nd4jTensor::close);
        constants.clear();
    }
}
