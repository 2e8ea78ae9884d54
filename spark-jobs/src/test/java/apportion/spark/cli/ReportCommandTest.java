package apportion.spark.cli;

import static org.assertj.core.api.Assertions.assertThat;

import apportion.spark.study.Agreement;
import apportion.spark.study.Claim;
import apportion.spark.study.Origin;
import apportion.spark.study.Study;
import apportion.spark.study.StudyFiles;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** {@code report --all}; SweepJobTest has the report of a sweep. */
final class ReportCommandTest {

    @TempDir
    private Path folder;

    @BeforeEach
    void writeStudies() throws IOException {
        write("b/experiment", new Claim("a paper", "1 < 2", "0.5 of it", Agreement.AGREES, "less"));
        write(
                "a",
                new Claim("a <paper>", "3 < 2", "1.5 of it", Agreement.DISAGREES, "less"),
                new Claim("a <paper>", "4 & 5", "unknown", Agreement.CANNOT_TELL, "less"));
        Files.writeString(folder.resolve("a/metrics.json"), "not a report");
    }

    private void write(String directory, Claim... claims) throws IOException {
        Study study = new Study(
                "Study " + directory,
                "Which is less?",
                "One is.",
                List.of(claims),
                List.of(),
                List.of(),
                new Origin("apportion experiment", "{}", Map.of()),
                Map.of());
        Files.createDirectories(folder.resolve(directory));
        Files.writeString(
                folder.resolve(directory).resolve("report.json"),
                StudyFiles.of(study).json());
    }

    @Test
    void allReportsBeneathADirectoryAreOnOnePage() throws IOException {
        Ran ran = Ran.of("report", "--all", folder, "--json");

        assertThat(ran.json().get("score").textValue())
                .isEqualTo(
                        "1 of 3 statements agrees with what was measured, 1 disagrees, 1 cannot be told at this size");
        assertThat(ran.json().get("reports"))
                .extracting(page -> page.textValue())
                .containsExactly("a/report.html", "b/experiment/report.html");
        assertThat(Files.readString(folder.resolve("overview.html")))
                .containsSubsequence(
                        "1 of 3 statements agrees",
                        "Study a<",
                        "a &lt;paper&gt;",
                        "disagrees:",
                        "href=\"a/report.html\"",
                        "Study b/experiment",
                        "0.5 of it",
                        "href=\"b/experiment/report.html\"");
    }

    @Test
    void namesOfDirectoriesMeanNothingInLinks() throws IOException {
        write("javascript:alert(1)");
        write("c#d?e%41 f\"<g>");

        assertThat(Ran.of("report", "--all", folder).exitCode()).isZero();
        assertThat(Files.readString(folder.resolve("overview.html")))
                .contains(
                        "href=\"javascript%3Aalert%281%29/report.html\"",
                        "href=\"c%23d%3Fe%2541%20f%22%3Cg%3E/report.html\"");
    }

    @Test
    void whatIsNoReportIsNamedAndNothingIsWritten() throws IOException {
        for (String damaged : List.of("", "{", "[]", "null", "{\"title\": \"a\"}", "{\"claims\": [3]}")) {
            Files.writeString(folder.resolve("a/report.json"), damaged);
            Ran ran = Ran.of("report", "--all", folder);
            assertThat(ran.exitCode()).isEqualTo(2);
            assertThat(ran.err().lines())
                    .as(damaged)
                    .singleElement()
                    .asString()
                    .contains("a/report.json is no report of a sweep or an experiment: ");
        }
        assertThat(folder.resolve("overview.html")).doesNotExist();
    }

    @Test
    void aDirectoryWithoutReportsIsRefused() throws IOException {
        Path other = Files.createDirectory(folder.resolve("other"));
        Files.writeString(other.resolve("metrics.jsonl"), "{}");
        assertThat(Ran.of("report", "--all", other).err()).contains("no report.json lies beneath " + other);
        assertThat(Ran.of("report", "--all", folder.resolve("absent")).exitCode())
                .isEqualTo(2);
        assertThat(Ran.of("report", "--all", folder, "--sweep", folder).err()).contains("give one of them");
    }
}
