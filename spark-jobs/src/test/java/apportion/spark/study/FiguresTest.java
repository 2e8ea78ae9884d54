package apportion.spark.study;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import apportion.spark.page.Axis;
import java.io.StringReader;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.IntStream;
import javax.xml.parsers.DocumentBuilderFactory;
import org.junit.jupiter.api.Test;
import org.w3c.dom.Document;
import org.w3c.dom.Element;
import org.w3c.dom.NodeList;
import org.xml.sax.InputSource;

/** What stands in figures, and where. */
final class FiguresTest {

    private static Document parsed(apportion.spark.page.markup.Element figure) throws Exception {
        return DocumentBuilderFactory.newInstance()
                .newDocumentBuilder()
                .parse(new InputSource(new StringReader(figure.toString())));
    }

    private static List<Element> all(Document document, String name, String kind) {
        NodeList nodes = document.getElementsByTagName(name);
        return IntStream.range(0, nodes.getLength())
                .mapToObj(i -> (Element) nodes.item(i))
                .filter(element ->
                        List.of(element.getAttribute("class").split(" ", -1)).contains(kind))
                .toList();
    }

    private static Forest forest(String... labels) {
        List<Forest.Row> rows = new ArrayList<>();
        for (String label : labels) {
            rows.add(new Forest.Row(label, new Quantity(0.5, 0.25, 0.75), rows.isEmpty()));
        }
        return new Forest("Effects", "Bars.", "effect", 0, rows);
    }

    private static double width(Element text) {
        Element svg = (Element) text.getParentNode();
        return Double.parseDouble(svg.getAttribute("viewBox").split(" ", -1)[2]);
    }

    /** Letters of 12 pixels are 8.5 wide at most, on average, whatever the font. */
    @Test
    void labelsLieWithinTheFigure() throws Exception {
        String longest = "attention weights of all layers shared, feed-forward widened to equal parameters";
        Document document = parsed(
                forest("short", "query and key shared, embedding free", longest).figure());

        List<Element> labels = all(document, "text", "label");
        assertThat(labels).hasSize(6).allSatisfy(label -> {
            double at = Double.parseDouble(label.getAttribute("x"));
            String shown = label.getFirstChild().getNodeValue();
            double ends = label.getAttribute("class").contains("end") ? at - 8.5 * shown.length() : at;
            assertThat(ends).isNotNegative();
            assertThat(ends + 8.5 * shown.length()).isLessThanOrEqualTo(width(label));
        });
        // Cut on a phone, where its whole text is the title.
        assertThat(labels.get(5).getFirstChild().getNodeValue())
                .startsWith("attention weights")
                .endsWith("\u2026");
        assertThat(labels.get(5).getElementsByTagName("title").item(0).getTextContent())
                .isEqualTo(longest);
        assertThat(all(document, "circle", "level")).hasSize(2);
    }

    @Test
    void shortLabelsStandBesideTheirRows() throws Exception {
        Document document = parsed(forest("one", "other").figure());

        Element label = all(document, "text", "label").get(0);
        double row = Double.parseDouble(all(document, "circle", "level").get(0).getAttribute("cy"));
        assertThat(Double.parseDouble(label.getAttribute("y"))).isCloseTo(row, within(5.0));
    }

    private static Panels.Panel panel(String label, double... values) {
        List<Panels.Place> line = IntStream.range(0, values.length)
                .mapToObj(i -> new Panels.Place(100 * i, values[i]))
                .toList();
        return new Panels.Panel(label, "Curve of " + label, List.of(new Panels.Curve(line, line.subList(1, 2))));
    }

    private static Document panels(Scale scale, double ceiling, Panels.Panel... panels) throws Exception {
        return parsed(new Panels("some", "Lines.", "steps", scale, ceiling, List.of(panels))
                .figure("Curves", "Grey: others.")
                .orElseThrow());
    }

    @Test
    void everyPanelHasItsOwnCurvesBeforeThoseOfAll() throws Exception {
        Document document = panels(Scale.LOG10, Double.POSITIVE_INFINITY, panel("a", 1, 0.1, 0.01), panel("b", 1, 0.5));

        assertThat(document.getElementsByTagName("svg").getLength()).isEqualTo(2);
        assertThat(all(document, "path", "other")).hasSize(2);
        assertThat(all(document, "use", "others"))
                .hasSize(2)
                .allSatisfy(use -> assertThat(use.getAttribute("href")).isEqualTo("#some-all"));
        // Equal ratios lie at equal distances.
        String[] places =
                all(document, "path", "training").get(0).getAttribute("d").split("[ML ]", -1);
        double first = Double.parseDouble(places[2]);
        double second = Double.parseDouble(places[4]);
        double third = Double.parseDouble(places[6]);
        assertThat(second - first).isPositive().isCloseTo(third - second, within(0.11));
    }

    @Test
    void aLogarithmicAxisOfLessThanADecadeHasRoundValues() {
        List<Scale.Tick> ticks = Scale.LOG10.ticks(new Axis(Math.log10(0.76), Math.log10(1.02), 0, 100), 4);
        assertThat(ticks).extracting(Scale.Tick::label).containsExactly("0.8", "0.9", "1.0");
        assertThat(ticks.get(0).position()).isEqualTo(Math.log10(0.8), within(1e-9));
    }

    @Test
    void whatLiesAboveTheCeilingIsCutOffUnlessAllDoes() throws Exception {
        double cut = top(panels(Scale.LINEAR, 5, panel("a", 10, 4, 3)));
        assertThat(cut).isLessThan(8 - 50);
        assertThat(top(panels(Scale.LINEAR, 5, panel("a", 10, 9, 8)))).isGreaterThan(8);
    }

    /** Where the first point of the first curve lies; the panel's area begins at 8. */
    private static double top(Document document) {
        String[] places =
                all(document, "path", "training").get(0).getAttribute("d").split("[ML ]", -1);
        return Double.parseDouble(places[2]);
    }

    @Test
    void curvesWithoutAFiniteValueAreNoFigure() {
        Panels.Panel lost = panel("lost", Double.NaN, Double.POSITIVE_INFINITY);
        assertThat(new Panels("none", "", "steps", Scale.LINEAR, 1, List.of(lost)).figure("Curves", ""))
                .isEmpty();
    }
}
