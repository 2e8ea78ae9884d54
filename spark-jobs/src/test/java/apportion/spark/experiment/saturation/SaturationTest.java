package apportion.spark.experiment.saturation;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import apportion.model.inspect.LengthStatistics;
import apportion.spark.dataset.Dataset;
import apportion.spark.experiment.Finished;
import apportion.spark.experiment.Saturation;
import apportion.spark.experiment.saturation.Simulation.Logits;
import apportion.spark.progress.Progress;
import apportion.spark.storage.Storage;
import apportion.spark.study.Agreement;
import apportion.spark.study.Claim;
import apportion.spark.study.Origin;
import apportion.spark.train.TinyDataset;
import apportion.spark.trained.TinyModel;
import apportion.spark.trained.TrainedModel;
import java.io.IOException;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.stream.DoubleStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** What is known of the softmax's Jacobian, and what is made of it. */
final class SaturationTest {

    private static final double[] LONG = {64, 128, 256, 512, 1024};

    @TempDir
    private Path folder;

    private static double[] jacobians(Logits logits, double... lengths) {
        double[] norms = new double[lengths.length];
        for (int i = 0; i < norms.length; i++) {
            norms[i] = Simulation.jacobian(logits, (int) lengths[i], 200, 1);
        }
        return norms;
    }

    @Test
    void equalLogitsGiveOneOfTheirNumber() {
        assertThat(Simulation.jacobian(Logits.CONSTANT, 37, 2, 1)).isEqualTo(1.0 / 37, within(1e-12));
        assertThat(Simulation.slope(LONG, jacobians(Logits.CONSTANT, LONG))).isEqualTo(-1, within(1e-9));
    }

    /** {@code L ||J||} approaches {@code e / mean(e^x)} for x in [-1, 1]: 2.313. */
    @Test
    void uniformLogitsFallAsOneOfTheirNumber() {
        assertThat(256 * Simulation.jacobian(Logits.UNIFORM, 256, 200, 1)).isEqualTo(2.313, within(0.05 * 2.313));
        assertThat(1024 * Simulation.jacobian(Logits.UNIFORM, 1024, 200, 1)).isEqualTo(2.313, within(0.05 * 2.313));
        assertThat(Simulation.slope(LONG, jacobians(Logits.UNIFORM, LONG))).isBetween(-1.05, -0.93);
    }

    @Test
    void logitsWithoutABoundFallSlower() {
        double[] all = {4, 8, 16, 32, 64, 128, 256, 512, 1024};
        assertThat(Simulation.slope(all, jacobians(Logits.NORMAL, all))).isEqualTo(-0.56, within(0.05));
        assertThat(Simulation.slope(all, jacobians(Logits.WIDE, all))).isEqualTo(-0.20, within(0.05));
    }

    @Test
    void aSmallSizeOfTheExperimentRunsToItsPage() throws IOException {
        Path dataset = folder.resolve("dataset");
        List<String> texts = List.of("the cat sat on the mat and the dog sat on the log. ".repeat(4));
        Dataset read = TinyDataset.write(dataset, texts, texts, 8, 20);
        Path output = folder.resolve("experiment");
        var experiment =
                new Saturation(output.toString(), List.of(4, 8, 64, 128), 5, List.of(1L, 2L, 3L), List.of(1L), 10, 1);
        List<ModelHeads> models = List.of(model(experiment, 1, read), model(experiment, 2, read));

        Finished finished = SaturationJob.run(
                Storage.withDefaults(), experiment, models, new Origin("command", "{}", Map.of()), Progress.SILENT);

        assertThat(output).isDirectoryContaining("glob:**report.html").isDirectoryContaining("glob:**report.json");
        List<Claim> claims = finished.study().claims();
        assertThat(claims).hasSize(11);
        assertThat(claims.get(0).agreement()).isEqualTo(Agreement.AGREES);
        assertThat(claims.get(0).measured()).contains("\u22121.00");
        // Total variation does not fall at all.
        assertThat(claims.get(6).claimed()).contains("total variation");
        assertThat(claims.get(6).agreement()).isEqualTo(Agreement.DISAGREES);
    }

    private ModelHeads model(Saturation experiment, long seed, Dataset dataset) throws IOException {
        Path model = TinyModel.write(folder.resolve("model" + seed), "layers = 2", seed);
        return ModelHeads.of(experiment, TrainedModel.load(Storage.withDefaults(), model.toString()), dataset);
    }

    @Test
    void aModelsSlopeIsTheMeanOfItsHeads() throws IOException {
        List<String> texts = List.of("the cat sat on the mat and the dog sat on the log. ".repeat(4));
        Dataset dataset = TinyDataset.write(folder.resolve("dataset"), texts, texts, 8, 20);
        var experiment = new Saturation("none", List.of(2, 4, 8, 64), 5, List.of(1L, 2L), List.of(1L), 10, 1);

        ModelHeads model = model(experiment, 1, dataset);

        double[] slopes = model.slopes(LengthStatistics.Curve::jacobian);
        assertThat(model.lengths()).containsExactly(2, 4, 8);
        assertThat(slopes).hasSize(4);
        assertThat(Simulation.slope(model.lengths(), model.mean(LengthStatistics.Curve::jacobian)))
                .isCloseTo(DoubleStream.of(slopes).average().orElseThrow(), within(1e-12));
    }

    /** The derivation's ratios to what is simulated are one constant each, for all lengths. */
    @Test
    void errorsOfASmallerHeadGoAsDerived() {
        double[] lengths = {64, 128, 256};
        double[] output = new double[lengths.length];
        double[] variation = new double[lengths.length];
        for (int l = 0; l < lengths.length; l++) {
            for (long seed = 1; seed <= 4; seed++) {
                Simulation.Errors errors = Simulation.reduction((int) lengths[l], 40, seed);
                output[l] += errors.output() / SmallerHead.output(lengths[l]);
                variation[l] += errors.variation() / SmallerHead.variation(lengths[l]);
            }
        }
        for (int l = 1; l < lengths.length; l++) {
            assertThat(output[l] / output[0]).isEqualTo(1, within(0.1));
            assertThat(variation[l] / variation[0]).isEqualTo(1, within(0.1));
        }
    }
}
