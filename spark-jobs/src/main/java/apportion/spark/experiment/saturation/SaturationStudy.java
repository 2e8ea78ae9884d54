package apportion.spark.experiment.saturation;

import apportion.spark.experiment.Saturation;
import apportion.spark.page.markup.Element;
import apportion.spark.statistics.Estimate;
import apportion.spark.statistics.Interval;
import apportion.spark.study.Agreement;
import apportion.spark.study.Chart;
import apportion.spark.study.Claim;
import apportion.spark.study.Origin;
import apportion.spark.study.Quantity;
import apportion.spark.study.Scale;
import apportion.spark.study.Section;
import apportion.spark.study.Series;
import apportion.spark.study.Series.Mark;
import apportion.spark.study.Study;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;

/**
 * What the measurements say of the theorem.
 *
 * <p>The rules: something is {@code O(1/L)} if the 95% interval of its slope, logarithm against logarithm, lies below
 * {@value #STEEP}, and is not if it lies above; it falls if that interval lies below 0. Simulations' slopes are taken
 * over the longer half of the lengths, where an order shows, a model's over all that it sees.
 */
final class SaturationStudy {

    /** A slope of -1 less what finite lengths leave of the constant. */
    private static final double STEEP = -0.9;

    private static final String PAPER = "arXiv 2510.03784";
    private static final List<Mark> MARKS = List.of(Mark.DISC, Mark.RING, Mark.DIAMOND, Mark.DOTS);

    private final Saturation experiment;
    private final List<Curve> logits;
    private final List<Curve> reduction;
    private final Optional<Model> model;
    private final double from;

    /**
     * A trained model's heads.
     *
     * @param checkpoint where it lies
     */
    record Model(String checkpoint, Curve jacobian, Curve scores) {}

    SaturationStudy(Saturation experiment, List<Curve> logits, List<Curve> reduction, Optional<Model> model) {
        this.experiment = experiment;
        this.logits = logits;
        this.reduction = reduction;
        this.model = model;
        this.from = experiment.lengths().get((experiment.lengths().size() - 1) / 2);
    }

    Study study(Origin origin) {
        List<Section> sections = new ArrayList<>(List.of(
                Section.of(
                        "Logits that are drawn",
                        chart("Jacobian of drawn logits", "norm of the Jacobian", logits, "seeds")),
                Section.of(
                        "A head of " + Simulation.TEACHER + " by one of " + Simulation.STUDENT,
                        chart("Errors of a smaller head", "error", reduction, "seeds"))));
        model.ifPresent(seen -> sections.add(Section.of(
                "A trained model",
                chart("Jacobian in a trained model", "norm of the Jacobian", List.of(seen.jacobian()), "heads"),
                chart("Logits in a trained model", "norm of the logits", List.of(seen.scores()), "heads"))));
        return new Study(
                "Softmax saturation",
                "Does attention move less with its scores as sequences grow?",
                answer(),
                claims(),
                sections,
                List.of(
                        "Distributions of the drawn logits, lengths and seeds.",
                        "The smaller head: normal weights and tokens, both of dimension " + Simulation.TEACHER
                                + ", truncated to rank " + Simulation.STUDENT
                                + " by weights, scores scaled so that the teacher's largest is 1.",
                        "What counts as O(1/L): a slope below " + STEEP + " over lengths from " + (int) from + ".",
                        "The trained model, its text, and that its interval is over heads, which depend on each"
                                + " other: it says how heads differ, not how models do."),
                origin,
                numbers());
    }

    private String answer() {
        String drawn = "With bounded logits it does, as 1/L: slope "
                + words(logits.get(1).slope(from))
                + " for uniform ones. With normal logits of variance 1 the slope is "
                + words(logits.get(2).slope(from))
                + ", of variance 4 " + words(logits.get(3).slope(from)) + ".";
        String trained = model.map(seen -> " In the trained model it is "
                        + words(seen.jacobian().slope(0)) + " over "
                        + seen.jacobian().units().size()
                        + " heads, while the norm of its logits goes with "
                        + words(seen.scores().slope(0)) + ".")
                .orElse("");
        return drawn + trained + " Slopes are of logarithms; -1 is 1/L.";
    }

