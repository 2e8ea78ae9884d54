package apportion.spark.report;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;
import static org.assertj.core.api.Assertions.within;

import apportion.model.config.AttentionConfig;
import apportion.model.config.HeadGroup;
import apportion.spark.evaluate.DocumentLoss;
import apportion.spark.study.Order;
import apportion.spark.study.Overview;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.StringReader;
import java.util.ArrayList;
import java.util.Collections;
import java.util.HashSet;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.regex.Pattern;
import java.util.stream.IntStream;
import javax.xml.parsers.DocumentBuilderFactory;
import org.junit.jupiter.api.Test;
import org.w3c.dom.Document;
import org.w3c.dom.Element;
import org.w3c.dom.NodeList;
import org.xml.sax.InputSource;

final class ReportTest {

    private static final ObjectMapper JSON = new ObjectMapper();

    @Test
    void theVerdictNamesBestEqualAndWorseLayoutsWithNumbers() throws Exception {
        Document page = parse(report(SweepFixture.ofSeeds(1, 2, 3)).html());

        assertThat(text(page, "h1")).matches("8 heads of 16 did best: 3\\.\\d{3,4} nats per token\\.");
        assertThat(paragraph(page, "verdict"))
                .containsPattern(
                        "That is 0\\.1\\d+ nats below one head of 128 \\(95% interval 0\\.\\d+ to 0\\.\\d+\\)\\.")
                .contains("4 heads of 32", "distinguishable from it (by 0.0", "32 heads of 4 are worse (by 0.0")
                .contains("nats below a model that only knows how often each token occurs (6.2");
    }

    @Test
    void whereOneHeadIsBestTheNextIsNamed() {
        SweepFixture fixture = SweepFixture.of(new int[] {1, 2, 4}, new double[] {0, 0.2, 0.1}, 1, 2, 3);

        assertThat(report(fixture).text().replace('\n', ' '))
                .startsWith("One head of 128 did best: ")
                .contains("the next best, 4 heads of 32, came out 0.")
                .contains("Every other layout is worse by more than the noise (by 0.");
    }

    @Test
    void thePageShowsTheNumbersOfTheJson() throws Exception {
        ReportFiles report = report(SweepFixture.ofSeeds(1, 2, 3));
        Document page = parse(report.html());
        JsonNode layouts = JSON.readTree(report.json()).get("layouts");
        NodeList rows = ((Element) page.getElementsByTagName("tbody").item(0)).getElementsByTagName("tr");

        assertThat(rows.getLength()).isEqualTo(layouts.size()).isEqualTo(6);
        for (int i = 0; i < rows.getLength(); i++) {
            NodeList cells = ((Element) rows.item(i)).getElementsByTagName("td");
            JsonNode layout = layouts.get(i);
            shows(cells, 0, layout.get("heads").asDouble());
            shows(cells, 2, layout.get("loss").get("value").asDouble());
            shows(
                    cells,
                    3,
                    layout.get("loss").get("low").asDouble(),
                    layout.get("loss").get("high").asDouble());
            if (!layout.get("standing").asText().equals("best")) {
                JsonNode difference = layout.get("differenceToBest");
                shows(cells, 4, difference.get("value").asDouble());
                shows(
                        cells,
                        5,
                        difference.get("low").asDouble(),
                        difference.get("high").asDouble());
            }
            shows(cells, 6, layout.get("perplexity").asDouble());
            shows(cells, 7, layout.get("bitsPerByte").asDouble());
            shows(cells, 8, layout.get("parameters").asDouble());
        }
        assertThat(JSON.readTree(report.json()).get("headline").asText()).isEqualTo(text(page, "h1"));
    }

    @Test
    void thePageNeedsNothingFromElsewhere() {
        assertThat(report(SweepFixture.ofSeeds(1, 2)).html())
                .doesNotContain("<script", "<link", "@import", "url(http", "src=")
                .doesNotContainPattern("href=\"(?!#)");
    }

