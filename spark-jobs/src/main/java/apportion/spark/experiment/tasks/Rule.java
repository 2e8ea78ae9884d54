package apportion.spark.experiment.tasks;

import apportion.spark.page.Numbers;
import apportion.spark.statistics.Estimate;
import apportion.spark.statistics.Holm;
import apportion.spark.study.Agreement;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.stream.Collectors;

/** What a statement says of a view, and when measurements bear it out. */
sealed interface Rule {

    /** Significance of a whole family of comparisons. */
    double LEVEL = 0.05;

    /** What was found, and what that says. */
    record Finding(String measured, Agreement agreement) {

        static Finding unknown() {
            return new Finding("Trials that it needs diverged.", Agreement.CANNOT_TELL);
        }
    }

    /** Applies the rule. */
    Finding apply(View view, Measurements measured);

    /** The rule in words. */
    String words();

    /** The least error is that of one of some numbers of heads. */
    record BestAmong(List<Integer> heads) implements Rule {

        @Override
        public Finding apply(View view, Measurements measured) {
            Optional<View.Named> best = view.best(measured);
            List<View.Named> candidates = view.cells().stream()
                    .filter(named -> heads.contains(named.heads()))
                    .toList();
            Optional<View.Named> champion = new View(view.name(), candidates).best(measured);
            if (best.isEmpty() || champion.isEmpty()) {
                return Finding.unknown();
            }
            List<View.Named> others = view.cells().stream()
                    .filter(named -> !heads.contains(named.heads()))
                    .toList();
            List<Measurements.Comparison> comparisons = others.stream()
                    .flatMap(other ->
                            measured.compare(other.cell(), champion.get().cell()).stream())
                    .toList();
            boolean known = comparisons.size() == others.size()
                    && comparisons.stream().allMatch(c -> c.pValue().isPresent());
            double[] adjusted = known
                    ? Holm.adjusted(comparisons.stream()
                            .mapToDouble(c -> c.pValue().getAsDouble())
                            .toArray())
                    : new double[0];
            boolean allWorse = known;
            boolean oneBetter = false;
            for (int i = 0; i < adjusted.length; i++) {
                boolean differs = adjusted[i] < LEVEL && !comparisons.get(i).solved();
                allWorse &= differs && comparisons.get(i).ratio().value() > 0;
                oneBetter |= differs && comparisons.get(i).ratio().value() < 0;
            }
            return new Finding(
                    "Least error with " + best.get().heads() + " heads: "
                            + shown(measured, best.get().cell()) + "."
                            + (heads.contains(best.get().heads())
                                    ? ""
                                    : " The best of " + listed(heads) + " is "
                                            + champion.get().heads() + ": "
                                            + shown(measured, champion.get().cell()) + "."),
                    Agreement.of(allWorse, oneBetter));
        }

        @Override
        public String words() {
            return "agrees if every other number of heads is worse than the best of " + listed(heads)
                    + ", disagrees if one is better; p-values after Holm below 0.05; those that solve the task are alike";
        }
    }

    /** The error with some number of heads is at least so many times the least. */
    record TimesTheBest(int heads, double factor) implements Rule {

        @Override
        public Finding apply(View view, Measurements measured) {
            Optional<View.Named> best = view.best(measured);
            if (best.isEmpty()) {
                return Finding.unknown();
            }
            if (best.get().heads() == heads) {
                return new Finding(heads + " is itself the best.", Agreement.DISAGREES);
            }
            return times(
                    measured,
                    view.at(heads),
                    best.get().cell(),
                    factor,
                    " that of " + best.get().heads() + " heads, the least");
        }

        @Override
        public String words() {
            return "the 95% interval of the ratio lies above "
                    + (factor == 1 ? "1" : Numbers.fixed(factor, 0))
                    + ", or below it; the best is chosen after looking; where both solve the task neither is worse";
        }
    }

    /** The error with some number of heads is at least so many times that with another. */
    record TimesAnother(int heads, int another, double factor) implements Rule {

        @Override
        public Finding apply(View view, Measurements measured) {
            return times(measured, view.at(heads), view.at(another), factor, " that of " + another + " heads");
        }

        @Override
        public String words() {
            return "the 95% interval of the ratio lies above " + Numbers.fixed(factor, 0)
                    + ", or below it; where both solve the task neither is worse";
        }
    }

    /** Whether one error is at least so many times another; not where both are those of a solved task. */
    static Finding times(Measurements measured, Cell first, Cell second, double factor, String of) {
        Optional<Measurements.Comparison> comparison = measured.compare(first, second);
        if (comparison.isEmpty()) {
            return Finding.unknown();
        }
        if (comparison.get().solved()) {
            return new Finding(
                    "Both solve the task: " + shown(measured, first) + " and " + shown(measured, second) + ".",
                    Agreement.DISAGREES);
        }
        Estimate ratio = comparison.get().ratio();
        double least = Math.log10(factor);
        boolean holds = ratio.interval().map(i -> i.low() > least).orElse(false);
        boolean fails = ratio.interval().map(i -> i.high() < least).orElse(false);
        return new Finding("It is " + ratio(ratio) + " times" + of + ".", Agreement.of(holds, fails));
    }

    /** A ratio whose logarithm was estimated, with its interval. */
    static String ratio(Estimate logarithm) {
        return power(logarithm.value())
                + logarithm
                        .interval()
                        .map(i -> " (" + power(i.low()) + " to " + power(i.high()) + ")")
                        .orElse("");
    }

    /** An error of a cell, with its interval. */
    static String shown(Measurements measured, Cell cell) {
        return measured.error(cell).map(Rule::ratio).orElse("diverged");
    }

    private static String power(double logarithm) {
        double value = Math.pow(10, logarithm);
        return value >= 1e-4 && value < 1e5
                ? Numbers.fixed(value, value >= 100 ? 0 : value >= 10 ? 1 : value >= 1 ? 2 : value >= 0.1 ? 3 : 5)
                : String.format(Locale.ROOT, "%.1e", value);
    }

    private static String listed(List<Integer> heads) {
        return heads.stream().map(String::valueOf).collect(Collectors.joining(" and "));
    }
}
