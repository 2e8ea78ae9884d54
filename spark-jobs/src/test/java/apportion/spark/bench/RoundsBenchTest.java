package apportion.spark.bench;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import apportion.spark.bench.RoundsTask.Bytes;
import apportion.spark.bench.RoundsTask.Fit;
import apportion.spark.failure.UserError;
import apportion.spark.progress.Progress;
import java.io.IOException;
import java.lang.management.ManagementFactory;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

final class RoundsBenchTest {

    @TempDir
    Path folder;

    /** Executors of the cluster are processes, too; their model is tiny. */
    @Test
    void bothSidesAreMeasured() throws IOException {
        RoundsTask rounds = new RoundsTask(RoundsNetwork.MLP, 2, 10, List.of(1, 5), 1);
        ClusterTask cluster = new ClusterTask(
                new TrainShape("tiny", 257, 8, 16, 2, 2, 8, 32, 4, 0, 0),
                20,
                10,
                2,
                1,
                List.of(new int[] {2, 64}, new int[] {4, 64}, new int[] {2, 4096}, new int[] {4, 8192}, new int[] {
                    6, 2048
                }),
                new int[] {4, 1024});
        List<String> options = ManagementFactory.getRuntimeMXBean().getInputArguments();

        RoundsReport report = new RoundsBench(folder, options, JavaProgram.ourClassPath())
                .measure(List.of(rounds), cluster, Progress.SILENT);

        RoundsReport.Row row = report.networks().get(0);
        assertThat(row.parameters()).isEqualTo(26122);
        assertThat(row.parameterDifference()).isLessThan(1e-5);
        // Direct training: four ways to repartition, and another storage level.
        assertThat(row.options()).hasSize(5);
        assertThat(row.stock()).extracting(RoundsReport.Side::name).allMatch(name -> name.startsWith("saveUpdater="));
        assertThat(report.ours().tokensPerSecond()).isPositive();
        // The floor is one vector down and one up; an updater's memory is two more.
        assertThat(report.ours().bytesToFloor()).isBetween(1.0, 5.0);
        assertThat(row.stock().get(1).bytesUp())
                .isGreaterThan(2.5 * row.stock().get(0).bytesUp());
        ClusterReport trained = Objects.requireNonNull(report.cluster());
        assertThat(trained.parameters()).isEqualTo(8720);
        assertThat(trained.workersRatio()).isPositive();
        assertThat(trained.heldOutErrors()).hasSize(5);
    }

    /** A fit of 20 mini-batches takes 3 s, and 0.5 s (ours) or 2 s (theirs) more for each round. */
    @Test
    void theCostOfARoundIsWhatOneMoreAdds() {
        RoundsTask task = new RoundsTask(RoundsNetwork.MLP, 2, 20, List.of(1, 5, 20), 1);
        List<Fit> fits = new ArrayList<>();
        for (int frequency : task.frequencies()) {
            int rounds = 20 / frequency;
            fits.add(new Fit("ours", frequency, rounds, 3 + 0.5 * rounds, 2, 1));
            fits.add(new Fit("stock", frequency, rounds, 3 + 2.0 * rounds, 2, 1));
        }
        RoundsTask.Result result = new RoundsTask.Result(
                100, 0, List.of(), fits, List.of(new Bytes("ours", 400, 800), new Bytes("stock", 800, 1600)));

        RoundsReport.Row row = RoundsComparison.row(task, result);

        assertThat(row.ours().secondsPerRound()).isCloseTo(0.5, within(1e-12));
        assertThat(row.roundCostRatio()).isCloseTo(4, within(1e-12));
        // 4 rounds: 11 s to 5 s.
        assertThat(row.throughputRatio()).isCloseTo(11.0 / 5, within(1e-12));
        assertThat(row.ours().tokensPerSecond()).isCloseTo(2 * 20 * 16 / 5.0, within(1e-9));
        assertThat(row.ours().bytesToFloor()).isEqualTo(1);
        assertThat(row.stock().get(0).bytesToFloor()).isEqualTo(2);
    }

    @Test
    void leastSquaresFindCostsThatAreNotNegative() {
        double[][] rows = {{1, 2}, {1, 5}, {1, 9}};

        assertThat(LeastSquares.fit(rows, new double[] {7, 13, 21})).containsExactly(new double[] {3, 2}, within(1e-9));
        assertThat(LeastSquares.fit(rows, new double[] {1, 4, 8})[0]).isZero();
        assertThatThrownBy(() -> LeastSquares.fit(new double[][] {{1, 1}, {2, 2}}, new double[] {1, 2}))
                .hasMessageContaining("do not tell the coefficients apart");
    }

    private static CostModel model() {
        Map<Collective, double[]> coefficients = new EnumMap<>(Collective.class);
        coefficients.put(Collective.PUBLISH, new double[] {0.01, 0.001, 1e-9});
        coefficients.put(Collective.TREE, new double[] {0.02, 0.001, 1e-9, 2e-9});
        coefficients.put(Collective.DRIVER, new double[] {0.01, 0.001, 3e-9});
        coefficients.put(Collective.SLICES, new double[] {0.05, 0.002, 1e-5, 1e-9, 1e-9});
        return new CostModel(10_000_000, 2, coefficients, 1e-9, 0.5);
    }

    @Test
    void aPlanKeepsSynchronisationToItsShare() {
        CostModel.Line line = model().plan(16, 10_000_000, 0.5, 1e9, 0.05);

        // Publish 0.01 + 0.016 + 0.01; tree 0.02 + 0.016 + 0.01 + 0.08; beside 0.01; 10 vectors of 40 MB at 1 GB/s.
        assertThat(line.treeSeconds()).isCloseTo(0.036 + 0.126 + 0.01 + 0.4, within(1e-9));
        // Slices 0.05 + 0.032 + 0.00256 + 0.01 + 0.01, and 4 vectors.
        assertThat(line.slicesSeconds()).isCloseTo(0.036 + 0.10456 + 0.01 + 0.16, within(1e-9));
        assertThat(line.best()).isEqualTo("slices");
        assertThat(line.slicesSeconds() / line.roundSeconds()).isLessThanOrEqualTo(0.05);
        assertThat(line.slicesSeconds() / (line.roundSeconds() - 0.5)).isGreaterThan(0.05);
        assertThat(model().plan(16, 1000, 0.5, 1e9, 0.05).best()).isEqualTo("tree");
    }

    @Test
    void aModelIsKeptInAFile() throws IOException {
        Path file = folder.resolve("rounds.json");
        model().write(file);

        assertThat(CostModel.read(file).plan(64, 1000, 0.5, 1e9, 0.05))
                .isEqualTo(model().plan(64, 1000, 0.5, 1e9, 0.05));
        Files.writeString(file, "{\"parameters\":0}");
        assertThatThrownBy(() -> CostModel.read(file))
                .isInstanceOf(UserError.class)
                .hasMessageContaining("rounds.json holds no measurements");
        assertThatThrownBy(() -> CostModel.read(folder.resolve("none.json")))
                .isInstanceOf(UserError.class)
                .hasMessageContaining("does not exist; apportion bench rounds --measurements");
    }
}
