package apportion.spark.cli;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import apportion.spark.train.TinyDataset;
import apportion.spark.trained.TinyModel;
import com.fasterxml.jackson.databind.JsonNode;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

final class AllocateCommandTest {

    private static Ran run(String arguments) {
        List<String> all = new ArrayList<>(List.of("allocate"));
        all.addAll(List.of(arguments.strip().split(" +")));
        return Ran.of(all.toArray());
    }

    @Test
    void theAllocationOfAFourGramIsOneObject() {
        Ran ran = run("--budget 256 --token-dim 8 --kernel 1,1,1,1 --json");

        assertThat(ran.exitCode()).as(ran.err()).isZero();
        assertThat(ran.out())
                .startsWith("{\"served\":4,\"groups\":[{\"lag\":1,\"heads\":8,\"headDim\":8},"
                        + "{\"lag\":2,\"heads\":8,\"headDim\":8},{\"lag\":3,\"heads\":8,\"headDim\":8},"
                        + "{\"lag\":4,\"heads\":8,\"headDim\":8}],\"bound\":0.683497,")
                .contains("\"spent\":256,\"solver\":\"exact\"")
                .endsWith("}\n");
    }

    /** What makes it start at once: a program's classes are loaded when they are first needed. */
    @Test
    void neitherSparkNorNd4jIsLoaded() throws IOException, InterruptedException {
        Process process = new ProcessBuilder(
                        Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                        "-Xlog:class+load",
                        "-cp",
                        System.getProperty("java.class.path"),
                        "apportion.spark.Main",
                        "allocate",
                        "--budget",
                        "256",
                        "--token-dim",
                        "8")
                .redirectErrorStream(true)
                .start();
        String output = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);

