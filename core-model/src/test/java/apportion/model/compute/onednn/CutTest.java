package apportion.model.compute.onednn;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;

final class CutTest {

    @Test
    void chunksAreAPartitionIntoPowersOfTwo() {
        for (int block : new int[] {1, 8, 64}) {
            for (int rows = 1; rows < 200; rows++) {
                Cut cut = Cut.of(rows, block);
                int at = 0;
                for (int chunk = 0; chunk < cut.chunks(); chunk++) {
                    assertThat(cut.start(chunk)).isEqualTo(at);
                    assertThat(Integer.bitCount(cut.size(chunk))).isEqualTo(1);
                    assertThat(cut.size(chunk)).isLessThanOrEqualTo(block);
                    at += cut.size(chunk);
                }
                assertThat(at).isEqualTo(rows);
            }
        }
    }

    @Test
    void aBlockHasAtLeastOneRow() {
        assertThat(Cut.powerOfTwo(0)).isEqualTo(1);
        assertThat(Cut.powerOfTwo(1)).isEqualTo(1);
        assertThat(Cut.powerOfTwo(63)).isEqualTo(32);
        assertThat(Cut.powerOfTwo(64)).isEqualTo(64);
    }
}