    @Test
    void hostileTextStaysText() throws Exception {
        String hostile = "</title><script>alert('1')</script><img src=x onerror=\"x\"> & \u0000\u202e\ud800";
        SweepFixture fixture = SweepFixture.ofSeeds(1, 2);
        fixture.diverge(AttentionConfig.uniform(64, 2), 1, hostile);
        String html = Report.of(SweepFixture.summary(hostile), fixture.trials, fixture.documents, 0)
                .html();

        assertThat(html).doesNotContain("<script", "<img", "\u202e");
        assertThat(parse(html).getElementsByTagName("title").item(0).getTextContent())
                .contains("<script>alert('1')");
    }

    @Test
    void oneSeedRanksNothing() throws Exception {
        ReportFiles report = report(SweepFixture.ofSeeds(1));

        assertThat(text(parse(report.html()), "h1")).contains("without a second seed that may be luck");
        assertThat(report.html()).contains("train each with at least two seeds");
        assertThat(JSON.readTree(report.json()).get("noise").has("seedDeviation"))
                .isFalse();
    }

    @Test
    void lossesWithoutDocumentsStillGiveIntervalsOverSeeds() throws Exception {
        SweepFixture fixture = SweepFixture.ofSeeds(1, 2, 3);
        ReportFiles report = Report.of(SweepFixture.summary(), fixture.trials, Map.of(), 0);

        assertThat(report.html()).contains("for this very validation text only");
        assertThat(JSON.readTree(report.json())
                        .at("/layouts/0/differenceToBest/low")
                        .isNumber())
                .isTrue();
    }

    @Test
    void oneTrialIsReportedWithoutComparison() throws Exception {
        SweepFixture fixture = SweepFixture.of(new int[] {4}, new double[] {0}, 1);
        Document page = parse(report(fixture).html());

        assertThat(text(page, "h1")).startsWith("4 heads of 32 reached 3.");
        assertThat(paragraph(page, "verdict")).startsWith("It is the only layout");
    }

    @Test
    void aSweepWithoutAFinishedTrialSaysWhatFailed() throws Exception {
        SweepFixture fixture = new SweepFixture();
        fixture.diverge(AttentionConfig.uniform(4, 32), 1, "loss is NaN at step 31");
        ReportFiles report = report(fixture);

        assertThat(text(parse(report.html()), "h1")).isEqualTo("No trial finished, so there is nothing to compare.");
        assertThat(report.html()).contains("diverged in round 7: loss is NaN at step 31");
        assertThat(report.text()).contains("did not finish: 4x32, seed 1, diverged in round 7: loss is NaN");
        assertThat(JSON.readTree(report.json()).get("unfinished")).hasSize(1);
        assertThat(text(
                        parse(Report.of(SweepFixture.summary(), List.of(), Map.of(), 0)
                                .html()),
                        "h1"))
                .startsWith("No trial was recorded");
    }

    @Test
    void aDivergedTrialLeavesAnUnbalancedComparison() throws Exception {
        SweepFixture fixture = SweepFixture.ofSeeds(1, 2, 3);
        fixture.trials.remove(0);
        fixture.diverge(AttentionConfig.uniform(1, 128), 1, "loss is NaN");
        ReportFiles report = report(fixture);

        assertThat(report.html()).contains("Not all seeds finished for 1\u00a0\u00d7\u00a0128 (2 of 3)");
        assertThat(JSON.readTree(report.json())
                        .at("/noise/seedDegreesOfFreedom")
                        .asInt())
                .isEqualTo(9);
    }

    @Test
    void aTrialTriedAgainCountsOnce() throws Exception {
        SweepFixture fixture = SweepFixture.ofSeeds(1, 2);
        TrialResult done = fixture.trials.get(0);
        TrialResult failed = new TrialResult(
                done.id(), done.setting(), done.cost(), done.curve(), new Outcome.Failed("lost"), done.provenance());
        fixture.trials.add(0, failed);

        assertThat(JSON.readTree(report(fixture).json()).get("unfinished")).isEmpty();
    }

