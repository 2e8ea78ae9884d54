package apportion.spark.cli;

import apportion.spark.bench.ClusterReport;
import apportion.spark.bench.RoundsBench;
import apportion.spark.bench.RoundsNetwork;
import apportion.spark.bench.RoundsReport;
import apportion.spark.failure.UserError;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;

@Command(
        name = "rounds",
        description =
                "What a round of averaging costs: our TrainingMaster beside Deeplearning4j's own, as ratios; and the"
                        + " train job's on two executors of one core, from which a cost model is fitted.",
        footer = {"", "Example:", "  apportion bench rounds --measurements rounds.json --json"})
final class RoundsBenchCommand extends JobCommand {

    @Option(
            names = "--network",
            paramLabel = "NAME",
            description = "mlp or transformer; may be repeated. Without one: both.")
    private List<String> networks = new ArrayList<>();

    @Option(
            names = "--turns",
            paramLabel = "N",
            defaultValue = "3",
            description = "Turns that each side has (default: ${DEFAULT-VALUE}).")
    private int turns;

    @Option(
            names = "--no-cluster",
            defaultValue = "false",
            description = "Leave out the train job on two executors, and with it the cost model.")
    private boolean noCluster;

    @Option(
            names = "--measurements",
            paramLabel = "FILE",
            description = "Where to write the fitted cost model for bench plan.")
    private @Nullable Path measurements;

    @Override
    Outcome run(Job job) {
        if (turns < 1) {
            throw new UserError("--turns must be at least 1, got " + turns);
        }
        if (noCluster && measurements != null) {
            throw new UserError("--measurements needs the cluster's measurements; leave out --no-cluster");
        }
        List<RoundsNetwork> chosen = networks.isEmpty()
                ? List.of(RoundsNetwork.values())
                : networks.stream().map(RoundsBenchCommand::network).toList();
        RoundsReport report = RoundsBench.run(chosen, turns, !noCluster, job.progress());
        ClusterReport cluster = report.cluster();
        if (cluster != null && measurements != null) {
            cluster.model().write(measurements);
        }
        String rows = report.networks().stream()
                .map(RoundsBenchCommand::line)
                .collect(Collectors.joining(System.lineSeparator()));
        return new Outcome(cluster == null ? rows : rows + System.lineSeparator() + line(cluster), report);
    }

    private static RoundsNetwork network(String name) {
        return Arrays.stream(RoundsNetwork.values())
                .filter(network -> network.name().toLowerCase(Locale.ROOT).equals(name))
                .findFirst()
                .orElseThrow(() -> new UserError("--network must be one of "
                        + Arrays.toString(RoundsNetwork.values()).toLowerCase(Locale.ROOT) + ", got " + name));
    }

    private static String line(RoundsReport.Row row) {
        return String.format(
                        Locale.ROOT,
                        "%-11s  round cost ratio %.2f  throughput ratio %.2f  parameters within %.0e%n",
                        row.network().toLowerCase(Locale.ROOT),
                        row.roundCostRatio(),
                        row.throughputRatio(),
                        row.parameterDifference())
                + line(row.ours())
                + row.stock().stream()
                        .map(side -> System.lineSeparator() + line(side))
                        .collect(Collectors.joining());
    }

    private static String line(RoundsReport.Side side) {
        return String.format(
                Locale.ROOT,
                "  %6.1f ms a round  %8.0f tokens/s  %4.1f times the least bytes  %s",
                1e3 * side.secondsPerRound(),
                side.tokensPerSecond(),
                side.bytesToFloor(),
                side.name());
    }

    private static String line(ClusterReport cluster) {
        String errors = cluster.heldOutErrors().entrySet().stream()
                .map(error -> String.format(Locale.ROOT, "%s %+.0f%%", error.getKey(), 100 * error.getValue()))
                .collect(Collectors.joining(", "));
        return String.format(
                Locale.ROOT,
                "train job, %,d parameters, two workers of one core: sync %.2f s, step %.3f s, sync share at %d steps"
                        + " %.1f%%, tokens/s of two workers to one %.2f%npredicted to measured: %s",
                cluster.parameters(),
                cluster.syncSeconds(),
                cluster.stepSeconds(),
                cluster.localSteps(),
                100 * cluster.syncShare(),
                cluster.workersRatio(),
                errors);
    }
}
