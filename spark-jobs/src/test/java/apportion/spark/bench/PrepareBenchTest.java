package apportion.spark.bench;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import apportion.spark.failure.UserError;
import apportion.spark.progress.Progress;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Optional;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

final class PrepareBenchTest {

    @TempDir
    Path folder;

    @Test
    void bothSidesAreMeasuredOnTheSameText() throws IOException {
        Path text = Files.writeString(
                folder.resolve("text.txt"),
                IntStream.range(0, 400)
                        .mapToObj(number -> number + " is the number of this line\n")
                        .collect(Collectors.joining()));

        PrepareBench.Report report = PrepareBench.run(Optional.of(text), 1, Progress.SILENT);

        assertThat(report.bytes()).isEqualTo(Files.size(text));
        assertThat(report.wordCountSeconds()).isPositive();
        assertThat(report.prepareSeconds()).isPositive();
        assertThat(report.ratio()).isCloseTo(report.prepareSeconds() / report.wordCountSeconds(), within(1e-9));
    }

    @Test
    void aTextThatIsNotThereIsRefused() {
        Path missing = folder.resolve("missing.txt");

        assertThatThrownBy(() -> PrepareBench.run(Optional.of(missing), 1, Progress.SILENT))
                .isInstanceOf(UserError.class)
                .hasMessageContaining("--text " + missing);
    }
}
