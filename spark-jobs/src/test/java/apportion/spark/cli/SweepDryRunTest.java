package apportion.spark.cli;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import java.io.IOException;
import java.nio.file.Path;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** What a sweep would cost, without one. */
final class SweepDryRunTest {

    @TempDir
    private Path folder;

    private Ran run(String... more) {
        Object[] arguments = {
            "sweep",
            "--dry-run",
            "--set",
            "train={ dataset = \"" + folder.resolve("none") + "\", batch = 2, tokens = 512 }",
            "--set",
            "model={ layers = 2, width = 16, context = 8, vocabulary = 100, feed-forward.width = 64 }",
            "--set",
            "sweep={ output = \"" + folder.resolve("sweep") + "\", budget = 16, heads = [1, 2],"
                    + " axes.head-dims = [4, 16], equal = parameters, seeds = [1, 2, 3], learning-rates = [1e-3, 1e-2] }"
        };
        return Ran.of(Stream.concat(Stream.of(arguments), Stream.of(more)).toArray());
    }

    @Test
    void everyLayoutsCostIsShownAndNothingIsWritten() throws IOException {
        JsonNode json = run("--json").json();

        assertThat(json.get("datasetChecked").booleanValue()).isFalse();
        assertThat(json.get("tuningRuns").intValue()).isEqualTo(4 * 2);
        assertThat(json.get("comparedRuns").intValue()).isEqualTo(4 * 3);
        // One head of 16: its four matrices, the feed-forward's two and two norms in each layer, tokens, places, a
        // norm.
        long equal = 2 * (4 * 16 * 16 + 2 * 16 * 64 + 2 * 16) + 100 * 16 + 8 * 16 + 16;
        assertThat(json.get("layouts")).hasSize(4).allSatisfy(layout -> {
            assertThat(layout.get("parameters").longValue()).isEqualTo(equal);
            assertThat(layout.get("deviation").longValue()).isZero();
        });
        // Twice the width of attention costs 1,024 parameters a layer, which are 32 units of two vectors of 16.
        assertThat(json.at("/layouts/3/layout").textValue()).startsWith("2x16");
        assertThat(json.at("/layouts/3/feedForward").intValue()).isEqualTo(32);
        assertThat(folder).isEmptyDirectory();
    }

    @Test
    void theTableHasTheSameCounts() {
        Ran ran = run();

        assertThat(ran.exitCode()).as(ran.err()).isZero();
        assertThat(ran.out().lines().filter(line -> line.matches("[12]x(4|16) .*")))
                .hasSize(4);
        assertThat(ran.out()).contains("4 layouts: 8 runs to find learning rates, 12 to compare");
        assertThat(folder).isEmptyDirectory();
    }

    @Test
    void aWrongConfigurationIsRefused() {
        Ran ran = run("--set", "sweep.seeds=[]", "--set", "sweep.budgett=3");

        assertThat(ran.exitCode()).isEqualTo(2);
        assertThat(ran.err()).contains("sweep.budgett is not a known key; did you mean sweep.budget?", "sweep.seeds");
        assertThat(folder).isEmptyDirectory();
    }
}
