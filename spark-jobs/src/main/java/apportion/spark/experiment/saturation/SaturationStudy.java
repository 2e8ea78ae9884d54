package apportion.spark.experiment.saturation;

import apportion.model.inspect.LengthStatistics;
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
import java.util.function.DoubleUnaryOperator;
import java.util.function.Function;
import java.util.stream.DoubleStream;

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

    /** The slope of the norm of logits that are drawn alike at all lengths. */
    private static final double ROOT = 0.5;

    private static final String MODELS = "models, whose values are geometric means over heads";
    private static final String PAPER = "arXiv 2510.03784";
    private static final List<Mark> MARKS = List.of(Mark.DISC, Mark.RING, Mark.DIAMOND, Mark.DOTS);

    private final Saturation experiment;
    private final List<Curve> logits;
    private final List<Curve> reduction;
    private final List<ModelHeads> heads;
    private final Optional<Models> models;
    private final double from;

    /** All models, a unit each: geometric means over their heads. */
    private record Models(Curve jacobian, Curve scores) {

        static Optional<Models> of(List<ModelHeads> models) {
            return models.isEmpty()
                    ? Optional.empty()
                    : Optional.of(new Models(
                            curve("norm of the Jacobian", models, LengthStatistics.Curve::jacobian),
                            curve("norm of the logits", models, LengthStatistics.Curve::logits)));
        }

        private static Curve curve(
                String name, List<ModelHeads> models, Function<LengthStatistics.Curve, double[]> measure) {
            return new Curve(
                    name,
                    models.get(0).lengths(),
                    models.stream().map(model -> model.mean(measure)).toList());
        }
    }

    SaturationStudy(Saturation experiment, List<Curve> logits, List<Curve> reduction, List<ModelHeads> heads) {
        this.experiment = experiment;
        this.logits = logits;
        this.reduction = reduction;
        this.heads = heads;
        this.models = Models.of(heads);
        this.from = experiment.lengths().get((experiment.lengths().size() - 1) / 2);
    }

    Study study(Origin origin) {
        List<Section> sections = new ArrayList<>(List.of(
                Section.of(
                        "Logits that are drawn",
                        chart("Jacobian of drawn logits", "norm of the Jacobian", logits, "seeds")),
                Section.of(
                        "A head of " + Simulation.TEACHER + " by one of " + Simulation.STUDENT,
                        chart("Errors of a smaller head", "error", reduction, "seeds"),
                        Element.of("p", derived()))));
        models.ifPresent(seen -> sections.add(Section.of(
                "Trained models",
                chart("Jacobian in trained models", "norm of the Jacobian", List.of(seen.jacobian()), MODELS),
                chart("Logits in trained models", "norm of the logits", List.of(seen.scores()), MODELS),
                Element.of("p", singleHeads()))));
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
                        "What counts as O(1/L): a slope below " + STEEP + ", of simulations over lengths from "
                                + (int) from + ", of models over all that they see.",
                        "The trained models, which differ in their seeds alone, and their text."),
                origin,
                numbers());
    }

    private String answer() {
        String drawn = "With bounded logits it does, as 1/L: slope "
                + words(logits.get(1).slope(from))
                + " for uniform ones. With normal logits of variance 1 the slope is "
                + words(logits.get(2).slope(from))
                + ", of variance 4 " + words(logits.get(3).slope(from)) + ".";
        String trained = models.map(seen -> " In trained models (" + heads.size() + ") it is "
                        + words(seen.jacobian().slope(0)) + ", while the norm of their logits goes with "
                        + words(seen.scores().slope(0)) + " (0.5 if their scale stays).")
                .orElse("");
        return drawn + trained + " Slopes are of logarithms; -1 is 1/L.";
    }

    /** What {@link SmallerHead} says of the slopes that were measured. */
    private String derived() {
        double[] lengths = experiment.lengths().stream()
                .mapToDouble(length -> length)
                .filter(length -> length >= from)
                .toArray();
        return "Why it is so: probability j is off by about (s_j \u2212 s\u2032_j) / L. The largest of these errors falls as"
                + " 1/L; the sum of their magnitudes, twice the total variation, does not; and the output, the sum of"
                + " p_j y_j over normal tokens y_j, tends to the vector a of the scores s_j = a\u1d40y_j, so that its error"
                + " tends to |a \u2212 a\u2032|, which no length averages out. What is left of a slope comes from finite lengths:"
                + " a is scaled by the largest of L scores, which grows slowly, and the output has sampling noise. Derived"
                + " so, the slope of the total variation is " + slope(lengths, SmallerHead::variation)
                + ", that of the output " + slope(lengths, SmallerHead::output) + "; measured: "
                + words(reduction.get(2).slope(from)) + " and "
                + words(reduction.get(3).slope(from)) + ".";
    }

    private static String slope(double[] lengths, DoubleUnaryOperator error) {
        double slope =
                Simulation.slope(lengths, DoubleStream.of(lengths).map(error).toArray());
        return words(new Estimate(slope, Optional.empty()));
    }

    private String singleHeads() {
        double[] slopes = heads.stream()
                .flatMapToDouble(model -> DoubleStream.of(slopes(model)))
                .sorted()
                .toArray();
        return String.format(
                        Locale.ROOT,
                        "A model's value is the geometric mean over its heads. The Jacobian's slopes of the %d heads of"
                                + " all models lie between %.2f and %.2f.",
                        slopes.length,
                        slopes[0],
                        slopes[slopes.length - 1])
                .replace("-", "\u2212");
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
        models.ifPresent(seen -> {
            claims.add(falls(
                    "Theorem 2 on trained models",
                    "The Jacobian's norm falls with the length.",
                    seen.jacobian().slope(0)));
            claims.add(order(
                    "Theorem 2 on trained models",
                    "It falls as 1/L.",
                    seen.jacobian().slope(0)));
            claims.add(scales(seen.scores().slope(0)));
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

    private static Claim falls(String source, String claimed, Estimate slope) {
        Interval range = range(slope);
        return new Claim(
                source,
                claimed,
                "Slope " + words(slope) + ".",
                Agreement.of(range.high() < 0, range.low() > 0),
                "the 95% interval of the slope lies below 0");
    }

    /** The norm of {@code L} logits of one scale grows as their root by itself: only what is beyond that is growth. */
    private static Claim scales(Estimate slope) {
        Interval range = range(slope);
        return new Claim(
                "A public review of the paper",
                "Trained logits grow with the length: their norm faster than the root of their number.",
                "Slope " + words(slope) + "; that of logits of one scale is 0.5.",
                Agreement.of(range.low() > ROOT, range.high() < ROOT),
                "the 95% interval of the slope lies above 0.5");
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
        models.ifPresent(seen -> {
            numbers.put(
                    "checkpoints", heads.stream().map(ModelHeads::checkpoint).toList());
            numbers.put("models", curves(List.of(seen.jacobian(), seen.scores()), 0));
            numbers.put(
                    "slopesOfHeads", heads.stream().map(SaturationStudy::slopes).toList());
        });
        return numbers;
    }

    private static double[] slopes(ModelHeads model) {
        return model.slopes(LengthStatistics.Curve::jacobian);
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
