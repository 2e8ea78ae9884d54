package apportion.spark.report;

import apportion.spark.page.Numbers;
import apportion.spark.report.LayoutFinding.Standing;
import apportion.spark.statistics.RankCorrelation;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Locale;
import java.util.stream.Collectors;

/**
 * What a sweep shows, in plain sentences with numbers.
 *
 * @param headline the answer
 * @param rest what qualifies it, sentence by sentence
 */
record Verdict(String headline, List<String> rest) {

    /** More names than this are a list that nobody reads. */
    private static final int MOST_NAMES = 6;

    /** A correlation that chance reaches more often is not called one. */
    private static final double LEVEL = 0.05;

    static Verdict of(Findings findings, Numbers numbers) {
        if (findings.best().isEmpty()) {
            String tried = findings.unfinished().isEmpty()
                    ? "No trial was recorded, so there is nothing to compare."
                    : "No trial finished, so there is nothing to compare.";
            return new Verdict(tried, List.of());
        }
        LayoutFinding best = findings.best().get();
        List<String> rest = new ArrayList<>();
        if (findings.layouts().size() == 1) {
            rest.add("It is the only layout with a finished trial, so nothing is said about others.");
        } else {
            rest.add(
                    findings.widest().equals(best) ? againstNext(findings, numbers) : againstWidest(findings, numbers));
            others(findings, numbers, rest);
        }
        rest.add(againstUnigram(findings, numbers));
        findings.theory()
                .filter(theory -> !theory.correlations().isEmpty())
                .ifPresent(theory -> rest.add(theory(theory)));
        if (findings.layouts().size() > 1) {
            rest.add(learningRates(findings));
        }
        return new Verdict(headline(findings, best, numbers), rest);
    }

    String text() {
        return String.join(" ", rest);
    }

    private static String headline(Findings findings, LayoutFinding best, Numbers numbers) {
        String loss = numbers.loss(best.loss().value()) + " nats per token";
        String layout = capital(LayoutNames.words(best.layout()));
        if (findings.layouts().size() == 1) {
            return layout + " reached " + loss + ".";
        }
        return findings.noise().knowsSeeds()
                ? layout + " did best: " + loss + "."
                : layout + " had the lowest loss, " + loss + ", but without a second seed that may be luck.";
    }

    private static String againstWidest(Findings findings, Numbers numbers) {
        LayoutFinding widest = findings.widest();
        String below = numbers.loss(widest.toBest().value()) + " nats";
        String name = LayoutNames.words(widest.layout());
        String interval = widest.toBest()
                .interval()
                .map(range -> " (95% interval " + numbers.range(range) + ")")
                .orElse("");
        return switch (widest.standing()) {
            case NOT_TOLD_APART ->
                "It came out " + below + " below " + name + interval + ": too little to rule out that they are equal.";
            case UNKNOWN -> "That is " + below + " below " + name + onThisSeed(findings, interval) + ".";
            default -> "That is " + below + " below " + name + interval + ".";
        };
    }

    private static String onThisSeed(Findings findings, String interval) {
        return findings.noise().knowsDocuments()
                ? interval.replace(")", " for these very runs on other documents)")
                : "";
    }

    private static void others(Findings findings, Numbers numbers, List<String> rest) {
        List<LayoutFinding> level = findings.standing(Standing.NOT_TOLD_APART);
        List<LayoutFinding> worse = findings.standing(Standing.WORSE);
        if (!findings.noise().knowsSeeds()) {
            rest.add("Layouts cannot be ranked from these runs: train each with at least two seeds.");
        } else if (level.isEmpty()) {
            rest.add("Every other layout is worse by more than the noise" + by(worse, numbers) + ".");
        } else {
            rest.add(capital(names(level)) + (level.size() == 1 ? " is" : " are") + " not distinguishable from it"
                    + by(level, numbers)
                    + (worse.isEmpty()
                            ? "."
                            : "; " + names(worse) + (worse.size() == 1 ? " is" : " are") + " worse" + by(worse, numbers)
                                    + "."));
        }
    }

