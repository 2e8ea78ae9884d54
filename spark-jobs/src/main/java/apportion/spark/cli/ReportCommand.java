package apportion.spark.cli;

import apportion.spark.storage.Storage;
import apportion.spark.sweep.SweepJob;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;

@Command(name = "report", description = "Write the report on a sweep again, finished or not.")
final class ReportCommand extends JobCommand {

    @Option(names = "--sweep", paramLabel = "DIR", description = "Directory of the sweep.")
    private @Nullable String sweep;

    @Override
    List<String> shortcuts() {
        List<String> keys = new ArrayList<>();
        shortcut(keys, "sweep.output", sweep);
        return keys;
    }

    @Override
    Outcome run(Job job) {
        long began = System.nanoTime();
        String directory = job.settings().text("sweep.output");
        SweepJob.Result result = SweepJob.report(Storage.withDefaults(), directory);
        return SweepSections.outcome(result, (System.nanoTime() - began) * 1e-9);
    }
}
