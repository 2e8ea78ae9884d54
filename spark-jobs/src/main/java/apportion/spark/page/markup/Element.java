package apportion.spark.page.markup;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.stream.Collectors;

/** An element under construction; {@code add} and {@code with} change it and return it. */
public final class Element {

    /** HTML's elements without content; all others need an end tag even when empty. */
    private static final Set<String> VOID = Set.of("meta", "br", "hr", "col", "link", "img");

    private final String name;
    private final Map<String, String> attributes = new LinkedHashMap<>();
    private final List<Node> children = new ArrayList<>();

    private Element(String name) {
        this.name = name;
    }

    /** Content writes itself; an element as a whole, text escaped. */
    private interface Node {
        void write(StringBuilder out);
    }

    public static Element of(String name) {
        return new Element(name);
    }

    public static Element of(String name, String text) {
        return new Element(name).add(text);
    }

    /** Sets an attribute; numbers are written without needless digits. */
    public Element with(String attribute, Object value) {
        attributes.put(attribute, value instanceof Double number ? number(number) : value.toString());
        return this;
    }

    public Element add(String text) {
        String escaped = escape(text);
        children.add(out -> out.append(escaped));
        return this;
    }

    public Element add(Element... elements) {
        for (Element element : elements) {
            children.add(element::write);
        }
        return this;
    }

    public Element addAll(List<Element> elements) {
        return add(elements.toArray(Element[]::new));
    }

    /**
     * A style sheet, which HTML reads as it stands and XML does not.
     *
     * @throws IllegalArgumentException if it holds a character that the two read differently
     */
    public static Element style(String css) {
        if (css.contains("<") || css.contains("&") || css.contains(">")) {
            throw new IllegalArgumentException("a style sheet must do without <, > and &");
        }
        return of("style", css);
    }

    /** This element as a whole document. */
    public String document() {
        return "<!DOCTYPE html>\n" + this + "\n";
    }

    @Override
    public String toString() {
        StringBuilder out = new StringBuilder();
        write(out);
        return out.toString();
    }

    private void write(StringBuilder out) {
        out.append('<').append(name);
        attributes.forEach((attribute, value) -> out.append(' ')
                .append(attribute)
                .append("=\"")
                .append(escape(value))
                .append('"'));
        if (VOID.contains(name)) {
            out.append("/>");
            return;
        }
        out.append('>');
        children.forEach(child -> child.write(out));
        out.append("</").append(name).append('>');
    }

    /** Coordinates need no more than hundredths of a pixel. */
    public static String number(double value) {
        double rounded = Math.round(value * 100) / 100.0;
        return rounded == Math.rint(rounded) ? Long.toString((long) rounded) : Double.toString(rounded);
    }

    /** Text for content and attributes alike; what XML cannot hold becomes U+FFFD. */
    static String escape(String text) {
        return text.codePoints().mapToObj(Element::escape).collect(Collectors.joining());
    }

    private static String escape(int c) {
        return switch (c) {
            case '<' -> "&lt;";
            case '>' -> "&gt;";
            case '&' -> "&amp;";
            case '"' -> "&quot;";
            case '\'' -> "&#39;";
            default -> allowed(c) ? Character.toString(c) : "\uFFFD";
        };
    }

    private static boolean allowed(int c) {
        boolean control = (c < ' ' && c != '\n' && c != '\t') || (c >= 0x7f && c < 0xa0);
        boolean surrogate = c >= Character.MIN_SURROGATE && c <= Character.MAX_SURROGATE;
        // Marks that turn the direction of writing would let a name rearrange the line it stands in.
        boolean turning = (c >= 0x202a && c <= 0x202e) || (c >= 0x2066 && c <= 0x2069);
        return !control && !surrogate && !turning && c != 0xfffe && c != 0xffff;
    }
}
