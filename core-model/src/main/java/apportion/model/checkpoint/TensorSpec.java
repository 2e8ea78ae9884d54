package apportion.model.checkpoint;

import java.util.Arrays;
import java.util.List;

/**
 * A tensor of a safetensors file, without its values.
 *
 * @param shape extents, slowest first; none for a single number
 */
public record TensorSpec(String name, Dtype dtype, List<Long> shape) {

    public TensorSpec {
        if (name.isBlank() || name.equals(SafetensorsHeader.METADATA)) {
            throw new IllegalArgumentException("a tensor's name is \"" + name + "\", but it must not be blank nor "
                    + SafetensorsHeader.METADATA + "; name it otherwise");
        }
        shape = List.copyOf(shape);
        sizeInBytes(name, dtype, shape);
    }

    public static TensorSpec of(String name, Dtype dtype, long... shape) {
        return new TensorSpec(name, dtype, Arrays.stream(shape).boxed().toList());
    }

    /** How many values. */
    public long size() {
        return sizeInBytes() / dtype.bytes();
    }

    public long sizeInBytes() {
        return sizeInBytes(name, dtype, shape);
    }

    private static long sizeInBytes(String name, Dtype dtype, List<Long> shape) {
        long bytes = dtype.bytes();
        for (long extent : shape) {
            if (extent < 0 || Math.multiplyHigh(bytes, extent) != 0 || bytes * extent < 0) {
                throw new IllegalArgumentException("tensor " + name + " has the shape " + shape
                        + ", but extents must be at least 0 and their product below 2^63 bytes");
            }
            bytes *= extent;
        }
        return bytes;
    }
}
