package apportion.spark.experiment.tasks;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import apportion.data.task.LagSum;
import apportion.model.compute.Backends;
import apportion.model.compute.Precision;
import apportion.model.config.Positions;
import apportion.spark.compute.ComputeConfig;
import apportion.spark.experiment.Finished;
import apportion.spark.experiment.Grid;
import apportion.spark.experiment.Network;
import apportion.spark.experiment.Tasks;
import apportion.spark.experiment.Training;
import apportion.spark.failure.Diverged;
import apportion.spark.failure.UserError;
import apportion.spark.progress.Progress;
import apportion.spark.storage.Storage;
import apportion.spark.study.Origin;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.OptionalInt;
import org.apache.spark.SparkConf;
import org.apache.spark.api.java.JavaSparkContext;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

final class TasksJobTest {

    private static final ComputeConfig COMPUTE = new ComputeConfig(Backends.Kind.AUTO, Precision.FLOAT, 1).resolved();

    @TempDir
    private Path folder;

    /** The copy of the vector before, which one head of two numbers with a learned table can do. */
    private Tasks experiment(List<Double> rates, int steps) {
        return new Tasks(
                folder.resolve("out").toString(),
                new LagSum(2, List.of(1.0)),
                Tasks.Statements.THEORY,
                new Grid(
                        List.of(1, 2),
                        OptionalInt.of(4),
                        OptionalInt.empty(),
                        List.of(6),
                        List.of(new Positions.Relative(3))),
                new Network(1, 2, false, 0),
                new Training(steps, 8, OptionalInt.empty(), 40, rates, 0, 10, 1.0),
                List.of(1L, 2L));
    }

    private Finished run(Tasks experiment) {
        SparkConf conf = new SparkConf()
                .setMaster("local[2]")
                .setAppName("tasks")
                .set("spark.ui.enabled", "false")
                .set("spark.driver.host", "localhost");
        try (JavaSparkContext context = new JavaSparkContext(conf)) {
            return TasksJob.run(
                    context,
                    Storage.withDefaults(),
                    experiment,
                    COMPUTE,
                    new Origin("command", "{}", Map.of()),
                    Progress.SILENT);
        }
    }

    @Test
    void aTaskIsLearnedAndNoTrialRunsTwice() throws Exception {
        Tasks experiment = experiment(List.of(1e-2, 3e-2), 300);

        Finished first = run(experiment);

        Path ledger = folder.resolve("out/trials.jsonl");
        List<String> lines = Files.readAllLines(ledger);
        // Two cells with two rates and the tuning seed, and with two seeds each.
        assertThat(lines).hasSize(8);
        assertThat(lines)
                .extracting(line -> TaskRun.parse(line).error())
                .allSatisfy(error -> assertThat(error).isNotNull().isLessThan(0.3));
        assertThat(first.study().claims()).hasSize(1);
        assertThat(Files.readString(folder.resolve("out/report.html")))
                .contains("2 heads, those of the least bound by our solver, are best.")
                .contains("Learning with", "Errors of 2 heads of ");

        assertThat(run(experiment).study().text()).isEqualTo(first.study().text());
        assertThat(Files.readAllLines(ledger)).isEqualTo(lines);
    }

    @Test
    void trialsThatDivergeAreRecordedAndWithoutAnyOtherTheExperimentDiverged() throws Exception {
        assertThatThrownBy(() -> run(experiment(List.of(1e30), 5)))
                .isInstanceOf(Diverged.class)
                .hasMessageContainingAll("every trial diverged", "report.html", "lower");

        assertThat(Files.readAllLines(folder.resolve("out/trials.jsonl")))
                .hasSize(4)
                .allSatisfy(line -> assertThat(TaskRun.parse(line).error()).isNull());
        assertThat(folder.resolve("out/report.html")).content().contains("No trial ended well.");
    }

    @Test
    void aLineOfAnotherVersionIsRefusedByName() throws Exception {
        run(experiment(List.of(1e-2), 5));
        Files.writeString(folder.resolve("out/trials.jsonl"), "{\"name\":\"of another version\"}\n");

        assertThatThrownBy(() -> run(experiment(List.of(1e-2), 5)))
                .isInstanceOf(UserError.class)
                .hasMessageContaining("trials.jsonl in experiment.output has a line that is no trial of this version")
                .hasMessageContaining("of another version");
    }

    @Test
    void aTrialFollowsFromItsSettings() {
        Tasks experiment = experiment(List.of(1e-2), 20);
        TaskTrial trial = TaskTrial.of(experiment, TaskTrial.cells(experiment).get(0), 1e-2, 7, COMPUTE);
        TaskTrial other = TaskTrial.of(experiment, TaskTrial.cells(experiment).get(0), 1e-2, 8, COMPUTE);

        assertThat(TaskTraining.run(trial).error())
                .isEqualTo(TaskTraining.run(trial).error());
        assertThat(TaskTraining.run(other).error())
                .isNotEqualTo(TaskTraining.run(trial).error());
        assertThat(trial.id()).isNotEqualTo(other.id());
    }

    @Test
    void whatCannotBeCheckedIsRefused() {
        Tasks fine = experiment(List.of(1e-2), 20);
        assertThatThrownBy(() -> new Tasks(
                        fine.output(),
                        fine.task(),
                        Tasks.Statements.FOUR_GRAM,
                        fine.grid(),
                        fine.network(),
                        fine.training(),
                        fine.seeds()))
                .hasMessageContaining("grid.heads must hold 1, 2, 4, ... 128");
        assertThatThrownBy(() -> new Tasks(
                        fine.output(),
                        fine.task(),
                        fine.statements(),
                        fine.grid(),
                        fine.network(),
                        fine.training(),
                        List.of(0L, 1L)))
                .hasMessageContaining("training.tuning-seed must be none of seeds [0, 1], got 0");
        assertThatThrownBy(() -> new Grid(
                        List.of(3), OptionalInt.of(4), OptionalInt.empty(), List.of(6), List.of(new Positions.Alibi())))
                .hasMessageContaining("heads must divide the budget of 4, got 3");
    }
}
