package apportion.spark.report;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;

import apportion.model.config.AttentionConfig;
import apportion.spark.evaluate.DocumentLoss;
import apportion.spark.fuzz.Fuzz;
import apportion.spark.fuzz.Mutation;
import apportion.spark.study.Overview;
import java.nio.charset.StandardCharsets;
import java.util.List;
import org.junit.jupiter.api.Test;

/** What a sweep keeps for its report, line by line and whole. */
final class SweepFilesFuzzTest {

    private final SweepFixture fixture = SweepFixture.ofSeeds(1);

    private static Fuzz fuzz(String format, String... files) {
        return new Fuzz(
                format,
                List.of(IllegalArgumentException.class),
                "",
                List.of(files).stream()
                        .map(file -> file.getBytes(StandardCharsets.UTF_8))
                        .toList(),
                List.of(Mutation::bytes, Mutation::text, Mutation::json),
                Fuzz.SMALL);
    }

    private static String text(byte[] bytes) {
        return new String(bytes, StandardCharsets.UTF_8);
    }

    @Test
    void linesOfALedger() {
        fixture.diverge(AttentionConfig.uniform(4, 32), 2, "loss is NaN");
        TrialResult diverged = fixture.trials.get(fixture.trials.size() - 1);
        fuzz("ledger of a sweep", SweepJson.write(fixture.trials.get(0)), SweepJson.write(diverged))
                .read(bytes -> {
                    TrialResult trial = SweepJson.readTrial(text(bytes));
                    assertThat(SweepJson.readTrial(SweepJson.write(trial))).isEqualTo(trial);
                });
    }

    @Test
    void documentsOfATrial() {
        List<DocumentLoss> documents = fixture.documents.values().iterator().next();
        fuzz("documents.json", SweepJson.write(documents.subList(0, 5)))
                .read(bytes -> SweepJson.readDocuments(text(bytes))
                        .forEach(document -> assertThat(document.tokens()).isNotNegative()));
    }

    @Test
    void summaries() {
        fuzz("sweep.json", SweepJson.write(SweepFixture.summary()))
                .read(bytes -> assertThat(SweepJson.write(SweepJson.readSummary(text(bytes))))
                        .isNotBlank());
    }

    @Test
    void reports() {
        fuzz(
                        "report.json",
                        "{\"title\":\"t\",\"question\":\"q\",\"answer\":\"a\",\"claims\":[{\"source\":\"s\",\"claimed\":\"c\","
                                + "\"measured\":\"m\",\"agreement\":\"agrees\",\"because\":\"b\"}]}",
                        "{\"headline\":\"h\",\"verdict\":\"v\",\"sweep\":{\"name\":\"n\"},\"claims\":[]}")
                .read(bytes -> assertThat(
                                new Overview(List.of(Overview.Entry.read(text(bytes), "a/report.html"))).html())
                        .isNotBlank());
    }

    @Test
    void whatIsNullInAListIsRefused() {
        assertThatIllegalArgumentException().isThrownBy(() -> SweepJson.readDocuments("[null]"));
        assertThatIllegalArgumentException()
                .isThrownBy(() -> Overview.Entry.read(
                        "{\"title\":\"t\",\"question\":\"q\",\"answer\":\"a\",\"claims\":[null]}", "page"));
    }
}
