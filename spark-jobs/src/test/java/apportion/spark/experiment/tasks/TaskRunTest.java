package apportion.spark.experiment.tasks;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import apportion.spark.failure.UserError;
import apportion.spark.fuzz.Fuzz;
import apportion.spark.fuzz.Mutation;
import java.nio.charset.StandardCharsets;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

final class TaskRunTest {

    private static final TaskRun RUN = new TaskRun("id", "ALiBi", 16, 2, 0.01, 3, 100, 0.5, List.of(1.0, 0.5), 1.5);

    @Test
    void damagedLines() {
        new Fuzz(
                        "ledger of tasks",
                        List.of(UserError.class),
                        "trials.jsonl",
                        List.of(RUN.line().getBytes(StandardCharsets.UTF_8)),
                        List.of(Mutation::bytes, Mutation::text, Mutation::json),
                        Fuzz.SMALL)
                .read(bytes -> {
                    TaskRun run = TaskRun.parse(new String(bytes, StandardCharsets.UTF_8));
                    assertThat(TaskRun.parse(run.line())).isEqualTo(run);
                });
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "null",
                "{}",
                "{\"id\":\"id\",\"positions\":\"ALiBi\",\"curve\":[]}",
                "{\"id\":null,\"positions\":\"ALiBi\",\"time\":16,\"heads\":2,\"learningRate\":0.01,\"seed\":3,"
                        + "\"parameters\":100,\"error\":0.5,\"curve\":[],\"seconds\":1.5}",
                "{\"id\":\"id\",\"positions\":\"ALiBi\",\"time\":16,\"heads\":2,\"learningRate\":0.01,\"seed\":3,"
                        + "\"parameters\":100,\"error\":0.5,\"curve\":[null],\"seconds\":1.5}"
            })
    void aLineWithoutWhatATrialHasIsRefused(String line) {
        assertThatThrownBy(() -> TaskRun.parse(line))
                .isInstanceOf(UserError.class)
                .hasMessageContainingAll("trials.jsonl", "delete the file");
    }

    @Test
    void aDivergedTrialHasNoError() {
        TaskRun diverged = new TaskRun("id", "ALiBi", 16, 2, 0.01, 3, 100, null, List.of(), 1.5);

        assertThat(TaskRun.parse(diverged.line())).isEqualTo(diverged);
    }
}
