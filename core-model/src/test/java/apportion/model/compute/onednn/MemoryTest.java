package apportion.model.compute.onednn;

import static org.assertj.core.api.Assertions.assertThatThrownBy;

import org.junit.jupiter.api.Test;

final class MemoryTest {

    @Test
    void whatTheSystemRefusesIsAnErrorWithItsSize() {
        // More than the 47 bits of a process's addresses.
        assertThatThrownBy(() -> new Memory(1L << 50))
                .isInstanceOf(OutOfMemoryError.class)
                .hasMessage("no 1,125,899,906,842,624 bytes of native memory left for oneDNN");
    }
}
