package apportion.spark.cli;

import apportion.spark.bench.CostModel;
import apportion.spark.failure.UserError;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;

@Command(
        name = "plan",
        description =
                "What rounds on 8 to 1,024 workers of one core would take, from what bench rounds has measured here"
                        + " and a network's bandwidth: an extrapolation, not a measurement.",
        footer = {"", "Example:", "  apportion bench plan --measurements rounds.json --bandwidth 10"})
final class PlanCommand extends JobCommand {

    private static final int LEAST = 8;
    private static final int DOUBLINGS = 8;
    private static final double BYTES_PER_GIGABIT = 1e9 / 8;

    @Option(
            names = "--measurements",
            paramLabel = "FILE",
            required = true,
            description = "What bench rounds --measurements has written.")
    private Path measurements;

    @Option(
            names = "--bandwidth",
            paramLabel = "GBIT/S",
            defaultValue = "10",
            description = "Of a node's network, either way (default: ${DEFAULT-VALUE}).")
    private double bandwidth;

    @Option(
            names = "--parameters",
            paramLabel = "N",
            description = "Of the model. Without it: those of the model that was measured.")
    private @Nullable Long parameters;

    @Option(
            names = "--step-seconds",
            paramLabel = "S",
            description = "Of one step of one worker. Without it: as measured; give it with --parameters.")
    private @Nullable Double stepSeconds;

    @Option(
            names = "--share",
            paramLabel = "SHARE",
            defaultValue = "0.05",
            description = "Share of a round that is not spent in steps (default: ${DEFAULT-VALUE}).")
    private double share;

    @Override
    Outcome run(Job job) {
        refuseImpossible();
        CostModel model = CostModel.read(measurements);
        long numbers = parameters == null ? model.parameters() : parameters;
        double step = stepSeconds == null ? model.stepSeconds() : stepSeconds;
        List<CostModel.Line> lines = IntStream.range(0, DOUBLINGS)
                .mapToObj(
                        doubling -> model.plan(LEAST << doubling, numbers, step, bandwidth * BYTES_PER_GIGABIT, share))
                .toList();
        Map<String, Object> json = new LinkedHashMap<>();
        json.put("parameters", numbers);
        json.put("stepSeconds", step);
        json.put("gigabitsPerSecond", bandwidth);
        json.put("share", share);
        json.put("workers", lines);
        return new Outcome(text(numbers, step, lines), json);
    }

    private void refuseImpossible() {
        if (!(bandwidth > 0)) {
            throw new UserError("--bandwidth must be positive, got " + bandwidth);
        }
        if (!(share > 0 && share < 1)) {
            throw new UserError("--share must be above 0 and below 1, got " + share);
        }
        if ((parameters == null) != (stepSeconds == null)) {
            throw new UserError("--parameters and --step-seconds belong together, as a step takes longer the larger the"
                    + " model is; give both or neither");
        }
        if (parameters != null && parameters < 1) {
            throw new UserError("--parameters must be at least 1, got " + parameters);
        }
        if (stepSeconds != null && !(stepSeconds > 0)) {
            throw new UserError("--step-seconds must be positive, got " + stepSeconds);
        }
    }

    private String text(long numbers, double step, List<CostModel.Line> lines) {
        String head = String.format(
                Locale.ROOT,
                "%,d parameters, %.3f s a step, %.0f Gbit/s; seconds beside the steps, and H at which they are %.0f%% of"
                        + " a round%nworkers      tree    slices  best         H   round, s%n",
                numbers,
                step,
                bandwidth,
                100 * share);
        return head
                + lines.stream()
                        .map(line -> String.format(
                                Locale.ROOT,
                                "%,7d %9.3f %9.3f  %-6s %7d %10.1f",
                                line.workers(),
                                line.treeSeconds(),
                                line.slicesSeconds(),
                                line.best(),
                                line.localSteps(),
                                line.roundSeconds()))
                        .collect(Collectors.joining(System.lineSeparator()));
    }
}
