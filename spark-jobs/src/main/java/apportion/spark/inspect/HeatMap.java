package apportion.spark.inspect;

import apportion.spark.page.Html;
import apportion.spark.page.markup.Element;
import java.util.List;
import java.util.Locale;
import java.util.function.ToDoubleFunction;
import org.jspecify.annotations.Nullable;

/**
 * One number of each head, as a table of layers by heads: the larger, the darker its cell, and the number itself says
 * the same without a colour.
 *
 * @param title what the number is
 * @param note how to read it
 * @param decimals behind the point
 * @param value of a head; not a number where it has none
 */
record HeatMap(String title, String note, int decimals, ToDoubleFunction<Inspection.Head> value) {

    Element draw(List<Inspection.Head> heads) {
        double low =
                heads.stream().mapToDouble(value).filter(Double::isFinite).min().orElse(0);
        double high =
                heads.stream().mapToDouble(value).filter(Double::isFinite).max().orElse(0);
        int layers = 1 + heads.stream().mapToInt(Inspection.Head::layer).max().orElse(0);
        int most = 1 + heads.stream().mapToInt(Inspection.Head::head).max().orElse(0);
        String[] columns = new String[most + 1];
        columns[0] = "layer";
        for (int head = 0; head < most; head++) {
            columns[head + 1] = "head\u00a0" + head;
        }
        Element body = Element.of("tbody");
        for (int layer = 0; layer < layers; layer++) {
            Element row = Element.of("tr")
                    .add(Element.of("th", Integer.toString(layer)).with("scope", "row"));
            for (int head = 0; head < most; head++) {
                row.add(cell(find(heads, layer, head), low, high));
            }
            body.add(row);
        }
        return Element.of("figure")
                .with("class", "heat")
                .add(
                        Html.scrolling(Html.table(title + " by layer and head", columns)
                                .add(body)),
                        Element.of("figcaption")
                                .add(Element.of("b", title + "."))
                                .add(" " + note));
    }

    private static Inspection.@Nullable Head find(List<Inspection.Head> heads, int layer, int head) {
        return heads.stream()
                .filter(each -> each.layer() == layer && each.head() == head)
                .findFirst()
                .orElse(null);
    }

    private Element cell(Inspection.@Nullable Head head, double low, double high) {
        if (head == null || !Double.isFinite(value.applyAsDouble(head))) {
            return Element.of("td", "");
        }
        double number = value.applyAsDouble(head);
        double shade = high > low ? (number - low) / (high - low) : 0;
        String text = String.format(Locale.ROOT, "%." + decimals + "f", number);
        boolean zero = text.chars().noneMatch(c -> c >= '1' && c <= '9');
        return Element.of("td", zero ? text.replace("-", "") : text.replace("-", "\u2212"))
                .with("style", String.format(Locale.ROOT, "--heat:%.0f%%", 100 * shade));
    }
}
