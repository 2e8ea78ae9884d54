package apportion.spark.cli;

import apportion.spark.experiment.Bound;
import apportion.spark.experiment.Compression;
import apportion.spark.experiment.Experiment;
import apportion.spark.experiment.Finished;
import apportion.spark.experiment.Saturation;
import apportion.spark.experiment.Tasks;
import apportion.spark.experiment.Variants;
import apportion.spark.experiment.bound.BoundStudy;
import apportion.spark.provenance.Program;
import apportion.spark.storage.Claim;
import apportion.spark.study.Origin;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.function.Function;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import picocli.CommandLine.Command;

@Command(
        name = "experiment",
        description = "Run an experiment, as experiment.type says, and write its page.",
        footer = {
            "",
            "experiment.type: variants (ways to train, compared), tasks (synthetic tasks",
            "learned with different heads), bound (theory beside a published curve),",
            "saturation (what a softmax's gradient does as sequences grow), compression",
            "(trained heads replaced by smaller ones). The page is report.html in",
            "experiment.output; conf/experiment/ has examples of each.",
            "Trials that ended are not run again when the same command is given again.",
            "",
            "Examples:",
            "  apportion experiment conf/experiment/bound.conf",
            "  apportion experiment conf/experiment/four-gram.conf --set experiment.seeds=[1]"
        })
final class ExperimentCommand extends JobCommand {

    private static final Logger LOG = LoggerFactory.getLogger(ExperimentCommand.class);

    @Override
    Outcome run(Job job) {
        long began = System.nanoTime();
        Experiment experiment =
                job.settings().bind("experiment", Experiment.class).get();
        Outcome outcome = experiment.match(new Runs(job, commandLine()));
        return timed(outcome, (System.nanoTime() - began) * 1e-9);
    }

    /** How each case is run. */
    private record Runs(Job job, String command) implements Experiment.Cases<Outcome> {

        @Override
        public Outcome variants(Variants experiment) {
            return VariantsRun.run(job, experiment, command);
        }

        @Override
        public Outcome bound(Bound experiment) {
            return claimed(
                    experiment.output(),
                    "bound",
                    origin -> Finished.write(job.storage(), experiment.output(), BoundStudy.of(experiment, origin)));
        }

        @Override
        public Outcome tasks(Tasks experiment) {
            return TasksRun.run(job, experiment, command);
        }

        @Override
        public Outcome saturation(Saturation experiment) {
            return SaturationRun.run(job, experiment, command);
        }

        @Override
        public Outcome compression(Compression experiment) {
            return CompressionRun.run(job, experiment, command);
        }

        /** Runs what has no trials, while no other process may write to its output. */
        private Outcome claimed(String output, String kind, Function<Origin, Finished> run) {
            try (Claim claim = job.storage().claim(output, "experiment", Program.sha256(kind))) {
                LOG.debug("claim={}", claim);
                return outcome(run.apply(origin(job, command, Map.of(), "experiment")));
            }
        }
    }

    /**
     * What every study says of its origin.
     *
     * @param facts that are the experiment's own
     * @param sections of the configuration that it reads
     */
    static Origin origin(Job job, String command, Map<String, String> facts, String... sections) {
        Map<String, String> all = new LinkedHashMap<>(facts);
        all.put("apportion", Program.RELEASE);
        all.putAll(new TreeMap<>(Program.libraries(job.spark().sparkContext())));
        return new Origin(command, job.settings().canonicalJson(sections), all);
    }

    /** What is shown of an experiment: its answer, its verdicts and where the page is. */
    static Outcome outcome(Finished finished) {
        return new Outcome(text(finished), json(finished));
    }

    static String text(Finished finished) {
        return finished.study().text() + System.lineSeparator() + "report: " + finished.report();
    }

    static Map<String, Object> json(Finished finished) {
        Map<String, Object> json = new LinkedHashMap<>();
        json.put("report", finished.report());
        List<Map<String, String>> claims = new ArrayList<>();
        for (apportion.spark.study.Claim claim : finished.study().claims()) {
            claims.add(Map.of(
                    "claimed", claim.claimed(), "agreement", claim.agreement().words()));
        }
        json.put("claims", claims);
        return json;
    }

    private static Outcome timed(Outcome outcome, double seconds) {
        Map<String, Object> json = new LinkedHashMap<>();
        if (outcome.json() instanceof Map<?, ?> fields) {
            fields.forEach((name, value) -> json.put(String.valueOf(name), value));
        }
        json.put("seconds", seconds);
        return new Outcome(outcome.text(), json);
    }
}
