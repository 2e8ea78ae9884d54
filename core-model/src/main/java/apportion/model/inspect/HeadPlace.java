package apportion.model.inspect;

import apportion.model.config.AttentionShape;
import apportion.model.config.HeadGroup;
import java.util.ArrayList;
import java.util.List;

/**
 * Where one head of a layer lies in a projected row, and in a row of the heads' results.
 *
 * @param head its number in the layer, groups after groups, the first being 0
 * @param headDim {@code d}
 * @param keyHead number of its key and value in the layer, which it may have in common with the heads beside it
 * @param query first column of its query in a projected row; likewise {@code key} and {@code value}
 * @param mixed first column of its result
 * @param gain first of its gains, if queries and keys are normalised
 * @param scale factor of the product of a query and a key
 */
public record HeadPlace(
        int head, int headDim, int keyHead, int query, int key, int value, int mixed, int gain, double scale) {

    /** The heads of a layer in their order. */
    public static List<HeadPlace> of(AttentionShape shape) {
        List<HeadPlace> places = new ArrayList<>();
        int firstKey = 0;
        for (AttentionShape.Group group : shape.groups()) {
            HeadGroup heads = group.heads();
            int d = heads.headDim();
            for (int h = 0; h < heads.heads(); h++) {
                int key = h / (heads.heads() / heads.kvHeads());
                places.add(new HeadPlace(
                        group.firstHead() + h,
                        d,
                        firstKey + key,
                        Math.toIntExact(group.queries() + (long) h * d),
                        Math.toIntExact(group.keys() + (long) key * d),
                        Math.toIntExact(group.values() + (long) key * d),
                        Math.toIntExact(group.mixed() + (long) h * d),
                        Math.toIntExact(group.gains()),
                        group.scale()));
            }
            firstKey += heads.kvHeads();
        }
        return places;
    }
}
