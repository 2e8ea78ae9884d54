package apportion.spark.experiment.tasks;

import apportion.spark.page.Numbers;
import apportion.spark.statistics.Estimate;
import apportion.spark.study.Check;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.OptionalDouble;
import java.util.stream.Collectors;

/**
 * What a statement says of a view: ratios of errors that decide it. {@link Check} has the rest of the rule. Where two
 * numbers of heads solve the task their ratio decides nothing: it tells how far training has come.
 */
sealed interface Rule {

    /** Words of the rule that all share. */
    String TOLD = "p, paired over seeds and corrected after Holm for all ratios of all statements, is below 0.05; where"
            + " both solve the task nothing is told";

    /** What was found, and the differences that decide, of decadic logarithms of errors. */
    record Finding(String measured, List<Check.Step> steps) {

        static Finding unknown() {
            return of(Check.Step.unknown("Trials that it needs diverged"));
        }

        private static Finding of(Check.Step step) {
            return new Finding("", List.of(step));
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
            List<Check.Step> steps = new ArrayList<>();
            for (View.Named other : view.cells()) {
                if (!heads.contains(other.heads())) {
                    steps.add(step(
                            measured, other.cell(), champion.get().cell(), 1, inWords(other.heads()) + ": ", " times"));
                }
            }
            return new Finding(
                    "Least error with " + inWords(best.get().heads()) + ": "
                            + shown(measured, best.get().cell()) + "."
                            + (heads.contains(best.get().heads())
                                    ? ""
                                    : " The best of " + listed(heads) + " is "
                                            + champion.get().heads() + ": "
                                            + shown(measured, champion.get().cell()) + ".")
                            + " Beside it:",
                    steps);
        }

        @Override
        public String words() {
            return "agrees if every other number of heads is worse than the best of " + listed(heads)
                    + ", disagrees if one is better: " + TOLD;
        }
    }

    /** The error with some number of heads is at least so many times the least of the others. */
    record TimesTheBest(int heads, double factor) implements Rule {

        @Override
        public Finding apply(View view, Measurements measured) {
            List<View.Named> others = view.cells().stream()
                    .filter(named -> named.heads() != heads)
                    .toList();
            return new View(view.name(), others)
                    .best(measured)
                    .map(best -> Finding.of(step(
                            measured,
                            view.at(heads),
                            best.cell(),
                            factor,
                            "It is ",
                            " times that of " + inWords(best.heads()) + ", the least of the others")))
                    .orElse(Finding.unknown());
        }

        @Override
        public String words() {
            return above(factor) + "; the best of the others is chosen after looking";
        }
    }

    /** The error with some number of heads is at least so many times that with another. */
    record TimesAnother(int heads, int another, double factor) implements Rule {

        @Override
        public Finding apply(View view, Measurements measured) {
            return times(measured, view.at(heads), view.at(another), factor, " times that of " + inWords(another));
        }

        @Override
        public String words() {
            return above(factor);
        }
    }

    /** The rule of a ratio. */
    static String above(double factor) {
        return "agrees if the ratio is told to be above " + Numbers.fixed(factor, 0)
                + ", disagrees if it is told to be below: " + TOLD;
    }

    /** Whether one error is at least so many times another. */
    static Finding times(Measurements measured, Cell first, Cell second, double factor, String of) {
        return Finding.of(step(measured, first, second, factor, "It is ", of));
    }

    private static Check.Step step(
            Measurements measured, Cell first, Cell second, double factor, String before, String after) {
        Optional<Measurements.Comparison> comparison = measured.compare(first, second, factor);
        if (comparison.isEmpty()) {
            return Check.Step.unknown("Trials that it needs diverged");
        }
        if (comparison.get().solved()) {
            return Check.Step.unknown(before + shown(measured, first) + ", solved as well");
        }
        Estimate ratio = comparison.get().ratio();
        OptionalDouble detectable = comparison.get().detectable();
        return new Check.Step(
                ratio.value() - Math.log10(factor),
                comparison.get().pValue(),
                before
                        + ratio(ratio)
                        + after
                        + (detectable.isPresent() ? ", detectable " + power(detectable.getAsDouble()) + " times" : ""));
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

    private static String inWords(int heads) {
        return heads + (heads == 1 ? " head" : " heads");
    }

    private static String listed(List<Integer> heads) {
        return heads.stream().map(String::valueOf).collect(Collectors.joining(" and "));
    }
}
