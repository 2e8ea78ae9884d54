package apportion.spark.report;

import apportion.model.config.AttentionConfig;
import com.fasterxml.jackson.annotation.JsonIgnore;
import java.util.Comparator;
import java.util.List;

/**
 * What one model of a sweep has of its own.
 *
 * @param attention heads of every layer; of the first one where layers differ
 * @param perLayer heads of each layer, first to last, where a schedule gives them; empty where all have the same
 * @param schedule its name; empty where all layers have the same heads
 * @param scoring how queries score keys
 * @param feedForward hidden width of the position-wise networks, which may take up what heads cost or spare
 */
public record Layout(
        AttentionConfig attention, List<AttentionConfig> perLayer, String schedule, Scoring scoring, int feedForward) {

    /** Those of one scoring together; of these uniform ones first, fewest heads first. */
    static final Comparator<Layout> ORDER = Comparator.comparing(Layout::scoring)
            .thenComparing((Layout layout) -> !layout.schedule.isEmpty())
            .thenComparingInt(Layout::heads)
            .thenComparingInt(layout -> layout.attention.width())
            .thenComparing(Layout::toString)
            .thenComparing(layout -> layout.perLayer.toString())
            .thenComparingInt(Layout::feedForward);

    public Layout {
        perLayer = List.copyOf(perLayer);
        if (perLayer.isEmpty() != schedule.isEmpty()) {
            throw new IllegalArgumentException(
                    "a schedule must have a name and layers, got \"" + schedule + "\" of " + perLayer);
        }
    }

    /** The same heads in every layer, scored as the model is configured. */
    public static Layout of(AttentionConfig attention, int feedForward) {
        return new Layout(attention, List.of(), "", Scoring.CONFIGURED, feedForward);
    }

    /** The same with another hidden width. */
    public Layout withFeedForward(int width) {
        return new Layout(attention, perLayer, schedule, scoring, width);
    }

    /** The same with another way to score. */
    public Layout withScoring(Scoring other) {
        return new Layout(attention, perLayer, schedule, other, feedForward);
    }

    /** Heads of a layer; of the first one where layers differ. */
    @JsonIgnore
    public int heads() {
        return attention.heads();
    }

    /** Whether it has a place on an axis of heads. */
    @JsonIgnore
    boolean isUniform() {
        return schedule.isEmpty();
    }

    /** Whether one head dimension says the rest, so that it has a place on an axis of those, too. */
    @JsonIgnore
    boolean hasEqualHeads() {
        return isUniform() && attention.groups().size() == 1;
    }

    @JsonIgnore
    int headDim() {
        return attention.groups().get(0).headDim();
    }

    /** For example {@code 8x16}, {@code 8x16 qk-norm}, or the name of a schedule. */
    @Override
    public String toString() {
        return named(schedule.isEmpty() ? attention.toString() : schedule, scoring);
    }

    /** What a layout is called that is scored so. */
    public static String named(String name, Scoring scoring) {
        return (name + " " + scoring.word()).strip();
    }
}
