package apportion.spark.page;

import apportion.spark.page.markup.Element;
import java.util.stream.Collectors;
import java.util.stream.IntStream;

/** The marks that the figures share; their colours stand in the page's style sheet, by class. */
public final class Drawing {

    private Drawing() {}

    /** A figure that says in words what it shows, for those who cannot see it. */
    public static Element figure(String id, double width, double height, String title, String description) {
        return Element.of("svg")
                .with("xmlns", "http://www.w3.org/2000/svg")
                .with("viewBox", "0 0 " + Element.number(width) + " " + Element.number(height))
                .with("role", "img")
                .with("aria-labelledby", id + "-title " + id + "-desc")
                .add(
                        Element.of("title", title).with("id", id + "-title"),
                        Element.of("desc", description).with("id", id + "-desc"));
    }

    /** A straight line. */
    public static Element line(String kind, double x1, double y1, double x2, double y2) {
        return Element.of("line")
                .with("class", kind)
                .with("x1", x1)
                .with("y1", y1)
                .with("x2", x2)
                .with("y2", y2);
    }

    /** Text whose base line begins, or ends, or has its middle at a point, as its classes say. */
    public static Element text(String kind, double x, double y, String text) {
        return Element.of("text", text).with("class", kind).with("x", x).with("y", y);
    }

    /** A circle, filled or not as its class says. */
    public static Element dot(String kind, double x, double y, double radius) {
        return Element.of("circle")
                .with("class", kind)
                .with("cx", x)
                .with("cy", y)
                .with("r", radius);
    }

    /** Four equal sides about a point. */
    public static Element square(String kind, double x, double y, double half) {
        return rectangle(kind, x - half, y - half, 2 * half, 2 * half);
    }

    /** By its upper left corner. */
    public static Element rectangle(String kind, double x, double y, double width, double height) {
        return Element.of("rect")
                .with("class", kind)
                .with("x", x)
                .with("y", y)
                .with("width", width)
                .with("height", height);
    }

    /** A line through points. */
    public static Element path(String kind, double[] x, double[] y) {
        String points = IntStream.range(0, x.length)
                .mapToObj(i -> (i == 0 ? "M" : "L") + Element.number(x[i]) + " " + Element.number(y[i]))
                .collect(Collectors.joining());
        return Element.of("path").with("class", kind).with("d", points);
    }

    /** An interval with short caps. */
    public static Element[] interval(double x1, double y1, double x2, double y2) {
        boolean upright = x1 == x2;
        double dx = upright ? 4 : 0;
        double dy = upright ? 0 : 4;
        return new Element[] {
            line("interval", x1, y1, x2, y2),
            line("interval", x1 - dx, y1 - dy, x1 + dx, y1 + dy),
            line("interval", x2 - dx, y2 - dy, x2 + dx, y2 + dy)
        };
    }
}
