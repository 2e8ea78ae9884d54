package apportion.spark.study;

import apportion.spark.report.Html;
import apportion.spark.report.markup.Element;
import java.util.ArrayList;
import java.util.List;

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

    /** As a list, which a phone shows as well as a wide window. */
    private static Element claims(Study study) {
        Element list = Element.of("ol").with("class", "claims");
        for (Claim claim : study.claims()) {
            list.add(Element.of("li")
                    .add(
                            Element.of("p")
                                    .with("class", "claimed")
                                    .add(
                                            Element.of("b", mark(claim.agreement()))
                                                    .with("class", "agreement"),
                                            Element.of("span", " " + claim.claimed())),
                            Element.of("p", claim.measured()),
                            Element.of("p", claim.source() + ". Rule: " + claim.because())
                                    .with("class", "note")));
        }
        return Element.of("section").add(Element.of("h2", "Verdicts"), list);
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
        return Element.of("section").add(Element.of("h2", section.title())).addAll(section.content());
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
