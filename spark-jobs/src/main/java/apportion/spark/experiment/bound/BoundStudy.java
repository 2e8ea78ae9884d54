package apportion.spark.experiment.bound;

import apportion.model.allocation.Allocation;
import apportion.model.allocation.AllocationProblem;
import apportion.model.allocation.Allocator;
import apportion.model.allocation.HeadCurve;
import apportion.spark.experiment.Bound;
import apportion.spark.page.Html;
import apportion.spark.page.Numbers;
import apportion.spark.page.markup.Element;
import apportion.spark.study.Agreement;
import apportion.spark.study.Chart;
import apportion.spark.study.Claim;
import apportion.spark.study.Origin;
import apportion.spark.study.Scale;
import apportion.spark.study.Section;
import apportion.spark.study.Series;
import apportion.spark.study.Study;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Locale;

/**
 * What the bound says of a budget, and whether the curve of the paper's formula is this one.
 *
 * <p>The rules: the curve agrees if no given point is farther from it than the tolerance, and its least point if that
 * has as many heads as the least given one. The paper's figure has no numbers: points are given by whoever recomputes
 * them.
 */
public final class BoundStudy {

    private static final String PAPER = "arXiv 2510.03784";
    private static final int DECIMALS = 4;

    private final Bound experiment;
    private final HeadCurve curve;
    private final Allocation allocation;
    private final List<Row> rows;

    private BoundStudy(Bound experiment) {
        AllocationProblem problem = experiment.problem();
        this.experiment = experiment;
        this.allocation = Allocator.fitting(problem).allocate(problem);
        this.curve = HeadCurve.of(problem, allocation.served());
        this.rows = experiment.points().stream()
                .filter(point -> point.heads() <= curve.points().size())
                .map(point -> new Row(
                        point.heads(),
                        curve.points().get(point.heads() - 1).headDim(),
                        point.bound(),
                        curve.points().get(point.heads() - 1).bound()))
                .toList();
    }

    /** A point of the paper's formula beside the curve. */
    private record Row(int heads, double headDim, double recomputed, double computed) {

        double distance() {
            return Math.abs(recomputed - computed);
        }
    }

    /** As {@code report.json} has it. */
    private record Said(List<HeadCurve.Point> curve, List<Row> recomputed, String allocation, double allocatedBound) {}

    /** The study of an experiment. */
    public static Study of(Bound experiment, Origin origin) {
        BoundStudy study = new BoundStudy(experiment);
        return new Study(
                "Bound against heads",
                "How many heads does theory want for a budget of " + experiment.budget() + "?",
                study.answer(),
                study.claims(),
                List.of(study.figure(), study.table()),
                List.of(
                        "Lags are 1, 2, ...: the paper's target starts at lag 0, its bound at lag 1.",
                        "The slack eps is 0 and tokens have norm at most 1.",
                        "The solver of the allocation problem: no source gives one.",
                        "The figure comes without numbers on its curve. The points are recomputed from the formula as the paper"
                                + " states it; that the figure passes within 0.004 of each was read off, pixel by pixel."),
                origin,
                new Said(
                        study.curve.points(),
                        study.rows,
                        study.allocation.attention().toString(),
                        study.allocation.bound()));
    }

    private String answer() {
        HeadCurve.Point best = curve.best();
        String after = best.heads() < curve.points().size()
                ? " One head more costs "
                        + times(curve.points().get(best.heads()).bound() / best.bound())
                        + " as much, since heads are then narrower than a token of " + experiment.tokenDim()
                        + ": the least point is a cusp, not the bottom of a smooth valley."
                : "";
        return "The bound is least with " + best.heads() + (best.heads() == 1 ? " head" : " heads") + " of "
                + Element.number(best.headDim()) + " for each served lag, " + Numbers.fixed(best.bound(), DECIMALS)
                + "."
                + after + " A bound is no prediction of an error.";
    }

    private static String times(double factor) {
        return String.format(Locale.ROOT, "%.1f times", factor);
    }

    private List<Claim> claims() {
        List<Claim> claims = new ArrayList<>();
        Row farthest =
                rows.stream().max(Comparator.comparingDouble(Row::distance)).orElseThrow();
        boolean near = rows.size() == experiment.points().size() && farthest.distance() <= experiment.tolerance();
        claims.add(new Claim(
                PAPER + ", figure of E_" + experiment.budget() + "(H)",
                "The curve of the bound is that of the paper's formula, and so of its figure, which passes within 0.004 of it.",
                "Of " + rows.size() + " points of the formula the farthest from the curve is that of "
                        + farthest.heads() + " heads, by " + String.format(Locale.ROOT, "%.1e", farthest.distance())
                        + ".",
                Agreement.of(near, !near),
                "no point is farther from the curve than "
                        + String.format(Locale.ROOT, "%.1e", experiment.tolerance())));
        int least = experiment.points().stream()
                .min(Comparator.comparingDouble(Bound.Point::bound))
                .orElseThrow()
                .heads();
        boolean same = least == curve.best().heads();
        claims.add(new Claim(
                PAPER + ", the same figure",
                "The bound is least where heads are as wide as tokens: " + least + " heads.",
                "It is least with " + curve.best().heads() + " of "
                        + Element.number(curve.best().headDim()) + ", of tokens of " + experiment.tokenDim() + ".",
                Agreement.of(same, !same),
                "the curve and the points of the formula have their least value at the same number of heads"));
        return claims;
    }

    private Section figure() {
        List<Series.Point> line = curve.points().stream()
                .map(point -> Series.Point.of(point.heads(), point.bound()))
                .toList();
        List<Series.Point> points = rows.stream()
                .map(row -> Series.Point.of(row.heads(), row.recomputed()))
                .toList();
        Chart chart = new Chart(
                "Bound against heads",
                "Line: the bound with as many heads for each served lag, of a dimension that need not be whole. Crosses: the"
                        + " points recomputed from the formula as the paper states it; its figure passes within 0.004 of each.",
                new Chart.Measure("heads of each served lag", Scale.WHOLE),
                new Chart.Measure("bound on the error", Scale.LINEAR),
                List.of(
                        new Series("computed here", Series.Mark.LINE, line),
                        new Series("points of the formula", Series.Mark.CROSS, points)));
        return Section.of(
                "The curve",
                chart.figure(),
                Element.of(
                        "p",
                        "Whole heads that spend the budget, by our solver: " + allocation.attention() + ", bound "
                                + Numbers.fixed(allocation.bound(), DECIMALS) + "."));
    }

    private Section table() {
        Element body = Element.of("tbody");
        for (Row row : rows) {
            boolean best = row.heads() == curve.best().heads();
            body.add(Html.row(
                            Integer.toString(row.heads()),
                            Element.number(row.headDim()),
                            Numbers.fixed(row.recomputed(), DECIMALS),
                            Numbers.fixed(row.computed(), DECIMALS),
                            String.format(Locale.ROOT, "%.1e", row.distance()))
                    .with("class", best ? "is-best" : "is-other"));
        }
        return Section.of(
                "Points",
                Html.scrolling(Html.table("Points", "heads", "head dim", "formula", "computed here", "distance")
                        .add(body)));
    }
}
