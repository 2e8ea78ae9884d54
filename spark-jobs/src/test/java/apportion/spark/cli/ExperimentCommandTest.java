package apportion.spark.cli;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.FileTime;
import java.util.ArrayList;
import java.util.Collections;
import java.util.HashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Objects;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

final class ExperimentCommandTest {

    @TempDir
    private Path folder;

    private static Ran run(Object... arguments) {
        return Ran.of(arguments);
    }

    private Path config(String arms) throws IOException {
        return config(arms, "");
    }

    private Path config(String arms, String more) throws IOException {
        Files.writeString(
                folder.resolve("corpus.txt"),
                IntStream.range(0, 200)
                        .mapToObj(line -> "line " + line + " of a text\n")
                        .collect(Collectors.joining()));
        return Files.writeString(
                folder.resolve("tiny.conf"),
                """
                data {
                  corpus = "%s"
                  output = "%s"
                  format.document = line
                  validation.fraction = 0.3
                }
                model { layers = 1, width = 16, context = 16, feed-forward.width = 16, attention.heads = 2 }
                train { batch = 2, tokens = 512, schedule.warmup-steps = 2 }
                experiment {
                  output = "%s"
                  arms = %s
                  conditions = [
                    { name = "two", set = ["train.replicas=2", "train.local-steps=2"] }
                    { name = "one", set = ["train.replicas=1", "train.local-steps=4"] }
                  ]
                  seeds = [5, 6]
                }
                """.formatted(
                                        folder.resolve("corpus.txt"),
                                        folder.resolve("dataset"),
                                        folder.resolve("experiment"),
                                        arms)
                        + more);
    }

    @Test
    void everyArmIsTrainedWithEverySeedUnderEveryConditionAndOnce() throws IOException {
        Path config = config("""
                [ { name = "kept", set = [] }
                  { name = "averaged", set = ["train.optimizer-state=averaged"] } ]""");
        assertThat(run("prepare", config.toString()).exitCode()).isZero();

        Ran ran = run("experiment", config.toString());

        assertThat(ran.exitCode()).as(ran.err()).isZero();
        List<JsonNode> runs = runs();
        assertThat(runs)
                .extracting(run -> run.get("condition").textValue() + " "
                        + run.get("arm").textValue() + " " + run.get("seed").asLong())
                .containsExactly(
                        "two kept 5",
                        "two averaged 5",
                        "one kept 5",
                        "one averaged 5",
                        "two kept 6",
                        "two averaged 6",
                        "one kept 6",
                        "one averaged 6");
        assertThat(runs)
                .extracting(run -> run.get("steps").asLong())
                .containsExactly(8L, 8L, 16L, 16L, 8L, 8L, 16L, 16L);
        assertThat(runs)
                .allSatisfy(run -> assertThat(run.get("tokens").asLong()).isEqualTo(512));
        // Averaged moments change what two replicas learn, and nothing for one.
        assertThat(runs.get(0).get("loss")).isNotEqualTo(runs.get(1).get("loss"));
        assertThat(runs.get(2).get("loss")).isEqualTo(runs.get(3).get("loss"));
        assertThat(runs.get(0).get("loss")).isNotEqualTo(runs.get(4).get("loss"));
        assertThat(ran.out()).contains("| one | averaged | ").contains("report.html");
        assertThat(Files.readString(folder.resolve("experiment/report.md"))).contains("| one | averaged | ");
        // What cannot differ is not said to.
        assertThat(Files.readString(folder.resolve("experiment/report.html")))
                .contains("Under one, no arm is told apart from it.")
                .contains("Learning curves of averaged under two", "id=\"curves-1-all\"");
        JsonNode curve = new ObjectMapper()
                .readTree(folder.resolve("experiment/report.json").toFile())
                .at("/numbers/curves/1");
        assertThat(curve.get("arm").textValue()).isEqualTo("averaged");
        assertThat(curve.at("/curve/training")).hasSize(4);
        assertThat(curve.at("/curve/training/3/tokens").asLong()).isEqualTo(512);

        List<FileTime> before = changed();
        assertThat(run("experiment", config.toString()).out()).isEqualTo(ran.out());
        assertThat(changed()).isEqualTo(before);
    }