    private List<Claim> claims() {
        List<Claim> claims = new ArrayList<>();
        claims.add(order(
                PAPER + ", theorem 2",
                "The Jacobian's norm is O(1/L) for bounded logits: equal ones.",
                logits.get(0).slope(from)));
        claims.add(order(
                PAPER + ", theorem 2",
                "The Jacobian's norm is O(1/L) for bounded logits: uniform ones.",
                logits.get(1).slope(from)));
        for (Curve unbounded : logits.subList(2, 4)) {
            claims.add(order(
                    "The theorem without its condition",
                    "It is O(1/L) for logits without a bound: " + unbounded.name() + ".",
                    unbounded.slope(from)));
        }
        for (Curve error : reduction) {
            claims.add(order(
                    PAPER + ", corollary 2, which does not say of which norm",
                    "A smaller head misses O(1/L): " + error.name() + ".",
                    error.slope(from)));
        }
        model.ifPresent(seen -> {
            claims.add(falls(
                    "Theorem 2 on a trained model",
                    "The Jacobian's norm falls with the length.",
                    seen.jacobian().slope(0),
                    -1));
            claims.add(order(
                    "Theorem 2 on a trained model",
                    "It falls as 1/L.",
                    seen.jacobian().slope(0)));
            claims.add(falls(
                    "A public review of the paper",
                    "Norms of trained logits grow with the length.",
                    seen.scores().slope(0),
                    1));
        });
        return claims;
    }

    private static Claim order(String source, String claimed, Estimate slope) {
        Interval range = range(slope);
        return new Claim(
                source,
                claimed,
                "Slope " + words(slope) + ".",
                Agreement.of(range.high() < STEEP, range.low() >= STEEP),
                "the 95% interval of the slope lies below " + STEEP);
    }

    /** Whether something falls (-1) or grows (1). */
    private static Claim falls(String source, String claimed, Estimate slope, int sign) {
        Interval range = range(slope);
        boolean above = range.low() > 0;
        boolean below = range.high() < 0;
        return new Claim(
                source,
                claimed,
                "Slope " + words(slope) + ".",
                Agreement.of(sign > 0 ? above : below, sign > 0 ? below : above),
                "the 95% interval of the slope lies " + (sign > 0 ? "above" : "below") + " 0");
    }

    /** A single unit says nothing of its noise, so its slope is within any range. */
    private static Interval range(Estimate slope) {
        return slope.interval().orElse(new Interval(Double.NEGATIVE_INFINITY, Double.POSITIVE_INFINITY));
    }

    private static String words(Estimate slope) {
        String value = String.format(Locale.ROOT, "%.2f", slope.value());
        return slope.interval()
                .map(i -> String.format(Locale.ROOT, "%s (%.2f to %.2f)", value, i.low(), i.high()))
                .orElse(value)
                .replace("-", "\u2212");
    }

    private static Element chart(String title, String measure, List<Curve> curves, String units) {
        List<Series> series = new ArrayList<>();
        for (int i = 0; i < curves.size(); i++) {
            series.add(curves.get(i).series(MARKS.get(i)));
        }
        return new Chart(
                        title,
                        "Both axes are logarithmic. Bars: 95% intervals over " + units + ".",
                        new Chart.Measure("tokens that a query sees", Scale.LOG2),
                        new Chart.Measure(measure, Scale.LOG10),
                        series)
                .figure();
    }

    private Map<String, Object> numbers() {
        Map<String, Object> numbers = new LinkedHashMap<>();
        numbers.put("lengths", experiment.lengths());
        numbers.put("logits", curves(logits, from));
        numbers.put("reduction", curves(reduction, from));
        model.ifPresent(seen -> {
            numbers.put("checkpoint", seen.checkpoint());
            numbers.put("model", curves(List.of(seen.jacobian(), seen.scores()), 0));
        });
        return numbers;
    }

    private static Map<String, Object> curves(List<Curve> curves, double from) {
        Map<String, Object> numbers = new LinkedHashMap<>();
        for (Curve curve : curves) {
            List<Quantity> values = new ArrayList<>();
            for (int i = 0; i < curve.lengths().length; i++) {
                values.add(Quantity.of(curve.at(i)));
            }
            numbers.put(
                    curve.name(),
                    Map.of("lengths", curve.lengths(), "values", values, "slope", Quantity.of(curve.slope(from))));
        }
        return numbers;
    }
}
