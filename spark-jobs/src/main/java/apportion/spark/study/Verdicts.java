package apportion.spark.study;

import apportion.spark.page.Html;
import apportion.spark.page.Numbers;
import apportion.spark.page.markup.Element;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;

/** Claims as a page and a terminal show them. */
public record Verdicts(List<Claim> claims) {

    public Verdicts {
        claims = List.copyOf(claims);
    }

    /** How many claims hold, as {@code 3 of 5 statements agree, 1 disagrees, 1 cannot be told at this size}. */
    public String score() {
        long agree = count(Agreement.AGREES);
        long disagree = count(Agreement.DISAGREES);
        long open = count(Agreement.CANNOT_TELL);
        List<String> parts = new ArrayList<>();
        parts.add(agree + " of " + claims.size() + " " + (claims.size() == 1 ? "statement" : "statements")
                + (agree == 1 ? " agrees" : " agree") + " with what was measured");
        if (disagree > 0) {
            parts.add(disagree + (disagree == 1 ? " disagrees" : " disagree"));
        }
        if (open > 0) {
            parts.add(open + " cannot be told at this size");
        }
        return String.join(", ", parts);
    }

    private long count(Agreement agreement) {
        return claims.stream().filter(claim -> claim.agreement() == agreement).count();
    }

    /** Each claim's verdict on lines of its own, for a terminal. */
    public String text() {
        StringBuilder text = new StringBuilder();
        for (Claim claim : claims) {
            text.append(String.format(
                    Locale.ROOT,
                    "%-24s  %s%n%26s%s%n",
                    claim.agreement().words(),
                    claim.claimed(),
                    "",
                    claim.measured()));
        }
        return text.toString();
    }

    /** A section of a page. */
    public Element section() {
        return Element.of("section").add(Element.of("h2", "Verdicts"), list());
    }

    /** As lists, which a phone shows as well as a wide window; one for each source. */
    Element list() {
        Element all = Element.of("div");
        Map<String, List<Integer>> rules = new LinkedHashMap<>();
        Element list = Element.of("ol");
        for (int i = 0; i < claims.size(); i++) {
            Claim claim = claims.get(i);
            if (i == 0 || !claim.source().equals(claims.get(i - 1).source())) {
                list = Element.of("ol").with("class", "claims").with("start", i + 1);
                all.add(Element.of("h3", claim.source()), list);
            }
            list.add(Element.of("li")
                    .add(
                            Element.of("p")
                                    .with("class", "claimed")
                                    .add(
                                            Element.of("b", mark(claim.agreement()))
                                                    .with("class", "agreement"),
                                            Element.of("span", " " + claim.claimed())),
                            Element.of("p", claim.measured()).with("class", "measured")));
            rules.computeIfAbsent(claim.because(), rule -> new ArrayList<>()).add(i + 1);
        }
        return all.add(rules(rules));
    }

    private static Element rules(Map<String, List<Integer>> rules) {
        Element list = Element.of("ul").with("class", "note");
        rules.forEach((rule, numbers) -> list.add(Element.of(
                "li", Numbers.list(numbers.stream().map(String::valueOf).toList()) + ": " + rule + ".")));
        return Element.of("details").add(Element.of("summary", "The rules behind the verdicts"), list);
    }

    private static String mark(Agreement agreement) {
        String sign = switch (agreement) {
            case AGREES -> "\u2713 ";
            case DISAGREES -> "\u2717 ";
            case CANNOT_TELL -> "? ";
        };
        return sign + agreement.words() + ":";
    }

    /** Settings that no source gives. */
    public static Element ours(List<String> choices) {
        Element list = Element.of("ul");
        choices.forEach(choice -> list.add(Element.of("li", choice)));
        return Element.of("section")
                .with("class", "study")
                .add(
                        Element.of("h2", "What is our choice"),
                        Html.note("The source does not give these; another choice may change the result."),
                        list);
    }
}