    @Test
    void learningRatesThatWereTriedAreShownAndComparedWithNothing() throws Exception {
        SweepFixture fixture = SweepFixture.ofSeeds(1, 2);
        ReportFiles without = report(fixture);
        for (AttentionConfig layout : List.of(AttentionConfig.uniform(1, 128), AttentionConfig.uniform(8, 16))) {
            fixture.tune(layout, 0.0005, 0.2);
            fixture.tune(layout, 0.001, layout.heads() == 1 ? 0.3 : 0.1);
            fixture.tune(layout, 0.002, 0.4);
        }
        fixture.trials.set(0, at(fixture.trials.get(0), 0.0005));
        fixture.trials.set(6, at(fixture.trials.get(6), 0.0005));

        ReportFiles report = report(fixture);
        JsonNode json = JSON.readTree(report.json());

        assertThat(json.get("layouts").get(0).get("loss"))
                .isEqualTo(JSON.readTree(without.json()).get("layouts").get(0).get("loss"));
        assertThat(json.get("learningRates")).hasSize(2);
        assertThat(json.get("learningRates").get(0).get("chosen").doubleValue()).isEqualTo(0.0005);
        assertThat(json.get("learningRates").get(0).get("atEdge").booleanValue())
                .isTrue();
        assertThat(json.get("learningRates").get(1).get("atEdge").booleanValue())
                .isFalse();
        parse(report.html());
        assertThat(report.html())
                .contains("that of one head of 128 is the lowest or the highest tried, so a better one may lie beyond");
        assertThat(without.html())
                .contains("All layouts were trained with one learning rate")
                .doesNotContain("<h2>Learning rates");
    }

    private static TrialResult at(TrialResult trial, double learningRate) {
        return new TrialResult(
                trial.id(),
                new TrialResult.Setting(trial.layout(), trial.seed(), learningRate, TrialResult.Purpose.COMPARISON),
                trial.cost(),
                trial.curve(),
                trial.outcome(),
                trial.provenance());
    }

    @Test
    void twoTrialsOfOneLayoutAndSeedAreRefused() {
        SweepFixture fixture = SweepFixture.ofSeeds(1, 2);
        TrialResult first = fixture.trials.get(0);
        fixture.trials.add(new TrialResult(
                "other", first.setting(), first.cost(), first.curve(), first.outcome(), first.provenance()));

        assertThatIllegalArgumentException()
                .isThrownBy(() -> report(fixture))
                .withMessageContaining("one trial of layout 1x128 with seed 1")
                .withMessageContaining("other");
    }

    @Test
    void trialsOfDifferentDocumentsAreRefused() {
        SweepFixture fixture = SweepFixture.ofSeeds(1, 2);
        String id = fixture.trials.get(3).id();
        List<DocumentLoss> shuffled = new ArrayList<>(fixture.documents.get(id));
        Collections.reverse(shuffled);
        fixture.documents.put(id, shuffled);

        assertThatIllegalArgumentException()
                .isThrownBy(() -> report(fixture))
                .withMessageContaining("validated on different documents");
    }

    @Test
    void documentsThatContradictTheLossAreRefused() {
        SweepFixture fixture = SweepFixture.ofSeeds(1, 2);
        String id = fixture.trials.get(3).id();
        fixture.documents.computeIfPresent(
                id,
                (trial, documents) -> documents.stream()
                        .map(document -> new DocumentLoss(document.loss() * 1.1, document.tokens(), document.bytes()))
                        .toList());

        assertThatIllegalArgumentException()
                .isThrownBy(() -> report(fixture))
                .withMessageContaining("trial " + id + " reports a validation loss of");
    }