    /** For example {@code , by 0.012 to 0.034}. */
    private static String by(List<LayoutFinding> layouts, Numbers numbers) {
        double[] differences = layouts.stream()
                .mapToDouble(layout -> layout.toBest().value())
                .sorted()
                .toArray();
        String least = numbers.loss(differences[0]);
        String most = numbers.loss(differences[differences.length - 1]);
        return " (by " + least + (least.equals(most) ? "" : " to " + most) + ")";
    }

    /** Where the usual point of comparison is itself the best. */
    private static String againstNext(Findings findings, Numbers numbers) {
        LayoutFinding next = findings.layouts().stream()
                .filter(layout -> layout.standing() != Standing.BEST)
                .min(Comparator.comparingDouble(layout -> layout.toBest().value()))
                .orElseThrow();
        boolean fewestOfAll = findings.layouts().get(0).equals(findings.best().orElseThrow());
        return (fewestOfAll ? "More heads did not help: the next best, " : "The next best, ")
                + LayoutNames.words(next.layout()) + ", came out "
                + numbers.loss(next.toBest().value())
                + " nats above it.";
    }

    private static String names(List<LayoutFinding> layouts) {
        if (layouts.size() > MOST_NAMES) {
            return layouts.size() + " layouts";
        }
        return Numbers.list(layouts.stream()
                .map(layout -> LayoutNames.words(layout.layout()))
                .toList());
    }

    private static String againstUnigram(Findings findings, Numbers numbers) {
        double unigram = findings.summary().corpus().unigramLoss();
        double worst = findings.layouts().stream()
                .mapToDouble(layout -> layout.loss().value())
                .max()
                .orElseThrow();
        String baseline = "a model that only knows how often each token occurs (" + numbers.loss(unigram) + ")";
        String who = findings.layouts().size() == 1 ? "It lies " : "Even the worst layout lies ";
        return worst < unigram
                ? who + Numbers.fixed(unigram - worst, 2) + " nats below " + baseline + "."
                : "Not every layout is below " + baseline + ", so training has not worked or is too short.";
    }

    private static String theory(TheoryFinding theory) {
        String orders = theory.correlations().entrySet().stream()
                .map(entry -> order(entry.getValue()) + Figures.with(entry.getKey()) + " ("
                        + correlation(entry.getValue()) + ")")
                .collect(Collectors.joining("; "));
        return "Theory\u2019s bound (" + theory.choice() + ") " + orders + ".";
    }

    private static String order(RankCorrelation found) {
        if (found.probability() > LEVEL) {
            return "cannot be said to order layouts as their losses do";
        }
        return found.rho() > 0 ? "orders layouts as their losses do" : "orders layouts against their losses";
    }

    /** For example {@code Spearman's rank correlation 0.70 over 5 layouts, permutation p = 0.233}. */
    static String correlation(RankCorrelation found) {
        return "Spearman\u2019s rank correlation " + Numbers.fixed(found.rho(), 2) + " over " + found.pairs()
                + " layouts, permutation p " + (found.exact() ? "= " : "\u2248 ")
                + Numbers.fixed(found.probability(), 3);
    }

    private static String learningRates(Findings findings) {
        if (findings.rates().isEmpty()) {
            return "All layouts were trained with one learning rate, which may suit one better than another.";
        }
        List<String> atEdge = findings.atEdge().stream().map(LayoutNames::words).toList();
        String bracketed = "Each layout has the learning rate that suits it best of those tried";
        if (atEdge.isEmpty()) {
            return bracketed + ", and none of them is the lowest or the highest.";
        }
        return bracketed + "; that of " + Numbers.list(atEdge)
                + " is the lowest or the highest tried, so a better one may lie beyond.";
    }

    private static String capital(String text) {
        return text.substring(0, 1).toUpperCase(Locale.ROOT) + text.substring(1);
    }
}
