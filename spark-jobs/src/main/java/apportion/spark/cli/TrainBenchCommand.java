package apportion.spark.cli;

import apportion.model.compute.Precision;
import apportion.spark.bench.TrainBench;
import apportion.spark.bench.TrainReport;
import apportion.spark.bench.TrainShape;
import apportion.spark.compute.ComputeConfig;
import apportion.spark.compute.ComputeSettings;
import apportion.spark.failure.UserError;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;

@Command(
        name = "train",
        description = "Training speed beside PyTorch on this machine's processor, as a ratio; needs the source tree and"
                + " Maven, which downloads PyTorch (112 MB) the first time.",
        footer = {"", "Example:", "  apportion bench train --shape small --json"})
final class TrainBenchCommand extends JobCommand {

    /** Operations that take less of a step are not worth a place in the line. */
    private static final double LEAST_SHOWN = 0.01;

    @Option(
            names = "--shape",
            paramLabel = "NAME",
            description = "small, medium, narrow or nano; may be repeated. Without one: all of them.")
    private List<String> shapes = new ArrayList<>();

    @Option(
            names = "--precision",
            paramLabel = "NAME",
            description = "What we compute with; may be repeated. Without one: train.precision.")
    private List<String> precisions = new ArrayList<>();

    @Option(
            names = "--threads",
            paramLabel = "N",
            defaultValue = "2",
            description = "Threads of either side (default: ${DEFAULT-VALUE}).")
    private int threads;

    @Option(
            names = "--rounds",
            paramLabel = "N",
            defaultValue = "3",
            description = "Turns that each side has (default: ${DEFAULT-VALUE}).")
    private int rounds;

    @Override
    List<String> shortcuts() {
        return List.of("compute.threads=" + threads);
    }

    @Override
    Outcome run(Job job) {
        ComputeConfig compute = ComputeSettings.bind(job.settings()).get();
        if (rounds < 1) {
            throw new UserError("--rounds must be at least 1, got " + rounds);
        }
        List<TrainShape> chosen = shapes.isEmpty()
                ? TrainShape.ALL
                : shapes.stream().map(TrainBenchCommand::shape).toList();
        List<ComputeConfig> computes = (precisions.isEmpty()
                        ? Stream.of(compute)
                        : precisions.stream()
                                .map(name -> new ComputeConfig(compute.backend(), precision(name), compute.threads())))
                .map(ComputeConfig::resolved)
                .toList();
        TrainReport report = TrainBench.run(chosen, computes, rounds, job.progress());
        String lines = report.shapes().stream()
                .map(TrainBenchCommand::line)
                .collect(Collectors.joining(System.lineSeparator()));
        return new Outcome(lines, report);
    }

    private static TrainShape shape(String name) {
        return TrainShape.ALL.stream()
                .filter(shape -> shape.name().equals(name))
                .findFirst()
                .orElseThrow(() -> new UserError("--shape must be one of "
                        + TrainShape.ALL.stream().map(TrainShape::name).toList() + ", got " + name));
    }

    private static Precision precision(String name) {
        return Arrays.stream(Precision.values())
                .filter(precision -> precision.name().toLowerCase(Locale.ROOT).equals(name))
                .findFirst()
                .orElseThrow(() -> new UserError("--precision must be one of "
                        + Arrays.toString(Precision.values()).toLowerCase(Locale.ROOT) + ", got " + name));
    }

    /** One line of a comparison, and one that says where our time went. */
    private static String line(TrainReport.Row row) {
        String comparison = String.format(
                Locale.ROOT,
                "%-6s  ours in %-8s %6.0f tokens/s  PyTorch in %-8s %6.0f tokens/s  ratio %.2f"
                        + "  %2.0f%% of the best product  losses within %.0e",
                row.name(),
                row.precision(),
                row.tokensPerSecond(),
                row.peerPrecision(),
                row.peerTokensPerSecond(),
                row.ratio(),
                100 * row.shareOfProductPeak(),
                row.lossDifference());
        double all = row.ours().operationSeconds().values().stream()
                .mapToDouble(Double::doubleValue)
                .sum();
        String operations = row.ours().operationSeconds().entrySet().stream()
                .filter(operation -> operation.getValue() >= LEAST_SHOWN * all)
                .sorted(Map.Entry.<String, Double>comparingByValue().reversed())
                .map(operation ->
                        String.format(Locale.ROOT, "%s %.0f%%", operation.getKey(), 100 * operation.getValue() / all))
                .collect(Collectors.joining(", "));
        return comparison + System.lineSeparator() + "        of our step: " + operations;
    }
}
