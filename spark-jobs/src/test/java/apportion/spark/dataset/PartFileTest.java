package apportion.spark.dataset;

import static org.assertj.core.api.Assertions.assertThat;

import apportion.data.pack.Part;
import java.io.IOException;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;

final class PartFileTest {

    private static final Part PART = new Part(
            IntStream.range(0, 50)
                    .mapToObj(row -> IntStream.range(row, row + 9).toArray())
                    .toList(),
            IntStream.range(0, 50).mapToLong(row -> row / 3).toArray());

    @Test
    void whatIsWrittenIsRead() throws IOException {
        Part read = PartFile.read(PartFile.write(PART));

        assertThat(read.rows()).usingRecursiveComparison().isEqualTo(PART.rows());
        assertThat(read.documents()).isEqualTo(PART.documents());
    }

    /** Other bytes here mean that datasets prepared by two processes, or two releases, are no longer the same. */
    @Test
    void theBytesAreTheSameInEveryProcess() {
        assertThat(Dataset.sha256(PartFile.write(PART)))
                .isEqualTo("91df47abec8dca24b4ecedd0111a6995e671a3f7ea07c421ed46747da53d5851");
    }
}
