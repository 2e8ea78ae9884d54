package apportion.spark.study;

import apportion.spark.page.markup.Element;
import java.util.List;

/** A part of a page: figures, tables and text under one title. */
public record Section(String title, List<Element> content) {

    public Section {
        content = List.copyOf(content);
    }

    /** A part with this content. */
    public static Section of(String title, Element... content) {
        return new Section(title, List.of(content));
    }
}
