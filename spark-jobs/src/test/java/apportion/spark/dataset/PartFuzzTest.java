package apportion.spark.dataset;

import static org.assertj.core.api.Assertions.assertThat;

import apportion.data.pack.Part;
import apportion.spark.fuzz.Fuzz;
import apportion.spark.fuzz.Mutation;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;

final class PartFuzzTest {

    /** {@link Dataset#read} says which file it was, whatever the library throws. */
    @Test
    void partsWhoseHashTheManifestVouchesFor() {
        new Fuzz(
                        "Parquet",
                        List.of(IOException.class, RuntimeException.class),
                        "",
                        List.of(PartFile.write(part(40, 9)), PartFile.write(part(1, 3))),
                        List.of(Mutation::bytes, Mutation.tail(400, Mutation::bytes)),
                        256 << 20)
                .read(PartFile::read);
    }

    private static Part part(int rows, int tokens) {
        return new Part(
                IntStream.range(0, rows)
                        .mapToObj(row -> IntStream.range(row, row + tokens).toArray())
                        .toList(),
                IntStream.range(0, rows).mapToLong(row -> row / 3).toArray());
    }

    @Test
    void anyPartIsReadAsItWasWritten() throws IOException {
        Random random = new Random(11);
        for (int trial = 0; trial < 40; trial++) {
            int count = random.nextInt(30);
            List<int[]> rows = new ArrayList<>();
            for (int row = 0; row < count; row++) {
                rows.add(random.ints(1 + random.nextInt(700)).toArray());
            }
            Part part = new Part(rows, random.longs(count).toArray());

            Part read = PartFile.read(PartFile.write(part));

            assertThat(read.rows()).usingRecursiveComparison().isEqualTo(rows);
            assertThat(read.documents()).isEqualTo(part.documents());
        }
    }
}
