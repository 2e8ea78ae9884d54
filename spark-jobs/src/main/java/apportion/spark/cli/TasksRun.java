package apportion.spark.cli;

import apportion.spark.compute.ComputeConfig;
import apportion.spark.compute.ComputeSettings;
import apportion.spark.experiment.Tasks;
import apportion.spark.experiment.tasks.TasksJob;
import java.util.Map;
import org.apache.spark.api.java.JavaSparkContext;

/** Runs an experiment with synthetic tasks. */
final class TasksRun {

    private TasksRun() {}

    static Outcome run(Job job, Tasks experiment, String command) {
        ComputeConfig compute = ComputeSettings.bind(job.settings()).get().resolved(job.sparkConf());
        JavaSparkContext context = JavaSparkContext.fromSparkContext(job.spark().sparkContext());
        return ExperimentCommand.outcome(TasksJob.run(
                context,
                job.storage(),
                experiment,
                compute,
                ExperimentCommand.origin(
                        job,
                        command,
                        Map.of("backend", compute.backend() + ", " + compute.precision()),
                        "experiment",
                        "compute"),
                job.progress()));
    }
}