    @Test
    void fortyLayoutsAndUnequalGroupsFitThePage() throws Exception {
        SweepFixture fixture = SweepFixture.of(
                IntStream.rangeClosed(1, 39).toArray(),
                IntStream.rangeClosed(1, 39)
                        .mapToDouble(i -> 0.001 * Math.abs(i - 9))
                        .toArray(),
                1,
                2);
        AttentionConfig mixed = new AttentionConfig(List.of(new HeadGroup(2, 32), new HeadGroup(8, 8)));
        fixture.add(mixed, 1, 0.01);
        fixture.add(mixed, 2, 0.01);
        ReportFiles report = report(fixture);

        assertThat(JSON.readTree(report.json()).get("layouts")).hasSize(40);
        // 40 learning curves, 4 costs; losses, theory, differences and the map for two widths of window.
        assertThat(parse(report.html()).getElementsByTagName("svg").getLength()).isEqualTo(40 + 4 + 4 * 2);
        assertThat(report.html()).hasSizeLessThan(2_000_000).contains("2\u00a0\u00d7\u00a032 + 8\u00a0\u00d7\u00a08");
    }

    @Test
    void ordersOfLayoutsGetVerdictsForEachWayToScore() throws Exception {
        SweepFixture fixture = SweepFixture.ofAllAxes(1, 2, 3);
        ReportFiles report = Report.of(
                SweepFixture.summary(
                        new Order("a", "Wider heads lose less", List.of("4x64", "4x32", "4x16")),
                        new Order("b", "Narrower heads lose less", List.of("4x16", "4x64")),
                        new Order("c", "Scoring tells", List.of("4x64 qk-norm", "4x64 inverse-root")),
                        new Order("d", "The schedule is best", List.of("many-early", "8x64")),
                        new Order("e", "Of a layout that failed", List.of("4x64", "5x64"))),
                fixture.trials,
                fixture.documents,
                0);
        JsonNode claims = JSON.readTree(report.json()).get("claims");

        assertThat(claims.findValuesAsText("claimed"))
                .containsExactly(
                        "Wider heads lose less (1/\u221ad)",
                        "Wider heads lose less (QK-norm)",
                        "Narrower heads lose less (1/\u221ad)",
                        "Narrower heads lose less (QK-norm)",
                        "Scoring tells",
                        "The schedule is best (QK-norm)",
                        "Of a layout that failed");
        // How all are scored is said once.
        assertThat(claims.get(2).get("measured").textValue())
                .startsWith("4\u00a0\u00d7\u00a064 less 4\u00a0\u00d7\u00a016: ");
        assertThat(claims.get(4).get("measured").textValue())
                .startsWith("4\u00a0\u00d7\u00a064, 1/\u221ad less 4\u00a0\u00d7\u00a064, QK-norm: ");
        // Heads of 64 lose 1 / 16 - 1 / 64 less than heads of 16, which is far beyond the fixture's noise.
        assertThat(claims.findValuesAsText("agreement").subList(2, 7))
                .containsExactly("disagrees", "disagrees", "agrees", "disagrees", "cannot tell at this size");
        assertThat(text(parse(report.html()), "h3")).isEqualTo("a");
        assertThat(report.html())
                .contains("What is our choice", "The text and its size are our choice.")
                .contains("corrected after Holm for all neighbours");
        assertThat(report.text()).containsPattern("disagrees +The schedule is best");
        Overview.Entry entry = Overview.Entry.read(report.json(), "report.html");
        assertThat(entry.claims()).hasSize(7);
        assertThat(entry.title()).isEqualTo(SweepFixture.summary().name());
    }

