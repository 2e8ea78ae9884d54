package apportion.spark.study;

import apportion.spark.page.Html;
import apportion.spark.page.Numbers;
import apportion.spark.page.markup.Element;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/** A study as one HTML page that needs nothing else: verdict, figures and tables, what is ours, where it comes from. */
final class StudyPage {

    private StudyPage() {}

    static String of(Study study) {
        Element main = Element.of("main").add(top(study));
        if (!study.claims().isEmpty()) {
            main.add(claims(study));
        }
        study.sections().forEach(section -> main.add(section(section)));
        if (!study.ours().isEmpty()) {
            main.add(section(new Section("What is our choice", ours(study))));
        }
        main.add(origin(study.origin()));
        return Html.page(study.title(), main).document();
    }

    private static Element top(Study study) {
        Element top = Element.of("header")
                .add(
                        Element.of("p", study.title()).with("class", "name"),
                        Element.of("h1", study.question()),
                        Element.of("p", study.answer()).with("class", "verdict"));
        if (!study.claims().isEmpty()) {
            top.add(Element.of("p", study.score() + ".").with("class", "facts"));
        }
        return top;
    }

    /** As lists, which a phone shows as well as a wide window; one for each source. */
    private static Element claims(Study study) {
        Element section = Element.of("section").add(Element.of("h2", "Verdicts"));
        Map<String, List<Integer>> rules = new LinkedHashMap<>();
        Element list = Element.of("ol");
        for (int i = 0; i < study.claims().size(); i++) {
            Claim claim = study.claims().get(i);
            if (i == 0 || !claim.source().equals(study.claims().get(i - 1).source())) {
                list = Element.of("ol").with("class", "claims").with("start", i + 1);
                section.add(Element.of("h3", claim.source()), list);
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
        return section.add(rules(rules));
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

    private static Element section(Section section) {
        return Element.of("section")
                .with("class", "study")
                .add(Element.of("h2", section.title()))
                .addAll(section.content());
    }

    private static List<Element> ours(Study study) {
        Element list = Element.of("ul");
        study.ours().forEach(choice -> list.add(Element.of("li", choice)));
        List<Element> content = new ArrayList<>();
        content.add(Element.of("p", "The source does not give these; another choice may change the result."));
        content.add(list);
        return content;
    }

    private static Element origin(Origin origin) {
        return Element.of("details")
                .add(
                        Element.of("summary", "Where these numbers come from"),
                        Html.definitions("Facts", origin.facts()),
                        Element.of("h3", "Command"),
                        Html.block(origin.command()),
                        Element.of("h3", "Resolved configuration"),
                        Html.block(origin.config()));
    }
}
