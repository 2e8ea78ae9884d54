package apportion.spark.page;

import apportion.spark.page.markup.Element;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.util.Locale;
import java.util.Map;
import java.util.function.BiFunction;

/** The pieces that every page is made of, in the style of one sheet that stands in the page. */
public final class Html {

    /** Figures are drawn twice, for a wide window and for a phone; the style sheet shows the one that fits. */
    public static final double WIDE = 700;

    /** See {@link #WIDE}. */
    public static final double NARROW = 350;

    private static final String STYLE = style();

    private Html() {}

    /** A whole page, complete in itself. */
    public static Element page(String title, Element main) {
        Element head = Element.of("head")
                .add(
                        Element.of("meta").with("charset", "utf-8"),
                        Element.of("meta")
                                .with("name", "viewport")
                                .with("content", "width=device-width, initial-scale=1"),
                        Element.of("meta").with("name", "color-scheme").with("content", "light dark"),
                        Element.of("title", title),
                        Element.style(STYLE));
        return Element.of("html")
                .with("lang", "en")
                .add(head, Element.of("body").add(main));
    }

    /** A figure and what it shows. */
    public static Element figure(String title, String caption, Element... drawings) {
        return Element.of("figure")
                .add(drawings)
                .add(Element.of("figcaption").add(Element.of("b", title)).add(" " + caption));
    }

    /**
     * A figure that is drawn twice, for a wide window and for a phone.
     *
     * @param draw the drawing with an id and a width
     */
    public static Element figure(String title, String caption, BiFunction<String, Double, Element> draw) {
        String id = title.toLowerCase(Locale.ROOT).replaceAll("[^a-z0-9]+", "-");
        return figure(
                title + ".",
                caption,
                draw.apply(id + "-wide", WIDE).with("class", "wide"),
                draw.apply(id + "-narrow", NARROW).with("class", "narrow"));
    }

    /** A table's head; rows go into a {@code tbody}. */
    public static Element table(String caption, String... columns) {
        Element heads = Element.of("tr");
        for (String column : columns) {
            heads.add(Element.of("th", column).with("scope", "col"));
        }
        return Element.of("table")
                .add(Element.of("caption", caption), Element.of("thead").add(heads));
    }

    /** A row of a table. */
    public static Element row(String head, String... cells) {
        Element row = Element.of("tr").add(Element.of("th", head).with("scope", "row"));
        for (String cell : cells) {
            row.add(Element.of("td", cell));
        }
        return row;
    }

    /** A table that may have to be scrolled, and so is reachable by keyboard. */
    public static Element scrolling(Element table) {
        return Element.of("div").with("class", "scroll").with("tabindex", "0").add(table);
    }

    /** Text that qualifies a table. */
    public static Element note(String text) {
        return Element.of("p", text).with("class", "note");
    }

    /** {@code 1 layout}, {@code 2 layouts}. */
    public static String plural(long count, String noun) {
        return Numbers.count(count) + " " + noun + (count == 1 ? "" : "s");
    }

    /** Names and what they stand for. */
    public static Element definitions(String title, Map<String, String> entries) {
        Element list = Element.of("dl");
        entries.forEach((name, value) -> list.add(Element.of("dt", name), Element.of("dd", value)));
        return Element.of("div").add(Element.of("h3", title), list);
    }

    /** Text as it stands, such as a command. */
    public static Element block(String text) {
        return Element.of("pre", text).with("tabindex", "0");
    }

    private static String style() {
        try (InputStream in = Html.class.getResourceAsStream("page.css")) {
            if (in == null) {
                throw new IllegalStateException(
                        "page.css is not beside " + Html.class.getName() + " on the class path");
            }
            return new String(in.readAllBytes(), StandardCharsets.UTF_8);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }
}