        assertThat(process.waitFor()).as(output).isZero();
        assertThat(output)
                .contains("apportion.model.allocation.ExactAllocation ", "bound 0.041")
                .doesNotContain("org.apache.spark.SparkConf", "org.apache.spark.sql", "org.nd4j", "org.bytedeco");
    }

    @Test
    void theCurveIsThePapers() throws IOException {
        Ran ran = run("--budget 128 --token-dim 16 --curve --json");

        assertThat(ran.out()).startsWith("{\"curve\":[{\"heads\":1,\"bound\":1.326262},{\"heads\":2,");
        assertThat(ran.json().get("best").asInt()).isEqualTo(8);
        assertThat(ran.json().get("curve")).hasSize(80);
        assertThat(ran.json().get("curve").get(8).get("bound").asDouble()).isEqualTo(0.480696);
    }

    @Test
    void aTerminalGetsATableBarsAndAConfiguration() {
        Ran ran = run("--budget 256 --token-dim 8 --kernel 1,.5,.25,.125");

        assertThat(ran.out().lines())
                .contains(
                        "budget 256, tokens of 8: lags 1 to 4 of 4 are served, 256 spent (exact)",
                        "     1      1.000           12         8     0.110522  ################################",
                        "model.attention { heads = 32, head-dim = 8 }");
        assertThat(ran.out()).contains("bound 0.278414; ", "1.875000 without heads\n");
    }

    @Test
    void aTerminalGetsAPlotOfTheCurve() {
        Ran ran = run("--budget 128 --token-dim 16 --curve");

        assertThat(ran.out().lines())
                .contains("        8        16.00     0.165783  least")
                .anyMatch(line -> line.matches(" +1\\.326 \\|\\*"));
        assertThat(ran.out()).endsWith("80 heads\n");
    }

    @Test
    void laterLayersAreNarrowerAndSaidToBeChosen() throws IOException {
        JsonNode json = run("--budget 64 --token-dim 8 --layers 3 --json").json();

        assertThat(json.get("earlyLayers").asInt()).isEqualTo(2);
        assertThat(json.get("layers").toString())
                .isEqualTo("[[{\"heads\":8,\"headDim\":8}],[{\"heads\":8,\"headDim\":8}],"
                        + "[{\"heads\":8,\"headDim\":4}]]");
        assertThat(run("--budget 64 --token-dim 8 --layers 3 --early 1 --late-head-dim 2")
                        .out())
                .contains(
                        "model.attention.per-layer = [{ heads = 8, head-dim = 8 }, { heads = 8, head-dim = 2 },"
                                + " { heads = 8, head-dim = 2 }]",
                        "Where early layers end (after 1) and how narrow later heads are is chosen, not derived");
    }

    @Test
    void aBudgetThatIsNoMultipleMayBeLeftInPart() throws IOException {
        JsonNode all = run("--budget 37 --token-dim 8 --json").json();
        JsonNode some = run("--budget 37 --token-dim 8 --at-most --json").json();

        assertThat(all.get("spent").asInt()).isEqualTo(37);
        assertThat(some.get("spent").asInt()).isEqualTo(32);
        assertThat(some.get("bound").asDouble()).isLessThan(all.get("bound").asDouble());
    }

    @Test
    void aHugeProblemIsGreedysAndItsTableIsCut() {
        Ran ran = run("--budget 1000000000 --token-dim 8 --kernel power:1000000:0");

        assertThat(ran.exitCode()).as(ran.err()).isZero();
        assertThat(ran.out()).contains("(greedy)", "lags more; --json has all");
        assertThat(ran.out().lines().count()).isLessThan(50);
    }

    @Test
    void aBoundThatSaysNothingIsCalledThat() {
        assertThat(run("--budget 8 --token-dim 8").out()).contains("the bound says nothing for these heads");
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "--budget 0 --token-dim 8                 | budget must be at least 1, got 0",
                "--budget=-256 --token-dim 8              | budget must be at least 1, got -256",
                "--budget -256 --token-dim 8              | budget must be at least 1, got -256",
                "--budget 8 --token-dim 0                 | token-dim must be at least 1, got 0",
                "--budget 4 --token-dim 8                 | token-dim must be at most the budget of 4, or no head",
                "--budget many --token-dim 8              | invalid value for option '--budget': 'many' is not an int",
                "--budget 10000000000 --token-dim 8       | invalid value for option '--budget': '10000000000'",
                "--token-dim 8                            | missing required option: '--budget=D'",
                "--budget 64 --token-dim 8 --kernel ,     | a kernel must be numbers with commas between them",
                "--budget 64 --token-dim 8 --kernel 1,x   | 'x' is no number",
                "--budget 64 --token-dim 8 --kernel 1,-1  | got -1.0 for lag 2",
                "--budget 64 --token-dim 8 --kernel NaN   | got NaN for lag 1",
                "--budget 64 --token-dim 8 --kernel 0     | must have a sum from 1.0E-100 to 1.0E100, got 0.0",
                "--budget 64 --token-dim 8 --kernel n-gram:2000000 | must have 1 to 1000000 lags, got 2000000",
                "--budget 64 --token-dim 8 --solver best  | --solver must be exact or greedy, got best",
                "--budget 1000000000 --token-dim 8 --solver exact | must take at most 1073741824; use greedy",
                "--budget 1000000001 --token-dim 8        | greedy gives whole heads of the token dimension, 8",
                "--budget 1000000000 --token-dim 8 --curve | points, but must have at most 100000",
                "--budget 64 --token-dim 8 --early 1      | are about --layers; give that, too",
                "--budget 64 --token-dim 8 --layers 2 --curve | two questions; leave one of them out",
                "--budget 64 --token-dim 8 --layers 0     | layers must be 1 to 1000, got 0",
                "--budget 64 --token-dim 8 --layers 2 --early 3 | early layers must be 1 to 2, got 3",
                "--budget 64 --token-dim 8 --layers 2 --late-head-dim 0 | late head-dim must be 1 to 2147483647, got 0"
            })
    void aMistakeIsOneLine(String arguments, String message) {
        Ran ran = run(arguments);

        assertThat(ran.exitCode()).as(ran.err()).isEqualTo(2);
        assertThat(ran.out()).isEmpty();
        assertThat(ran.err().lines())
                .hasSize(1)
                .first()
                .asString()
                .startsWith("apportion: ")
                .contains(message);
    }

    @Test
    void aKernelIsEstimatedFromATextSeenThroughAnEmbedding(@TempDir Path folder) throws IOException {
        Path model = TinyModel.write(folder.resolve("model"), 1);
        Path dataset = folder.resolve("dataset");
        // Half of the letters are that of two before, the others chance. In several parts, the last of them shorter.
        Random random = new Random(3);
        StringBuilder text = new StringBuilder("ab");
        while (text.length() < 4000) {
            char chance = (char) ('a' + random.nextInt(26));
            text.append(random.nextBoolean() ? text.charAt(text.length() - 2) : chance);
        }
        TinyDataset.write(dataset, List.of(text.toString()), List.of("validation"), 8, 70);
        String from = "--budget 64 --token-dim 4 --kernel-from " + model + " --data " + dataset + " --lags 3";

        System.setProperty("spark.master", "local[2]");
        try {
            Ran ran = run(from + " --json");

            assertThat(ran.exitCode()).as(ran.err()).isZero();
            JsonNode kernel = ran.json().get("kernel");
            // A correlation of 0.5 with lag 2 alone: the standard error is at most sqrt(0.75 / 2400) = 0.018.
            assertThat(kernel.get("coefficients").get(0).asDouble()).isCloseTo(0, within(0.06));
            assertThat(kernel.get("coefficients").get(1).asDouble()).isCloseTo(0.5, within(0.06));
            assertThat(kernel.get("coefficients").get(2).asDouble()).isCloseTo(0, within(0.06));
            assertThat(kernel.get("explained").asDouble()).isCloseTo(0.25, within(0.06));
            assertThat(ran.json().get("boundWithoutHeads").asDouble()).isCloseTo(0.5, within(0.15));
            assertThat(run(from + " --sequences 100").out()).startsWith("estimated from 600 tokens; ");
            assertThat(run(from.replace("--lags 3", "--lags 9")).err())
                    .contains("--lags must be from 1 to the 8 tokens that a sequence of " + dataset);
        } finally {
            System.clearProperty("spark.master");
        }
    }

    @ParameterizedTest
    @CsvSource(delimiter = '|', textBlock = """
            --lags 3                                 | --data, --lags and --sequences are about --kernel-from
            --kernel-from a --lags 3                 | --kernel-from needs --data and --lags
            --kernel-from a --data b --lags 3 --kernel 1 | leave one of them out
            --kernel-from a --data b --lags 3 --sequences 0 | --sequences must be at least 1, got 0
            """)
    void optionsOfTheEstimateBelongTogether(String options, String said) {
        Ran ran = run("--budget 64 --token-dim 4 " + options);

        assertThat(ran.exitCode()).isEqualTo(2);
        assertThat(ran.err()).contains(said).doesNotContain("\tat ");
    }
}
