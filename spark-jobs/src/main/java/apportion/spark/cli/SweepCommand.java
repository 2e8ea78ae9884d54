package apportion.spark.cli;

import apportion.spark.dataset.Dataset;
import apportion.spark.failure.UserError;
import picocli.CommandLine.Command;

@Command(
        name = "sweep",
        description = "Train and measure every layout of an attention budget with every seed, and report.",
        footer = {"", "Trials that ended are not run again when the same command is given again."})
final class SweepCommand extends JobCommand {

    @Override
    Outcome run(Job job) {
        SweepSections sections = SweepSections.bind(job.settings());
        String data = sections.train()
                .dataset()
                .orElseThrow(() -> new UserError("train.dataset must name the directory that prepare wrote"));
        return sections.run(job, Dataset.open(job.storage(), data), "apportion sweep");
    }
}
