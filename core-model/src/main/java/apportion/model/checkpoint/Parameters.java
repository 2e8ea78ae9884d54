package apportion.model.checkpoint;

import java.util.Arrays;
import java.util.List;

/**
 * A model's parameters: one flat vector, and the names of its parts.
 *
 * @param slices in the order of the vector, without gaps; a part that several places of the model share stands once
 */
public record Parameters(FlatVector values, List<Slice> slices) {

    /**
     * A named part of a flat vector.
     *
     * @param shape extents, slowest first
     */
    public record Slice(String name, List<Long> shape) {

        public Slice {
            shape = List.copyOf(shape);
        }

        public static Slice of(String name, long... shape) {
            return new Slice(name, Arrays.stream(shape).boxed().toList());
        }
    }

    public Parameters {
        slices = List.copyOf(slices);
        long size = tensors(values.dtype(), slices).stream()
                .mapToLong(TensorSpec::size)
                .reduce(0, Math::addExact);
        if (size != values.length()) {
            throw new IllegalArgumentException("the slices of the parameters hold " + size
                    + " numbers, but the vector has " + values.length() + "; slice all of it");
        }
    }

    List<TensorSpec> tensors() {
        return tensors(values.dtype(), slices);
    }

    private static List<TensorSpec> tensors(Dtype dtype, List<Slice> slices) {
        return slices.stream()
                .map(slice -> new TensorSpec(slice.name(), dtype, slice.shape()))
                .toList();
    }
}
