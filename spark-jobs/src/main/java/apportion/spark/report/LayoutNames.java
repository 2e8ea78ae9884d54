package apportion.spark.report;

import apportion.model.config.AttentionConfig;
import apportion.model.config.HeadGroup;
import java.util.stream.Collectors;

/** What layouts are called, in page and table alike. */
final class LayoutNames {

    private LayoutNames() {}

    /**
     * In words: {@code 8 heads of 16 with QK-norm}, {@code 4 heads of 32 + 16 heads of 8 (2 kv)}, the name of a
     * schedule in quotation marks.
     */
    static String words(Layout layout) {
        String heads =
                layout.schedule().isEmpty() ? words(layout.attention()) : "\u201c" + layout.schedule() + "\u201d";
        String scoring = layout.scoring().label();
        return scoring.isEmpty() ? heads : heads + " with " + scoring;
    }

    private static String words(AttentionConfig layout) {
        return layout.groups().stream().map(LayoutNames::words).collect(Collectors.joining(" + "));
    }

    private static String words(HeadGroup group) {
        return (group.heads() == 1 ? "one head of " : group.heads() + " heads of ") + group.headDim() + keys(group);
    }

    private static String keys(HeadGroup group) {
        return group.kvHeads() == group.heads() ? "" : " (" + group.kvHeads() + "\u00a0kv)";
    }

    /** For labels: {@code 8 × 16}, {@code 8 × 16, QK-norm}, or the name of a schedule. */
    static String label(Layout layout) {
        String heads = heads(layout);
        String scoring = layout.scoring().label();
        return scoring.isEmpty() ? heads : heads + ", " + scoring;
    }

    /** The same without how they are scored. */
    static String heads(Layout layout) {
        return layout.schedule().isEmpty() ? label(layout.attention()) : layout.schedule();
    }

    /** Heads of a layer: {@code 8 × 16}. */
    static String label(AttentionConfig layout) {
        return layout.groups().stream()
                .map(group -> group.heads() + "\u00a0\u00d7\u00a0" + group.headDim() + keys(group))
                .collect(Collectors.joining(" + "));
    }

    static String headDims(AttentionConfig layout) {
        return layout.groups().stream()
                .map(group -> Integer.toString(group.headDim()))
                .distinct()
                .collect(Collectors.joining(", "));
    }
}
