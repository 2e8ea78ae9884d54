package apportion.model.huggingface;

import apportion.model.checkpoint.Dtype;
import apportion.model.checkpoint.TensorSpec;
import java.util.ArrayList;
import java.util.List;
import java.util.OptionalLong;

/**
 * Where the numbers of one of their tensors lie among ours.
 *
 * @param name theirs, without the prefix of the layout
 * @param shape theirs
 * @param offset of the first in our flat vector; empty for a bias that our model does not have and that is zero there
 * @param transposed whether they store {@code [inputs, outputs]} where we have {@code [outputs, inputs]}
 */
record Placement(String name, List<Long> shape, OptionalLong offset, boolean transposed) {

    Placement {
        shape = List.copyOf(shape);
    }

    /** How many numbers it holds. */
    int size() {
        return Math.toIntExact(TensorSpec.of(name, Dtype.F32, extents()).size());
    }

    private long[] extents() {
        return shape.stream().mapToLong(Long::longValue).toArray();
    }

    /** Where a number of their tensor lies in it, such as {@code [3, 5]}. */
    List<Long> index(long number) {
        List<Long> index = new ArrayList<>();
        long left = number;
        for (int axis = shape.size() - 1; axis >= 0; axis--) {
            index.add(0, left % shape.get(axis));
            left /= shape.get(axis);
        }
        return index;
    }

    /** Their tensor, as our vector has it. */
    float[] gather(float[] vector) {
        float[] tensor = new float[size()];
        if (offset.isPresent()) {
            for (int i = 0; i < tensor.length; i++) {
                tensor[i] = vector[place(i)];
            }
        }
        return tensor;
    }

    /** Brings their tensor into our vector. */
    void scatter(float[] tensor, float[] vector) {
        for (int i = 0; i < tensor.length; i++) {
            vector[place(i)] = tensor[i];
        }
    }

    /** Where their number {@code i} lies among ours. */
    private int place(int i) {
        int within = i;
        if (transposed) {
            int rows = Math.toIntExact(shape.get(0));
            int columns = Math.toIntExact(shape.get(1));
            within = i % columns * rows + i / columns;
        }
        return Math.toIntExact(offset.orElseThrow() + within);
    }
}
