package apportion.spark.cli;

import apportion.spark.dataset.Dataset;
import apportion.spark.storage.Storage;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;

@Command(
        name = "sweep",
        description = "Train and measure every layout of an attention budget with every seed, and report.",
        footer = {"", "Trials that ended are not run again when the same command is given again."})
final class SweepCommand extends JobCommand {

    // The default is named, or picocli would switch the option back when the command is given again in one process.
    @Option(
            names = "--dry-run",
            defaultValue = "false",
            description = "Check everything and say what each layout costs, without starting it.")
    private boolean dryRun;

    @Override
    Outcome run(Job job) {
        job.settings().require("train.dataset");
        SweepSections sections = SweepSections.bind(job.settings());
        if (dryRun) {
            return SweepDryRun.outcome(sections, Storage.withDefaults());
        }
        Dataset dataset = Dataset.open(job.storage(), sections.train().dataset().orElseThrow());
        return sections.run(job, dataset, commandLine());
    }
}
