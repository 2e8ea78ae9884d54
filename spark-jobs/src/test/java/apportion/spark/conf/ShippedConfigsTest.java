package apportion.spark.conf;

import static org.assertj.core.api.Assertions.assertThat;

import apportion.spark.compute.ComputeConfig;
import apportion.spark.prepare.DataConfig;
import apportion.spark.train.TrainConfig;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

final class ShippedConfigsTest {

    private static final Path ROOT = Path.of("..");

    static Stream<String> shipped() throws IOException {
        try (Stream<Path> files = Files.walk(ROOT.resolve("conf"))) {
            return files
                    .filter(file -> file.toString().endsWith(".conf"))
                    .map(file -> ROOT.relativize(file).toString())
                    .sorted()
                    .toList()
                    .stream();
        }
    }

    @ParameterizedTest
    @MethodSource("shipped")
    void everyShippedConfigurationBindsFromTheClassPath(String name) {
        Settings settings =
                Settings.load(Optional.of(name), needsCorpus(name) ? List.of("data.corpus=a.txt") : List.of());
        settings.bind("model", ModelSettings.class);
        settings.bind("compute", ComputeConfig.class);
        // base.conf leaves open what only a user can say.
        if (!name.endsWith("base.conf")) {
            settings.bind("data", DataConfig.class);
            settings.bind("train", TrainConfig.class);
        }

        settings.throwIfWrong();
        assertThat(settings.canonicalJson()).isNotEmpty();
    }

    private static boolean needsCorpus(String name) {
        return name.endsWith("shakespeare-char.conf");
    }

    @Test
    void theShakespeareModelIsNanoGptsForACpu() {
        ModelSettings model = Settings.load(Optional.of("conf/train/shakespeare-char.conf"), List.of())
                .bind("model", ModelSettings.class)
                .get();

        assertThat(model.toModel(257).block().attention()).hasToString("4x32");
        assertThat(model.layers()).isEqualTo(4);
        assertThat(model.context()).isEqualTo(64);
    }
}
