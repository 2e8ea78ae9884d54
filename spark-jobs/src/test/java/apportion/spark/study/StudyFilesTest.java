package apportion.spark.study;

import static org.assertj.core.api.Assertions.assertThat;

import apportion.spark.page.markup.Element;
import apportion.spark.statistics.Interval;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.StringReader;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.stream.IntStream;
import javax.xml.parsers.DocumentBuilderFactory;
import org.junit.jupiter.api.Test;
import org.w3c.dom.Document;
import org.w3c.dom.NodeList;
import org.xml.sax.InputSource;

final class StudyFilesTest {

    private static final List<Claim> CLAIMS = List.of(
            new Claim("a paper", "1 < 2", "1 is 0.5 of 2", Agreement.AGREES, "less"),
            new Claim("a paper", "3 < 2", "3 is 1.5 of 2", Agreement.DISAGREES, "less"),
            new Claim("a paper", "4 & 5", "unknown", Agreement.CANNOT_TELL, "less"));

    private static Study study(Section... sections) {
        return new Study(
                "Numbers <b>",
                "Which is less?",
                "One is.",
                CLAIMS,
                List.of(sections),
                List.of("The numbers."),
                new Origin("apportion experiment numbers.conf", "{\"experiment\":{}}", Map.of("seed", "1")),
                Map.of("one", new Quantity(1, 0.5, 1.5), "two", new Quantity(2, null, null)));
    }

    private static Chart chart() {
        return new Chart(
                "Error against heads",
                "Bars: 95% intervals.",
                new Chart.Measure("heads", Scale.LOG2),
                new Chart.Measure("error", Scale.LOG10),
                List.of(
                        new Series(
                                "measured",
                                Series.Mark.DISC,
                                IntStream.range(0, 6)
                                        .mapToObj(i -> new Series.Point(
                                                1 << i,
                                                Math.pow(10, -i),
                                                Optional.of(new Interval(0.8 * Math.pow(10, -i), Math.pow(10, -i))),
                                                List.of(0.9 * Math.pow(10, -i))))
                                        .toList()),
                        new Series("nothing to show", Series.Mark.CROSS, List.of(Series.Point.of(1, 0)))));
    }

    private static Document parsed(Study study) throws Exception {
        String page = StudyFiles.of(study).html();
        return DocumentBuilderFactory.newInstance()
                .newDocumentBuilder()
                .parse(new InputSource(new StringReader(page.substring(page.indexOf('\n')))));
    }

    @Test
    void theVerdictComesFirstAndTheOriginLast() throws Exception {
        String text = parsed(study(Section.of("Table", Element.of("p", "some numbers"))))
                .getDocumentElement()
                .getTextContent();

        assertThat(text)
                .containsSubsequence(
                        "Which is less?",
                        "One is.",
                        "1 of 3 statements agrees with what was measured, 1 disagrees, 1 cannot be told at this size",
                        "\u2713 agrees: 1 < 2",
                        "1 is 0.5 of 2",
                        "\u2717 disagrees: 3 < 2",
                        "? cannot tell at this size: 4 & 5",
                        "1, 2 and 3: less.",
                        "some numbers",
                        "The numbers.",
                        "apportion experiment numbers.conf");
    }

    @Test
    void theFileHasTheSameNumbers() throws Exception {
        JsonNode json = new ObjectMapper().readTree(StudyFiles.of(study()).json());

        assertThat(json.at("/claims/1/agreement").textValue()).isEqualTo("disagrees");
        assertThat(json.at("/numbers/one/low").doubleValue()).isEqualTo(0.5);
        assertThat(json.at("/numbers/two").has("low")).isFalse();
        assertThat(json.at("/origin/command").textValue()).isEqualTo("apportion experiment numbers.conf");
    }

    @Test
    void aPageWithAChartNeedsNoNetworkAndNoScript() throws Exception {
        Document page = parsed(study(new Section("Figure", List.of(chart().figure()))));

        assertThat(page.getElementsByTagName("script").getLength()).isZero();
        assertThat(page.getElementsByTagName("link").getLength()).isZero();
        assertThat(page.getElementsByTagName("svg").getLength()).isEqualTo(2);
        // A value that has no place on a logarithmic axis is left out, and moves nothing off the page.
        NodeList circles = page.getElementsByTagName("circle");
        assertThat(IntStream.range(0, circles.getLength())
                        .mapToObj(i -> circles.item(i)
                                .getAttributes()
                                .getNamedItem("cy")
                                .getNodeValue()))
                .isNotEmpty()
                .allSatisfy(y -> assertThat(Double.parseDouble(y)).isBetween(0.0, 420.0));
    }

    @Test
    void logarithmicAxesAreMarkedAtPowers() {
        Element figure = chart().figure();

        assertThat(figure.toString())
                .contains(">0.01</text>", ">10\u207b\u2075</text>", ">32</text>", "measured</text>");
    }

    @Test
    void aClaimThatBothHoldsAndFailsIsAMistake() {
        assertThat(Agreement.of(true, false)).isEqualTo(Agreement.AGREES);
        assertThat(Agreement.of(false, true)).isEqualTo(Agreement.DISAGREES);
        assertThat(Agreement.of(false, false)).isEqualTo(Agreement.CANNOT_TELL);
    }

    @Test
    void aTerminalHearsTheVerdicts() {
        assertThat(study().text())
                .startsWith("One is.")
                .contains("agrees                    1 < 2", "cannot tell at this size  4 & 5");
    }
}
