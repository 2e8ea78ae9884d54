package apportion.spark.report;

import apportion.model.allocation.AllocationProblem;
import apportion.model.allocation.AllocationProblem.Spending;
import apportion.model.allocation.Allocator;
import apportion.model.allocation.ErrorBound;
import apportion.model.allocation.HeadCurve;
import apportion.model.allocation.LagKernel;
import apportion.spark.statistics.RankCorrelation;
import java.util.EnumMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/**
 * The error bound of arXiv 2510.03784 for the layouts of a sweep, and whether it orders them as their losses do.
 *
 * <p>The kernel and the token dimension are choices of the sweep's configuration; nothing says which ones stand for a
 * text. Heads in all are shared out evenly among the served lags.
 *
 * @param theory what was chosen
 * @param served {@code M}: lags that the best allocation of the budget serves
 * @param curve the bound against heads that spend the budget; empty if no head could keep a whole token
 * @param bounds of each layout of equal heads
 * @param correlations of bound and loss, for each way to score with enough layouts
 */
record TheoryFinding(
        SweepSummary.Theory theory,
        int served,
        List<HeadCurve.Point> curve,
        Map<Layout, Double> bounds,
        Map<Scoring, RankCorrelation> correlations) {

    static Optional<TheoryFinding> of(Findings findings) {
        if (findings.layouts().stream().noneMatch(layout -> layout.layout().hasEqualHeads())) {
            return Optional.empty();
        }
        SweepSummary.Theory theory = findings.summary().theory();
        ErrorBound bound = new ErrorBound(LagKernel.parse(theory.kernel()), theory.tokenDim());
        Optional<HeadCurve> curve = curve(theory, bound);
        int served = curve.map(HeadCurve::served).orElse(1);
        Map<Layout, Double> bounds = new LinkedHashMap<>();
        Map<Scoring, RankCorrelation> correlations = new EnumMap<>(Scoring.class);
        for (Scoring scoring : findings.scorings()) {
            List<LayoutFinding> layouts = findings.equalHeads(scoring);
            layouts.forEach(layout -> bounds.put(layout.layout(), bound(bound, served, layout.layout())));
            correlate(layouts, bounds).ifPresent(found -> correlations.put(scoring, found));
        }
        return Optional.of(new TheoryFinding(
                theory, served, curve.map(HeadCurve::points).orElse(List.of()), bounds, correlations));
    }

    private static Optional<HeadCurve> curve(SweepSummary.Theory theory, ErrorBound bound) {
        if (theory.tokenDim() > theory.budget()) {
            return Optional.empty();
        }
        AllocationProblem problem =
                new AllocationProblem(bound.kernel(), theory.budget(), theory.tokenDim(), Spending.ALL);
        int served = Allocator.fitting(problem).allocate(problem).served();
        return Optional.of(HeadCurve.of(problem, served));
    }

    private static double bound(ErrorBound bound, int served, Layout layout) {
        return HeadCurve.value(bound, served, (double) layout.heads() / served, layout.headDim());
    }

    private static Optional<RankCorrelation> correlate(List<LayoutFinding> layouts, Map<Layout, Double> bounds) {
        List<Double> expected =
                layouts.stream().map(layout -> bounds.get(layout.layout())).toList();
        List<Double> losses =
                layouts.stream().map(layout -> layout.loss().value()).toList();
        return RankCorrelation.canRank(expected) && RankCorrelation.canRank(losses)
                ? Optional.of(RankCorrelation.of(array(expected), array(losses)))
                : Optional.empty();
    }

    private static double[] array(List<Double> values) {
        return values.stream().mapToDouble(Double::doubleValue).toArray();
    }

    /**
     * The bound for a layout of equal heads.
     *
     * @throws IllegalArgumentException if it has none
     */
    double bound(Layout layout) {
        Double bound = bounds.get(layout);
        if (bound == null) {
            throw new IllegalArgumentException("there is a bound for layouts of equal heads only, got " + layout);
        }
        return bound;
    }

    /** For example {@code kernel induction-step, tokens of 16 dimensions}. */
    String choice() {
        return "kernel " + theory.kernel() + ", tokens of " + theory.tokenDim() + " dimensions";
    }
}
