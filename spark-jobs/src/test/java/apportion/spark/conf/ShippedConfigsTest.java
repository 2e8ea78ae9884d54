package apportion.spark.conf;

import static org.assertj.core.api.Assertions.assertThat;

import apportion.spark.cluster.ClusterConfig;
import apportion.spark.compress.CompressConfig;
import apportion.spark.compute.ComputeSettings;
import apportion.spark.evaluate.EvaluateConfig;
import apportion.spark.experiment.Experiment;
import apportion.spark.generate.GenerateConfig;
import apportion.spark.inspect.InspectConfig;
import apportion.spark.prepare.DataConfig;
import apportion.spark.sweep.SweepConfig;
import apportion.spark.train.TrainConfig;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Collection;
import java.util.List;
import java.util.Map;
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
                    // Spark's own properties.
                    .filter(file -> !file.startsWith(ROOT.resolve("conf/cluster")))
                    .map(file -> ROOT.relativize(file).toString())
                    .sorted()
                    .toList()
                    .stream();
        }
    }

    /** What base.conf leaves open, as only a user can say it. */
    private static final Map<String, String> OPEN = Map.ofEntries(
            Map.entry("data.corpus", "a.txt"),
            Map.entry("data.output", "dataset"),
            Map.entry("train.output", "run"),
            Map.entry("train.steps", "10"),
            Map.entry("sweep.output", "sweep"),
            Map.entry("experiment.output", "experiment"),
            Map.entry("experiment.arms", "[{ name = a, set = [] }, { name = b, set = [] }]"),
            Map.entry("experiment.conditions", "[{ name = all, set = [] }]"),
            Map.entry("evaluate.checkpoint", "run"),
            Map.entry("evaluate.text", "a.txt"),
            Map.entry("generate.checkpoint", "run"),
            Map.entry("compress.checkpoint", "run"),
            Map.entry("compress.output", "student"),
            Map.entry("compress.head-dim", "4"),
            Map.entry("inspect.checkpoint", "run"),
            Map.entry("inspect.dataset", "dataset"),
            Map.entry("inspect.output", "page"));

    @ParameterizedTest
    @MethodSource("shipped")
    void everySectionOfEveryShippedConfigurationBinds(String name) {
        Settings settings = Settings.load(Optional.of(name), open(name, OPEN.keySet()));
        Map<String, Class<?>> sections = Map.ofEntries(
                Map.entry("data", DataConfig.class),
                Map.entry("model", ModelSettings.class),
                Map.entry("train", TrainConfig.class),
                Map.entry("sweep", SweepConfig.class),
                Map.entry("experiment", Experiment.class),
                Map.entry("compress", CompressConfig.class),
                Map.entry("inspect", InspectConfig.class),
                Map.entry("evaluate", EvaluateConfig.class),
                Map.entry("generate", GenerateConfig.class),
                Map.entry("compute", ComputeSettings.class),
                Map.entry("cluster", ClusterConfig.class));
        assertThat(sections.keySet())
                .isEqualTo(Settings.load(Optional.empty(), List.of()).sections());

        sections.forEach(settings::bind);

        settings.throwIfWrong();
    }

    private static List<String> open(String name, Collection<String> keys) {
        Settings settings = Settings.load(Optional.of(name), List.of());
        return keys.stream()
                .filter(key -> settings.value(key).isEmpty()
                        || settings.value(key).get().equals(List.of()))
                // Arms and conditions are of one kind of experiment.
                .filter(key ->
                        !List.of("experiment.arms", "experiment.conditions").contains(key)
                                || settings.value("experiment.type").equals(Optional.of("variants")))
                // Steps or tokens, not both.
                .filter(key -> !key.equals("train.steps")
                        || settings.value("train.tokens").isEmpty())
                .map(key -> key + "=" + OPEN.get(key))
                .toList();
    }

    @Test
    void theQuickstartNeedsNothingElse() {
        Settings settings = Settings.load(Optional.of("conf/quickstart.conf"), List.of());
        settings.bind("data", DataConfig.class);
        settings.bind("train", TrainConfig.class);

        SweepConfig sweep = settings.bind("sweep", SweepConfig.class).get();

        assertThat(sweep.attention()).hasSizeGreaterThanOrEqualTo(5);
        assertThat(sweep.seeds()).hasSizeGreaterThanOrEqualTo(2);
    }

    @Test
    void aFileOfTrainNeedsItsCorpusAlone() throws IOException {
        List<String> files =
                shipped().filter(name -> name.startsWith("conf/train/")).toList();
        assertThat(files).isNotEmpty();
        for (String name : files) {
            Settings settings = Settings.load(Optional.of(name), open(name, List.of("data.corpus")));
            settings.bind("data", DataConfig.class);
            settings.require("train.dataset", "train.output");
            settings.bind("train", TrainConfig.class);
            ModelSettings model = settings.bind("model", ModelSettings.class).get();

            assertThat(model.layout()).as(name).isPresent();
        }
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
