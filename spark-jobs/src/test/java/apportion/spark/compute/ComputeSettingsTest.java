package apportion.spark.compute;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import apportion.model.compute.Backends;
import apportion.model.compute.Precision;
import apportion.spark.conf.ConfigError;
import apportion.spark.conf.Settings;
import java.util.List;
import java.util.Optional;
import java.util.function.Supplier;
import org.junit.jupiter.api.Test;

final class ComputeSettingsTest {

    private static Supplier<ComputeConfig> overridden(String... overrides) {
        return ComputeSettings.bind(Settings.load(Optional.empty(), List.of(overrides)));
    }

    @Test
    void thePrecisionIsTrainings() {
        assertThat(overridden("train.precision=bfloat16", "compute.threads=3").get())
                .isEqualTo(new ComputeConfig(Backends.Kind.AUTO, Precision.BFLOAT16, 3));
    }

    @Test
    void whatDoesNotGoTogetherIsReportedWhereItWasWritten() {
        assertThatThrownBy(() -> overridden("train.precision=double", "compute.backend=onednn")
                        .get())
                .isInstanceOf(ConfigError.class)
                .hasMessage("--set compute.backend=onednn: compute.backend onednn has no precision double;"
                        + " use nd4j or auto for it");
        assertThatThrownBy(() -> overridden("compute.precision=double").get())
                .isInstanceOf(ConfigError.class)
                .hasMessageContaining("compute.precision is not a known key; did you mean train.precision?");
    }
}
