package apportion.spark.experiment.compression;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import apportion.spark.failure.UserError;
import java.nio.charset.StandardCharsets;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** What an experiment keeps of its students from one start to the next. */
final class KeptFilesTest {

    @ParameterizedTest
    @ValueSource(strings = {"null", "{}", "{\"scores\":0.1}", "{\"scores\":0.1,\"outputs\":null}", "[", ""})
    void sharesThatAreIncompleteAreMeasuredAgain(String file) {
        assertThat(HeadShares.parse(file.getBytes(StandardCharsets.UTF_8))).isEmpty();
    }

    @ParameterizedTest
    @ValueSource(strings = {"null", "{}", "{\"id\":\"a\",\"seed\":1,\"student\":\"s\"}", "[", ""})
    void aStudentThatIsIncompleteIsRefused(String line) {
        assertThatThrownBy(() -> Made.parse(line))
                .isInstanceOf(UserError.class)
                .hasMessageContainingAll("students.jsonl", "delete the file");
    }
}
