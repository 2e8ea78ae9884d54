package apportion.model.compress;

import apportion.model.config.AttentionConfig;
import apportion.model.config.BlockConfig;
import apportion.model.config.HeadGroup;
import apportion.model.config.ModelConfig;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;

/** The sizes of a student. */
final class StudentShape {

    private StudentShape() {}

    /** The teacher's sizes with smaller heads; where only one product gets a lower rank, nothing shrinks. */
    static ModelConfig of(ModelConfig teacher, Compression compression) {
        if (compression.parts() != Compression.Parts.BOTH) {
            return teacher;
        }
        List<AttentionConfig> perLayer = new ArrayList<>();
        for (int layer = 0; layer < teacher.layers(); layer++) {
            List<HeadGroup> groups = new ArrayList<>();
            for (KeyGroup group : KeyGroup.of(teacher, layer)) {
                int headDim = compression.covers(group) ? compression.headDim() : group.headDim();
                append(new HeadGroup(group.heads().size(), headDim, 1), groups);
            }
            perLayer.add(new AttentionConfig(groups));
        }
        BlockConfig block = teacher.block();
        boolean alike = Set.copyOf(perLayer).size() == 1;
        return new ModelConfig(
                teacher.vocabulary(),
                teacher.context(),
                teacher.width(),
                teacher.layers(),
                new BlockConfig(
                        perLayer.get(0),
                        alike ? List.of() : perLayer,
                        block.scores(),
                        block.feedForward(),
                        block.norm(),
                        block.bias(),
                        block.dropout()),
                teacher.positions(),
                teacher.sharing(),
                teacher.embedding(),
                teacher.initialization());
    }

    /** Neighbours of one size and kind are one group. */
    private static void append(HeadGroup next, List<HeadGroup> groups) {
        HeadGroup last = groups.isEmpty() ? next : groups.get(groups.size() - 1);
        boolean alike = last.headDim() == next.headDim() && last.heads() / last.kvHeads() == next.heads();
        if (groups.isEmpty() || !alike) {
            groups.add(next);
        } else {
            groups.set(
                    groups.size() - 1, new HeadGroup(last.heads() + next.heads(), next.headDim(), last.kvHeads() + 1));
        }
    }
}