    @Test
    void everyAxisHasItsFigureAndItsNumbers() throws Exception {
        ReportFiles report = report(SweepFixture.ofAllAxes(1, 2));
        JsonNode json = JSON.readTree(report.json());
        Document page = parse(report.html());

        assertThat(titles(page))
                .filteredOn(title -> !title.startsWith("Learning curve of"))
                .containsExactly(
                        "Validation loss against the number of heads with 1/\u221ad",
                        "Validation loss against the number of heads with 1/\u221ad",
                        "Theory\u2019s bound against the number of heads",
                        "Theory\u2019s bound against the number of heads",
                        "Validation loss against the number of heads with QK-norm",
                        "Validation loss against the number of heads with QK-norm",
                        "Theory\u2019s bound against the number of heads",
                        "Theory\u2019s bound against the number of heads",
                        "Loss of each layout minus that of the best",
                        "Loss of each layout minus that of the best",
                        "Loss over heads and head dimension",
                        "Loss over heads and head dimension",
                        "Loss over heads and head dimension",
                        "Loss over heads and head dimension",
                        "Loss against parameters",
                        "Loss against forward FLOPs",
                        "Loss against KV-cache bytes",
                        "Loss against measured tokens/s");
        assertThat(report.html())
                .contains("many-early, first to last layer: 12\u00a0\u00d7\u00a016, 4\u00a0\u00d7\u00a016.")
                .contains(">D=128<");
        assertThat(json.get("layouts")).hasSize(19);
        assertThat(json.at("/layouts/18/perLayer")).hasToString("[\"12x16\",\"4x16\"]");
        assertThat(json.at("/layouts/0/trials/0/curve/validation")).hasSize(5);
    }

    /** Every cell of a map shows the loss of the table. */
    @Test
    void theMapHoldsTheLossesOfItsCells() throws Exception {
        ReportFiles report = report(SweepFixture.ofAllAxes(1, 2));
        NodeList texts = parse(report.html()).getElementsByTagName("text");
        List<String> cells = IntStream.range(0, texts.getLength())
                .mapToObj(i -> (Element) texts.item(i))
                .filter(text -> text.getAttribute("class").startsWith("cell-text"))
                .map(text -> text.getTextContent().replaceAll("[^0-9.]", ""))
                .toList();
        int decimals = cells.get(0).length() - 2;

        List<String> losses = new ArrayList<>();
        JSON.readTree(report.json()).get("layouts").forEach(layout -> {
            if (layout.get("schedule").asText().isEmpty()) {
                double loss = layout.get("loss").get("value").asDouble();
                losses.add(String.format(Locale.ROOT, "%." + decimals + "f", loss));
            }
        });
        // Twice: for a wide window and for a phone.
        assertThat(cells).hasSize(2 * 18);
        assertThat(new HashSet<>(cells)).isEqualTo(new HashSet<>(losses));
    }

    @Test
    void theoryIsDrawnBesideTheLossesAndRanked() throws Exception {
        ReportFiles report = report(SweepFixture.ofSeeds(1, 2, 3));
        JsonNode theory = JSON.readTree(report.json()).get("theory");

        // The curve of the paper: tokens of 16 in a budget of 128.
        assertThat(theory.at("/bounds/3/layout").asText()).isEqualTo("8x16");
        assertThat(theory.at("/bounds/3/bound").asDouble()).isCloseTo(0.1658, within(1e-4));
        assertThat(theory.at("/curve/11/bound").asDouble()).isCloseTo(0.6879, within(1e-4));
        // By bound 8x16 4x32 2x64 16x8 32x4 1x128, by loss 8x16 4x32 16x8 2x64 32x4 1x128: 1 - 6 * 2 / (6 * 35).
        JsonNode found = theory.at("/rankCorrelations/0");
        assertThat(found.get("spearman").asDouble()).isCloseTo(1 - 12 / 210.0, within(1e-9));
        assertThat(found.get("exact").asBoolean()).isTrue();
        assertThat(report.html())
                .contains("rank correlation 0.94 over 6 layouts, permutation p = 0.017.")
                .contains("orders layouts as their losses do");
    }

