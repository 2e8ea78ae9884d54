package apportion.spark.cli;

import apportion.spark.dataset.Dataset;
import picocli.CommandLine.Command;

@Command(
        name = "sweep",
        description = "Train and measure every layout of an attention budget with every seed, and report.",
        footer = {"", "Trials that ended are not run again when the same command is given again."})
final class SweepCommand extends JobCommand {

    @Override
    Outcome run(Job job) {
        job.settings().require("train.dataset");
        SweepSections sections = SweepSections.bind(job.settings());
        Dataset dataset = Dataset.open(job.storage(), sections.train().dataset().orElseThrow());
        return sections.run(job, dataset, commandLine());
    }
}