    @Test
    void everyArmTakesTheBestRateOfThoseTriedAndEqualArmsHaveTheParametersOfTheBaseline() throws IOException {
        Path config = config("""
                [ { name = "plain", set = [] }
                  { name = "wide", set = ["model.attention.head-dim=12"] }
                  { name = "normed", set = ["model.attention.qk-norm=true"] } ]""", """
                model.feed-forward.width = 64
                experiment.seeds = [5]
                experiment.conditions = [ { name = "free", set = [] }, { name = "equal", set = ["train.local-steps=5"] } ]
                experiment.equal-parameters = [equal]
                experiment.tuning = { learning-rates = [1e-4, 1e-2, 1], seed = 9 }
                experiment.measures = { documents = true, int8 = true, drift = true }
                """);
        assertThat(run("prepare", config.toString()).exitCode()).isZero();

        assertThat(run("experiment", config.toString()).exitCode()).isZero();

        Map<String, Map<Double, Double>> tried = tried(9);
        List<JsonNode> runs = runs();
        assertThat(runs).hasSize(6);
        for (JsonNode run : runs) {
            String model =
                    model(folder.resolve("experiment/trials/" + run.get("id").textValue()));
            Map<Double, Double> losses = Objects.requireNonNull(tried.get(model));
            assertThat(losses).hasSize(3);
            double best = Collections.min(losses.entrySet(), Map.Entry.comparingByValue())
                    .getKey();
            assertThat(run.get("learningRate").doubleValue()).isEqualTo(best);
        }
        long baseline = parameters(runs, "equal", "plain");
        assertThat(parameters(runs, "free", "plain")).isEqualTo(baseline);
        assertThat(parameters(runs, "free", "wide")).isEqualTo(baseline + 4 * 16 * 8);
        // A feed-forward unit is two vectors of 16; the nearest whole number of them leaves at most half a unit.
        assertThat(parameters(runs, "equal", "wide")).isEqualTo(baseline);
        assertThat(parameters(runs, "equal", "normed")).isCloseTo(baseline, within(16L));
        assertThat(Files.readString(folder.resolve("experiment/report.html")))
                .contains(String.format(Locale.ROOT, "%,d", baseline));
        assertMeasuredOnce(config, runs);
    }

    /** One run's measurement is changed by hand, another's damaged: the one is taken as it is, the other made again. */
    private void assertMeasuredOnce(Path config, List<JsonNode> runs) throws IOException {
        Files.writeString(measured(runs.get(1)), "{");
        String numbers = Files.readString(measured(runs.get(0)));
        Files.writeString(measured(runs.get(0)), numbers.replaceFirst("\"int8Loss\":[0-9.E-]+", "\"int8Loss\":42.0"));

        assertThat(run("experiment", config.toString()).exitCode()).isZero();

        List<JsonNode> again = runs();
        assertThat(again.get(0).get("int8Loss").doubleValue()).isEqualTo(42);
        assertThat(again.subList(1, 6)).isEqualTo(runs.subList(1, 6));
        assertThat(Files.readString(measured(runs.get(1)))).contains("\"int8Loss\"");
    }

    private Path measured(JsonNode run) {
        return folder.resolve("experiment/trials/" + run.get("id").textValue() + "/measured.json");
    }

    private static long parameters(List<JsonNode> runs, String condition, String arm) {
        return runs.stream()
                .filter(run -> run.get("condition").textValue().equals(condition)
                        && run.get("arm").textValue().equals(arm))
                .findFirst()
                .orElseThrow()
                .get("parameters")
                .longValue();
    }

    /** Of each model the losses that a seed's trials ended with, by learning rate. */
    private Map<String, Map<Double, Double>> tried(long seed) throws IOException {
        Map<String, Map<Double, Double>> tried = new HashMap<>();
        try (Stream<Path> trials = Files.list(folder.resolve("experiment/trials"))) {
            for (Path trial : trials.toList()) {
                JsonNode train = settings(trial).get("train");
                if (train.get("seed").longValue() == seed) {
                    List<String> rounds = Files.readAllLines(trial.resolve("metrics.jsonl"));
                    JsonNode last = new ObjectMapper().readTree(rounds.get(rounds.size() - 1));
                    tried.computeIfAbsent(model(trial), model -> new HashMap<>())
                            .put(
                                    train.at("/optimizer/learning-rate").doubleValue(),
                                    last.get("validationLoss").doubleValue());
                }
            }
        }
        return tried;
    }

    /** What a trial's settings say beside seed and learning rate. */
    private static String model(Path trial) throws IOException {
        JsonNode settings = settings(trial);
        return settings.get("model") + " " + settings.at("/train/local-steps");
    }

