package apportion.model.compress;

import apportion.model.config.AttentionShape;
import apportion.model.config.ModelConfig;
import apportion.model.inspect.HeadPlace;
import java.util.ArrayList;
import java.util.List;

/**
 * Heads that read one key and one value, which can only be compressed together: a single one in plain attention.
 *
 * @param heads side by side in their layer
 */
record KeyGroup(int layer, List<HeadPlace> heads) {

    KeyGroup {
        heads = List.copyOf(heads);
    }

    /** The heads of a layer by their keys. */
    static List<KeyGroup> of(ModelConfig model, int layer) {
        List<KeyGroup> groups = new ArrayList<>();
        List<HeadPlace> side = new ArrayList<>();
        for (HeadPlace head : HeadPlace.of(AttentionShape.of(model, layer))) {
            if (!side.isEmpty() && side.get(0).keyHead() != head.keyHead()) {
                groups.add(new KeyGroup(layer, side));
                side.clear();
            }
            side.add(head);
        }
        groups.add(new KeyGroup(layer, side));
        return groups;
    }

    HeadPlace first() {
        return heads.get(0);
    }

    int headDim() {
        return first().headDim();
    }
}
