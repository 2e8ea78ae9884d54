package apportion.spark.cli;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.apache.spark.sql.SparkSession;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

final class DryRunTest {

    @TempDir
    private Path folder;

    private Ran run(String... settings) {
        List<String> arguments = new ArrayList<>(List.of("train", "--dry-run", "--json"));
        for (String setting : settings) {
            arguments.add("--set");
            arguments.add(setting);
        }
        return Ran.of(arguments.toArray());
    }

    private Ran small(String... more) {
        List<String> settings = new ArrayList<>(List.of(
                "train.dataset=" + folder.resolve("none"),
                "train.output=" + folder.resolve("run"),
                "model={layers=4,width=128,context=64,vocabulary=65,attention.heads=4,feed-forward.width=512}",
                "train.steps=2000",
                "train.replicas=2",
                "train.batch=12",
                "train.local-steps=250"));
        settings.addAll(List.of(more));
        return run(settings.toArray(new String[0]));
    }

    @Test
    void itCountsWhatWillBeTrainedAndStartsNothing() throws IOException {
        Ran ran = small();

        assertThat(ran.err()).isEmpty();
        JsonNode json = json(ran);
        assertThat(json.get("parameters").asLong()).isEqualTo(804_096);
        assertThat(json.get("embeddingParameters").asLong()).isEqualTo(65 * 128 + 64 * 128);
        assertThat(json.get("parts").get("attention").asLong()).isEqualTo(4 * 4 * 128 * 128);
        assertThat(json.get("parts").get("feedForward").asLong()).isEqualTo(4 * 2 * 128 * 512);
        assertThat(json.get("parts").get("norms").asLong()).isEqualTo(9 * 128);
        long parts = 0;
        for (JsonNode part : json.get("parts")) {
            parts += part.asLong();
        }
        assertThat(parts).isEqualTo(804_096);
        long sequence = 4 * (64 * 196_608 * 2 + 2080 * 128 * 2 * 2) + 64 * 65 * 128 * 2;
        assertThat(json.get("forwardFlopsPerToken").asLong()).isEqualTo(sequence / 64);
        assertThat(json.get("trainingFlopsPerStep").asDouble()).isEqualTo(3.0 * 24 * sequence);
        assertThat(json.get("rounds").asLong()).isEqualTo(8);
        assertThat(json.get("tokens").asLong()).isEqualTo(2000L * 24 * 64);
        assertThat(json.get("datasetChecked").asBoolean()).isFalse();
        assertThat(SparkSession.getDefaultSession().isEmpty()).isTrue();
        assertThat(folder.resolve("run")).doesNotExist();
    }

    @Test
    void memoryAndTheBoundOfAModelAreNamed() throws IOException {
        JsonNode json = json(small());

        assertThat(json.get("embeddedHeapBytes").asLong()).isBetween(700_000_000L, 800_000_000L);
        assertThat(json.get("nativeBytesPerTask").asLong()).isGreaterThan(5L * 4 * 804_096);
        assertThat(json.get("mostParameters").asLong()).isEqualTo(Integer.MAX_VALUE - 8);
    }

    @Test
    void modelsBeyondReasonAreRefusedAtOnce() {
        for (String[] beyond : new String[][] {
            {"model.layers=1000000", "model.layers must be at most 10000"},
            {"model.layers=2000000000", "model.layers must be at most 10000"},
            {"model.width=2000000", "parameters, but it must have at most 2,147,483,639"},
            {"model.vocabulary=2000000000", "parameters, but it must have at most 2,147,483,639"},
            {"model.feed-forward.width=2000000000", "parameters, but it must have at most 2,147,483,639"},
        }) {
            long began = System.nanoTime();
            Ran ran = small(beyond[0]);

            assertThat(ran.exitCode()).as(beyond[0]).isEqualTo(2);
            assertThat(ran.err()).as(beyond[0]).contains(beyond[1]);
            assertThat((System.nanoTime() - began) * 1e-9).as(beyond[0]).isLessThan(2);
        }
    }

    @Test
    void blocksThatAreComputedAgainCostTimeAndSaveMemory() throws IOException {
        JsonNode once = json(small());
        JsonNode twice = json(small("train.recompute=3"));
        // A block but for its last product, of every sequence.
        double again = 64.0 * (196_608 - 65_536) * 2 + 2080 * 128 * 2 * 2;
        assertThat(twice.get("trainingFlopsPerStep").asDouble()
                        - once.get("trainingFlopsPerStep").asDouble())
                .isEqualTo(24 * 3 * again);
        assertThat(once.get("activationBytes").asLong()
                        - twice.get("activationBytes").asLong())
                .isEqualTo(3L * 64 * (2 * (128 + 2) + 128 + 4 * 128 + 2 * 512) * 4);
        assertThat(twice.get("forwardFlopsPerToken")).isEqualTo(once.get("forwardFlopsPerToken"));

        Ran all = small("train.recompute=4");
        assertThat(all.exitCode()).isEqualTo(2);
        assertThat(all.err() + all.out())
                .contains("train.recompute must be at least 0 and below the 4 layers")
                .contains("got 4");
    }

    private static JsonNode json(Ran ran) throws IOException {
        assertThat(ran.exitCode()).as(ran.err()).isZero();
        return new ObjectMapper()
                .readTree(ran.out().lines().reduce((earlier, last) -> last).orElseThrow());
    }

    @Test
    void mistakesAreReportedAsBeforeARealRun() {
        Ran ran = small("model.attention.heads=5");
        assertThat(ran.exitCode()).isEqualTo(2);
        assertThat(ran.err() + ran.out())
                .contains("model.attention.heads must divide the budget of 128, got 5; the nearest that do: 4 or 8");

        Ran late = small("model.sharing.embedding={type=tied-until,step=2000}");
        assertThat(late.exitCode()).isEqualTo(2);
        assertThat(late.err() + late.out()).contains("the run has only 2000 steps");

        Ran unknown = small("model.vocabulary=null");
        assertThat(unknown.exitCode()).isEqualTo(2);
        assertThat(unknown.err() + unknown.out()).contains("holds no dataset");
    }
}
