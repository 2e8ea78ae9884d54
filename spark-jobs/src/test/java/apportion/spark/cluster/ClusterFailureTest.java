package apportion.spark.cluster;

import static org.assertj.core.api.Assertions.assertThat;

import apportion.spark.failure.Failure;
import org.apache.spark.SparkException;
import org.junit.jupiter.api.Test;

/** On messages as Spark 3.5.5 wrote them. */
final class ClusterFailureTest {

    private static String told(Exception thrown) {
        Failure failure = ClusterFailure.of(thrown).orElseThrow();
        assertThat(failure.exitCode()).isEqualTo(1);
        assertThat(failure.getMessage()).doesNotContain("\n");
        return String.valueOf(failure.getMessage());
    }

    private static Exception aborted(String failure) {
        return new IllegalStateException(new SparkException("Job aborted due to stage failure: " + failure
                + "\nDriver stacktrace:\n\tat org.apache.spark.scheduler.DAGScheduler.failJobAndIndependentStages"));
    }

    @Test
    void aLostExecutorIsToldWithItsExitCode() {
        String message =
                told(aborted("Task 0 in stage 0.0 failed 8 times, most recent failure: Lost task 0.11 in stage 0.0"
                        + " (TID 18) (127.0.0.1 executor 8): ExecutorLostFailure (executor 8 exited caused by one of the running"
                        + " tasks) Reason: Command exited with code 52"));

        assertThat(message)
                .startsWith("a task failed 8 times (spark.task.maxFailures), the last time with its executor 8: Command"
                        + " exited with code 52 (memory may be short: raise spark.executor.memory or");
    }

    @Test
    void aTaskWithoutMemoryIsToldLikeItsExecutor() {
        String message = told(
                aborted(
                        "Task 0 in stage 0.0 failed 2 times, most recent failure: Lost task 0.3 in stage 0.0"
                                + " (TID 4) (127.0.0.1 executor 3): java.lang.OutOfMemoryError: Physical memory usage is too high:"
                                + " physicalBytes (196M) > maxPhysicalBytes (51200K)\n\tat org.bytedeco.javacpp.Pointer.deallocator"));

        assertThat(message)
                .startsWith("a task failed 2 times (spark.task.maxFailures), the last time with its executor 3:"
                        + " java.lang.OutOfMemoryError: Physical memory usage is too high")
                .contains("(memory may be short:");
    }

    @Test
    void aLostWorkerGivesNoAdviceOnMemory() {
        String message =
                told(aborted("Task 1 in stage 7.0 failed 4 times, most recent failure: Lost task 1.3 in stage 7.0"
                        + " (TID 31) (127.0.0.1 executor 1): ExecutorLostFailure (executor 1 exited caused by one of the running"
                        + " tasks) Reason: worker lost: 127.0.0.1:41433 got disassociated"));

        assertThat(message)
                .contains("executor 1: worker lost: 127.0.0.1:41433 got disassociated; its log says more")
                .doesNotContain("memory may be short");
    }

    @Test
    void aStoppedSparkIsToldWithoutItsStack() {
        String unusable = told(new IllegalStateException("Cannot call methods on a stopped SparkContext.\nThis stopped"
                + " SparkContext was created at:\n\norg.apache.spark.sql.SparkSession$Builder.getOrCreate"));
        String cancelled = told(
                new IllegalStateException(new SparkException("Job 3 cancelled because SparkContext was shut down")));

        String notStarted = told(new IllegalStateException("Spark context stopped while waiting for backend"));

        assertThat(unusable)
                .isEqualTo(cancelled)
                .isEqualTo(notStarted)
                .startsWith("the cluster has ended this application");
    }

    @Test
    void whatATaskThrewIsNotTheClusters() {
        assertThat(
                        ClusterFailure.of(
                                aborted(
                                        "Task 0 in stage 1.0 failed 4 times, most recent failure: Lost task 0.3 in"
                                                + " stage 1.0 (TID 7) (127.0.0.1 executor 0): java.lang.IllegalStateException: a defect\n\tat ...")))
                .isEmpty();
        assertThat(ClusterFailure.of(new IllegalStateException("a defect"))).isEmpty();
    }
}