    @Test
    void aFrontHoldsWhatNoOtherLayoutBeatsInBoth() throws Exception {
        SweepFixture fixture = new SweepFixture();
        for (long seed : new long[] {1, 2}) {
            fixture.add(AttentionConfig.uniform(2, 16), seed, 0.2);
            fixture.add(AttentionConfig.uniform(2, 32), seed, 0.3);
            fixture.add(AttentionConfig.uniform(8, 8), seed, 0.1);
            fixture.add(AttentionConfig.uniform(4, 32), seed, 0);
        }
        ReportFiles report = report(fixture);
        JsonNode fronts = JSON.readTree(report.json()).get("paretoFronts");

        assertThat(fronts.get("parameters")).hasToString("[\"2x16\",\"8x8\",\"4x32\"]");
        assertThat(fronts.get("keyValueBytes")).isEqualTo(fronts.get("parameters"));
        // Fewer heads are faster here.
        assertThat(fronts.get("tokensPerSecond")).hasToString("[\"2x16\",\"4x32\"]");
        assertThat(report(SweepFixture.ofSeeds(1, 2)).html())
                .contains("The same for all layouts: parameters (1.09\u00a0M), forward FLOPs");
    }

    private static List<String> titles(Document page) {
        NodeList figures = page.getElementsByTagName("svg");
        return IntStream.range(0, figures.getLength())
                .mapToObj(i -> ((Element) figures.item(i))
                        .getElementsByTagName("title")
                        .item(0)
                        .getTextContent())
                .toList();
    }

    @Test
    void hugeNumbersAreWrittenOut() throws Exception {
        SweepFixture fixture = SweepFixture.ofSeeds(1, 2);
        TrialResult first = fixture.trials.get(0);
        fixture.trials.set(
                0,
                new TrialResult(
                        first.id(),
                        first.setting(),
                        new TrialResult.Cost(Long.MAX_VALUE, Long.MAX_VALUE, Long.MAX_VALUE, 1e-300, Long.MAX_VALUE),
                        first.curve(),
                        new Outcome.Done(new Outcome.Validation(1e12, 10, 10)),
                        first.provenance()));
        fixture.documents.clear();

        String html = report(fixture).html();
        parse(html);
        assertThat(html).contains("9,223,372,036,854,775,807", "9.22\u00a0E");
    }

    @Test
    void theTerminalTableIsAlignedAndPlain() {
        String text = report(SweepFixture.ofSeeds(1, 2, 3)).text();
        String table = text.substring(text.indexOf("layout  "));

        assertThat(text).startsWith("8 heads of 16 did best").isASCII();
        assertThat(table.lines().map(String::length).distinct()).hasSize(1);
        assertThat(text.lines()).allSatisfy(line -> assertThat(line).hasSizeLessThan(120));
    }

    /** Each number in a cell is the expected one, to the digits shown. */
    private static void shows(NodeList cells, int cell, double... expected) {
        String text = cells.item(cell).getTextContent().replace(",", "").replace('\u2212', '-');
        List<String> shown = Pattern.compile("-?\\d+(\\.\\d+)?")
                .matcher(text)
                .results()
                .map(m -> m.group())
                .toList();
        assertThat(shown).as(text).hasSize(expected.length);
        for (int i = 0; i < expected.length; i++) {
            int point = shown.get(i).indexOf('.');
            int decimals = point < 0 ? 0 : shown.get(i).length() - point - 1;
            assertThat(Double.parseDouble(shown.get(i)))
                    .isCloseTo(expected[i], within(0.5000001 * Math.pow(10, -decimals)));
        }
    }

    private static ReportFiles report(SweepFixture fixture) {
        return Report.of(SweepFixture.summary(), fixture.trials, fixture.documents, 0);
    }

    private static Document parse(String html) throws Exception {
        return DocumentBuilderFactory.newInstance().newDocumentBuilder().parse(new InputSource(new StringReader(html)));
    }

    private static String text(Document page, String element) {
        return page.getElementsByTagName(element).item(0).getTextContent();
    }

    private static String paragraph(Document page, String kind) {
        NodeList all = page.getElementsByTagName("p");
        return IntStream.range(0, all.getLength())
                .mapToObj(i -> (Element) all.item(i))
                .filter(p -> p.getAttribute("class").equals(kind))
                .findFirst()
                .orElseThrow()
                .getTextContent();
    }
}