    private static JsonNode settings(Path trial) throws IOException {
        try (Stream<Path> files = Files.walk(trial)) {
            Path file = files.filter(each -> each.endsWith("config.json"))
                    .findFirst()
                    .orElseThrow();
            return new ObjectMapper().readTree(file.toFile());
        }
    }

    private List<JsonNode> runs() throws IOException {
        List<JsonNode> runs = new ArrayList<>();
        for (String line : Files.readAllLines(folder.resolve("experiment/runs.jsonl"))) {
            runs.add(new ObjectMapper().readTree(line));
        }
        return runs;
    }

    /** When the models of all trials were written. */
    private List<FileTime> changed() throws IOException {
        return changed("trials", 8);
    }

    private List<FileTime> changed(String models, int least) throws IOException {
        List<FileTime> times = new ArrayList<>();
        try (Stream<Path> files = Files.walk(folder.resolve("experiment/" + models))) {
            for (Path file : files.filter(file -> file.endsWith("model.safetensors"))
                    .sorted()
                    .toList()) {
                times.add(Files.getLastModifiedTime(file));
            }
        }
        assertThat(times).hasSizeGreaterThanOrEqualTo(least);
        return times;
    }

    @Test
    void mistakesInAnArmAreFoundBeforeAnythingStarts() throws IOException {
        Path config = config("""
                [ { name = "kept", set = [] }
                  { name = "lost", set = ["train.optimizer-state=lost"] } ]""");

        Ran ran = run("experiment", config.toString());

        assertThat(ran.exitCode()).isEqualTo(2);
        assertThat(ran.err())
                .contains(
                        "--set train.optimizer-state=lost: train.optimizer-state = \"lost\", but it must be one of kept,"
                                + " dropped, averaged");
        assertThat(folder.resolve("experiment")).doesNotExist();
    }

    @Test
    void anArmThatDoesNotFitTheRunIsFoundBeforeAnythingStarts() throws IOException {
        Path config = config("""
                [ { name = "full", set = [] }
                  { name = "parts late", set = ["model.sharing.embedding={ type = tied-until, step = 500 }"] } ]""");
        assertThat(run("prepare", config.toString()).exitCode()).isZero();

        Ran ran = run("experiment", config.toString());

        assertThat(ran.exitCode()).isEqualTo(2);
        assertThat(ran.err()).contains("model.sharing.embedding.step = 500, but the run has only");
        assertThat(folder.resolve("experiment")).doesNotExist();
    }

    @Test
    void armsThatAreTheSameRunAreRefused() throws IOException {
        Path config = config("""
                [ { name = "default", set = [] }
                  { name = "kept", set = ["train.optimizer-state=kept"] } ]""");
        assertThat(run("prepare", config.toString()).exitCode()).isZero();

        Ran ran = run("experiment", config.toString());

        assertThat(ran.exitCode()).isEqualTo(2);
        assertThat(ran.err())
                .contains("experiment: kept under two is the same run as default under two; leave one of them out");
    }

    @Test
    void saturationTrainsItsModelsOnce() throws IOException {
        Path config = config("[]");
        String text = Files.readString(config);
        Files.writeString(
                config, text.substring(0, text.indexOf("experiment {")) + """
                experiment {
                  type = saturation
                  output = "%s"
                  lengths = [4, 8, 16]
                  draws = 3
                  model-seeds = [1, 2]
                }
                """.formatted(folder.resolve("experiment")));
        assertThat(run("prepare", config.toString()).exitCode()).isZero();

        Ran ran = run("experiment", config.toString());

        assertThat(ran.exitCode()).as(ran.err()).isZero();
        assertThat(ran.out()).contains("In trained models (2) it is");
        JsonNode numbers = new ObjectMapper()
                .readTree(folder.resolve("experiment/report.json").toFile())
                .get("numbers");
        assertThat(numbers.get("checkpoints")).hasSize(2);
        assertThat(numbers.get("slopesOfHeads"))
                .hasSize(2)
                .allSatisfy(model -> assertThat(model).hasSize(2));
        // The two models are the units of the interval, not their heads.
        double mean = 0;
        for (JsonNode model : numbers.get("slopesOfHeads")) {
            mean += (model.get(0).doubleValue() + model.get(1).doubleValue()) / 4;
        }
        assertThat(numbers.at("/models/norm of the Jacobian/slope/value").doubleValue())
                .isEqualTo(mean, within(1e-9));

        List<FileTime> before = changed("models", 2);
        assertThat(run("experiment", config.toString()).out()).isEqualTo(ran.out());
        assertThat(changed("models", 2)).isEqualTo(before);
    }
}
