package apportion.spark.study;

import apportion.spark.page.Html;
import apportion.spark.page.markup.Element;

/** A study as one HTML page that needs nothing else: verdict, figures and tables, what is ours, where it comes from. */
final class StudyPage {

    private StudyPage() {}

    static String of(Study study) {
        Element main = Element.of("main").add(top(study));
        if (!study.claims().isEmpty()) {
            main.add(study.verdicts().section());
        }
        study.sections().forEach(section -> main.add(section(section)));
        if (!study.ours().isEmpty()) {
            main.add(Verdicts.ours(study.ours()));
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
            top.add(Element.of("p", study.verdicts().score() + ".").with("class", "facts"));
        }
        return top;
    }

    private static Element section(Section section) {
        return Element.of("section")
                .with("class", "study")
                .add(Element.of("h2", section.title()))
                .addAll(section.content());
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
