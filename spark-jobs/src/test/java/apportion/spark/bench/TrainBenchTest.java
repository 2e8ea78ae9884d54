package apportion.spark.bench;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import apportion.model.compute.Backends;
import apportion.model.compute.Precision;
import apportion.spark.compute.ComputeConfig;
import apportion.spark.failure.Failure;
import apportion.spark.failure.UserError;
import apportion.spark.progress.Progress;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** PyTorch itself never runs here: a second process of ours stands in for it. */
final class TrainBenchTest {

    private static final TrainShape TINY = new TrainShape("tiny", 17, 8, 16, 2, 2, 8, 32, 4, 2, 6);
    private static final ComputeConfig COMPUTE = new ComputeConfig(Backends.Kind.ND4J, Precision.FLOAT, 1);

    @TempDir
    Path folder;

    /** Takes the peer's arguments, and does what we do. */
    static final class Twin {
        public static void main(String[] arguments) throws IOException {
            assertThat(arguments[1]).isEqualTo("float");
            TrainWorker.main(new String[] {arguments[0], arguments[2]});
        }
    }

    /** A peer whose libraries are missing. */
    static final class Broken {
        public static void main(String[] arguments) throws IOException {
            Files.readAllBytes(Path.of(arguments[0], "libtorch.so"));
        }
    }

    private static JavaProgram program(Class<?> main) {
        return new JavaProgram(
                main.getName(), JavaProgram.ourClassPath(), List.of("-Xmx1g"), Map.of("OMP_NUM_THREADS", "1"));
    }

    @Test
    void aTwinHasOurLosses() throws IOException {
        TrainReport measured = new TrainBench(program(TrainWorker.class), program(Twin.class), 1, folder)
                .measure(List.of(TINY), List.of(COMPUTE), Progress.SILENT);
        JsonNode report = new ObjectMapper().valueToTree(measured);

        assertThat(report.get("threads").asInt()).isEqualTo(1);
        JsonNode row = report.get("shapes").get(0);
        assertThat(row.get("name").asText()).isEqualTo("tiny");
        assertThat(row.get("precision").asText()).isEqualTo("float");
        assertThat(row.get("peerPrecision").asText()).isEqualTo("float");
        assertThat(row.get("lossDifference").asDouble()).isZero();
        double ours = row.get("tokensPerSecond").asDouble();
        double peer = row.get("peerTokensPerSecond").asDouble();
        assertThat(row.get("ratio").asDouble()).isCloseTo(ours / peer, within(1e-9 * ours / peer));
        // Products of tiny matrices are far from the peak, and nothing is beyond it.
        assertThat(row.get("shareOfProductPeak").asDouble()).isPositive().isLessThan(0.5);
        assertThat(row.get("ours").get("peakResidentBytes").asLong()).isGreaterThan(50_000_000);
        assertThat(row.get("ours").get("allocatedBytesPerStep").asLong()).isPositive();
        assertThat(row.get("peer").get("variant").asText()).isEqualTo("nd4j");
        JsonNode operations = row.get("ours").get("operationSeconds");
        for (String operation : List.of("linear", "linearBackward", "attention forward", "norm", "adamW")) {
            assertThat(operations.get(operation).asDouble()).as(operation).isPositive();
        }
    }

    @Test
    void aPeerThatFailsIsNamedWithWhatItSaid() {
        assertThatThrownBy(() -> program(Broken.class).run(folder.toString()))
                .isInstanceOf(Failure.class)
                .hasMessageContaining("Broken failed: ")
                .hasMessageContaining("libtorch.so");
    }

    @Test
    void aMissingMavenIsTheUsersToMend() {
        ProcessBuilder absent = new ProcessBuilder(folder.resolve("mvn").toString());

        assertThatThrownBy(() -> Processes.run("mvn", absent))
                .isInstanceOf(UserError.class)
                .hasMessageStartingWith("mvn cannot be started; a benchmark compiles its peer with Maven 3.8.7");
    }

    @Test
    void lossesMustFallAlike() {
        double[] ours = {5.0, 4.0, 3.002};
        double[] peer = {5.0, 4.0, 3.0, 2.0};

        assertThat(TrainComparison.largestDifference("tiny", ours, peer, 1e-3)).isCloseTo(0.002 / 3, within(1e-12));
        assertThatThrownBy(() -> TrainComparison.largestDifference("tiny", ours, peer, 1e-4))
                .isInstanceOf(Failure.class)
                .hasMessageStartingWith(
                        "tiny: before update 3 our loss is 3.002 and the peer's 3.0, but they must agree");
        assertThatThrownBy(() ->
                        TrainComparison.largestDifference("tiny", new double[] {Double.NaN}, new double[] {5}, 1e-3))
                .hasMessageContaining("our loss is NaN");
        assertThatThrownBy(
                        () -> TrainComparison.largestDifference("tiny", new double[] {5, 5}, new double[] {5, 5}, 1e-3))
                .hasMessageContaining("it must fall");
    }

    @Test
    void bothSidesReadTheSameTask() throws IOException {
        TrainTask.of(TINY, COMPUTE).write(folder);

        TrainTask task = TrainTask.read(folder);
        assertThat(task.shape()).isEqualTo(TINY);
        assertThat(task.compute()).isEqualTo(COMPUTE);
        int[][] batches = task.batches(folder);
        assertThat(batches).hasNumberOfRows(8);
        long follow = 0;
        for (int i = 1; i < batches[0].length; i++) {
            follow += batches[0][i] == (5 * batches[0][i - 1] + 7) % 17 ? 1 : 0;
        }
        // 36 tokens of which three in four follow from the one before.
        assertThat(follow).isBetween(18L, 35L);
    }

    @Test
    void doubleIsRefusedBeforeAnythingStarts() {
        ComputeConfig twice = new ComputeConfig(Backends.Kind.ND4J, Precision.DOUBLE, 1);

        assertThatThrownBy(() -> TrainBench.run(List.of(TINY), List.of(twice), 1, Progress.SILENT))
                .isInstanceOf(UserError.class)
                .hasMessageContaining("--set train.precision=float");
    }

    @Test
    void theMedianAndTheSpreadOfASample() {
        Sample sample = Sample.of(new double[] {4, 1, 2});

        assertThat(sample.median()).isEqualTo(2);
        assertThat(sample.spread()).isEqualTo(1.5);
    }
}
