package apportion.model.compute.onednn;

import static org.assertj.core.api.Assertions.assertThatThrownBy;

import apportion.model.compute.BackendContract;
import apportion.model.compute.Precision;
import org.junit.jupiter.api.Test;

final class OneDnnBackendTest extends BackendContract {

    OneDnnBackendTest() {
        super(new OneDnnBackend(Precision.FLOAT, 2));
    }

    @Test
    void whatItCannotComputeInIsRefused() {
        assertThatThrownBy(() -> new OneDnnBackend(Precision.DOUBLE, 1))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessage("onednn computes in float or bfloat16, got double; use nd4j for double");
        assertThatThrownBy(() -> new OneDnnBackend(Precision.FLOAT, 0))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessage("threads must be at least 1, got 0");
    }
}
