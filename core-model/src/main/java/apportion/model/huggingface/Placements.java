package apportion.model.huggingface;

import apportion.model.transformer.ParameterLayout;
import apportion.model.transformer.ParameterLayout.Slice;
import java.util.ArrayList;
import java.util.List;
import java.util.OptionalLong;

/** Collects what each of their tensors is to us; read in either direction. */
final class Placements {

    private final ParameterLayout ours;
    private final List<Placement> all = new ArrayList<>();

    Placements(ParameterLayout ours) {
        this.ours = ours;
    }

    List<Placement> all() {
        return List.copyOf(all);
    }

    /** A matrix or table of the same shape. */
    void matrix(String theirs, String name) {
        Slice slice = ours.slice(name);
        add(theirs, List.of(slice.rows(), slice.columns()), slice.offset(), false);
    }

    /** A matrix that they store the other way round. */
    void transposed(String theirs, String name) {
        Slice slice = ours.slice(name);
        add(theirs, List.of(slice.columns(), slice.rows()), slice.offset(), true);
    }

    /** A norm's gain. */
    void gain(String theirs, String name) {
        Slice slice = ours.slice(name);
        add(theirs, List.of(slice.columns()), slice.offset(), false);
    }

    /** A bias that they always have; where our model has none, it is zero. */
    void bias(String theirs, String name, long length) {
        List<Long> shape = List.of(length);
        if (ours.has(name)) {
            add(theirs, shape, ours.slice(name).offset(), false);
        } else {
            all.add(new Placement(theirs, shape, OptionalLong.empty(), false));
        }
    }

    /** Some outputs of a projection, and their biases if it has any. */
    void outputs(String theirs, String projection, long first, long count) {
        Slice weight = ours.slice(projection + ".weight");
        add(theirs + ".weight", List.of(count, weight.columns()), weight.offset() + first * weight.columns(), false);
        if (ours.has(projection + ".bias")) {
            add(
                    theirs + ".bias",
                    List.of(count),
                    ours.slice(projection + ".bias").offset() + first,
                    false);
        }
    }

    /** All outputs of a projection, and their biases if it has any. */
    void projection(String theirs, String projection) {
        outputs(theirs, projection, 0, ours.slice(projection + ".weight").rows());
    }

    private void add(String theirs, List<Long> shape, long offset, boolean transposed) {
        all.add(new Placement(theirs, shape, OptionalLong.of(offset), transposed));
    }
}
