package apportion.spark.sweep;

import apportion.model.config.AttentionConfig;
import apportion.model.config.ModelConfig;
import apportion.model.count.CostFit;
import apportion.model.count.ModelCount;
import apportion.spark.conf.ModelSettings;
import apportion.spark.report.Layout;
import apportion.spark.report.Scoring;
import java.util.ArrayList;
import java.util.List;

/**
 * The layouts of a sweep as models: every division of attention with every way to score, and with the feed-forward
 * width that makes their cost equal.
 *
 * <p>The cost that all shall have is that of one head as wide as the budget with {@code model.feed-forward.width}.
 *
 * @param vocabulary of the tokenizer
 */
public record Layouts(SweepConfig sweep, ModelSettings settings, int vocabulary) {

    /**
     * A layout with what it costs.
     *
     * @param deviation how much more it costs than all shall; 0 where the attention width is what they have alike
     */
    public record Priced(Layout layout, ModelCount count, long deviation) {}

    /** All of them, priced. */
    public List<Priced> priced() {
        return all().stream()
                .map(layout -> new Priced(
                        layout,
                        ModelCount.of(model(layout)),
                        sweep.equal() == Equal.ATTENTION_WIDTH ? 0 : deviation(layout)))
                .toList();
    }

    /**
     * All of them, in the order of the configuration.
     *
     * @throws IllegalArgumentException if one of them is no model, or costs too much whatever its feed-forward width
     */
    public List<Layout> all() {
        List<Layout> all = new ArrayList<>();
        for (Scoring scoring : sweep.axes().scoring()) {
            for (Layout division : divisions()) {
                all.add(equal(division.withScoring(scoring)));
            }
        }
        return all;
    }

    private List<Layout> divisions() {
        int feedForward = settings.feedForward().width();
        List<Layout> divisions = new ArrayList<>();
        sweep.attention().forEach(attention -> divisions.add(Layout.of(attention, feedForward)));
        for (Schedule schedule : sweep.axes().schedules()) {
            List<AttentionConfig> layers = schedule.layers(sweep.budget(), settings.layers());
            checkSpent(schedule, layers);
            if (divisions.stream().anyMatch(other -> other.perLayer().equals(layers))) {
                throw new IllegalArgumentException("axes.schedules: " + schedule.name()
                        + " must differ from those before it, got " + layers + " again");
            }
            divisions.add(new Layout(layers.get(0), layers, schedule.name(), Scoring.CONFIGURED, feedForward));
        }
        return divisions;
    }

    /** Listed layers spend what the others do; theory's may spend less, as its later heads are narrower. */
    private void checkSpent(Schedule schedule, List<AttentionConfig> layers) {
        long spent = layers.stream().mapToLong(AttentionConfig::width).sum();
        long budget = (long) sweep.budget() * layers.size();
        if (sweep.equal() == Equal.ATTENTION_WIDTH && schedule.theory().isEmpty() && spent != budget) {
            throw new IllegalArgumentException("axes.schedules: " + schedule.name()
                    + " must spend the budget of all layers, " + sweep.budget() + " * " + layers.size() + " = " + budget
                    + ", got " + layers + " = " + spent + "; change the layers, or let equal = parameters or flops");
        }
    }

    /** The model of a layout. */
    ModelConfig model(Layout layout) {
        ModelSettings scored = layout.scoring()
                .scale()
                .map(scale -> settings.scored(scale, layout.scoring().normalised()))
                .orElse(settings);
        return scored.withFeedForward(layout.feedForward()).toModel(vocabulary, layout.attention(), layout.perLayer());
    }

    /** What every layout should cost; not of {@link Equal#ATTENTION_WIDTH}. */
    long target() {
        AttentionConfig oneHead = AttentionConfig.uniform(1, sweep.budget());
        return cost(Layout.of(oneHead, settings.feedForward().width()));
    }

    private long cost(Layout layout) {
        return sweep.equal().of(ModelCount.of(model(layout)));
    }

    /** How much more than it should a layout costs; not of {@link Equal#ATTENTION_WIDTH}. */
    long deviation(Layout layout) {
        return cost(layout) - target();
    }

    private Layout equal(Layout layout) {
        if (sweep.equal() == Equal.ATTENTION_WIDTH) {
            model(layout);
            return layout;
        }
        try {
            return layout.withFeedForward(
                    CostFit.nearest(width -> cost(layout.withFeedForward((int) width)), target()));
        } catch (IllegalArgumentException e) {
            throw new IllegalArgumentException(
                    "layouts " + e.getMessage() + " " + sweep.equal().words() + ", got " + layout
                            + "; leave it out, or raise model.feed-forward.width",
                    e);
        }
    }
}
