package apportion.spark.report;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;

import apportion.model.config.AttentionConfig;
import apportion.spark.evaluate.DocumentLoss;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

final class SweepJsonTest {

    private static final TrialResult TRIAL =
            SweepFixture.of(new int[] {4}, new double[] {0}, 1).trials.get(0);

    @Test
    void whatIsWrittenIsReadAgain() {
        SweepFixture fixture = SweepFixture.ofSeeds(1);
        fixture.diverge(AttentionConfig.uniform(4, 32), 2, "loss is NaN\n\"quoted\" \u2028");

        assertThat(fixture.trials)
                .allSatisfy(trial ->
                        assertThat(SweepJson.readTrial(SweepJson.write(trial))).isEqualTo(trial));
        assertThat(SweepJson.readSummary(SweepJson.write(SweepFixture.summary())))
                .isEqualTo(SweepFixture.summary());
        List<DocumentLoss> documents = fixture.documents.values().iterator().next();
        assertThat(SweepJson.readDocuments(SweepJson.write(documents))).isEqualTo(documents);
    }

    @Test
    void aTrialIsOneLine() {
        SweepFixture fixture = new SweepFixture();
        fixture.diverge(AttentionConfig.uniform(4, 32), 2, "two\nlines\r\nor three");

        assertThat(SweepJson.write(fixture.trials.get(0)))
                .doesNotContain("\n", "\r")
                .contains("\"status\":\"diverged\"");
    }

    @Test
    void aDocumentIsATriple() {
        assertThat(SweepJson.write(List.of(new DocumentLoss(12.5, 4, 17)))).isEqualTo("[[12.5,4,17]]");
    }

    /** Each changes one field of a line that would be read. */
    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "'\"seed\":1'            | '\"seed\":\"1\"'",
                "'\"seed\":1'            | '\"seed\":1.5'",
                "'\"seed\":1'            | '\"seed\":null'",
                "'\"seed\":1'            | '\"seed\":1,\"seed\":2'",
                "'\"seed\":1'            | '\"sead\":1'",
                "'\"seed\":1,'           | ''",
                "'\"seed\":1'            | '\"seed\":1,\"extra\":0'",
                "'\"status\":\"done\"'   | '\"status\":\"won\"'",
                "'\"heads\":4'           | '\"heads\":0'",
                "'\"started\":\"2026'    | '\"started\":\"soon'",
                "'\"id\":\"'             | '\"id\":\"\",\"id\":\"'",
            })
    void aLineThatIsNotExactlyATrialIsRefused(String field, String changed) {
        String line = SweepJson.write(TRIAL);
        assertThat(line).contains(field);

        assertThatIllegalArgumentException()
                .isThrownBy(() -> SweepJson.readTrial(line.replace(field, changed == null ? "" : changed)))
                .withMessageStartingWith("not a trial: ");
    }

    @Test
    void aTornOrForeignLineIsRefused() {
        String line = SweepJson.write(TRIAL);

        for (String bad :
                List.of("", "null", "{}", "[]", line.substring(0, line.length() / 2), line + line, "\ufffd")) {
            assertThatIllegalArgumentException()
                    .isThrownBy(() -> SweepJson.readTrial(bad))
                    .withMessageStartingWith("not a trial: ");
        }
    }

    @Test
    void aLossThatIsNotANumberIsNoResult() {
        assertThatIllegalArgumentException()
                .isThrownBy(() -> new Outcome.Validation(Double.NaN, 10, 10))
                .withMessageContaining("a trial without one has diverged");
        assertThatIllegalArgumentException().isThrownBy(() -> SweepJson.readDocuments("[[\"NaN\",1,2]]"));
        assertThatIllegalArgumentException().isThrownBy(() -> SweepJson.readDocuments("[[1.0,1]]"));
    }
}
