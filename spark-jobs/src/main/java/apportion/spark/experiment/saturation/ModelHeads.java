package apportion.spark.experiment.saturation;

import apportion.data.pack.Split;
import apportion.model.config.ModelConfig;
import apportion.model.inspect.LengthStatistics;
import apportion.spark.dataset.Dataset;
import apportion.spark.dataset.RowSample;
import apportion.spark.experiment.Saturation;
import apportion.spark.failure.UserError;
import apportion.spark.trained.Forward;
import apportion.spark.trained.TrainedModel;
import java.util.Arrays;
import java.util.List;
import java.util.function.Function;

/**
 * What the heads of one trained model do where a query sees a given number of tokens.
 *
 * @param checkpoint where the model lies
 * @param lengths those of the experiment that it sees
 */
public record ModelHeads(String checkpoint, double[] lengths, List<LengthStatistics.Curve> heads) {

    private static final int BATCH = 8;

    public ModelHeads {
        heads = List.copyOf(heads);
    }

    /**
     * Reads rows of the validation split; runs where it is called.
     *
     * @throws UserError if the model sees too few of the lengths
     */
    public static ModelHeads of(Saturation experiment, TrainedModel trained, Dataset dataset) {
        int[] lengths = lengths(experiment, trained.model(), dataset);
        try (Forward forward = new Forward(trained.compute(), trained.model(), trained.parameters())) {
            LengthStatistics statistics =
                    new LengthStatistics(trained.model(), trained.parameters(), forward.backend(), lengths);
            forward.observe(statistics);
            for (RowSample rows : RowSample.of(dataset, Split.VALIDATION, experiment.sequences(), BATCH)) {
                // Only the last row of a split can be shorter; padded, it would count as a whole one.
                List<int[]> whole = rows.read(dataset).stream()
                        .filter(row -> row.length == dataset.manifest().sequence() + 1)
                        .toList();
                if (!whole.isEmpty()) {
                    forward.totalLoss(whole);
                }
            }
            return new ModelHeads(
                    trained.directory(), Arrays.stream(lengths).asDoubleStream().toArray(), statistics.curves());
        }
    }

    /**
     * Those of the experiment's lengths that a model sees of a dataset's sequences.
     *
     * @throws UserError if they are fewer than two
     */
    public static int[] lengths(Saturation experiment, ModelConfig model, Dataset dataset) {
        int longest =
                Math.min(dataset.manifest().sequence(), model.block().scores().window());
        int[] lengths = experiment.lengths().stream()
                .mapToInt(length -> length)
                .filter(length -> length <= longest)
                .toArray();
        if (lengths.length < 2) {
            throw new UserError("experiment.lengths has fewer than two that the models see, at most " + longest
                    + " tokens; name shorter ones, or train models that see more");
        }
        return lengths;
    }

    /** The geometric mean over heads, whose slope is the mean of the heads' slopes. */
    double[] mean(Function<LengthStatistics.Curve, double[]> measure) {
        double[] logarithms = new double[lengths.length];
        for (LengthStatistics.Curve head : heads) {
            for (int l = 0; l < lengths.length; l++) {
                logarithms[l] += Math.log(measure.apply(head)[l]) / heads.size();
            }
        }
        return Arrays.stream(logarithms).map(Math::exp).toArray();
    }

    /** The slope of each head. */
    double[] slopes(Function<LengthStatistics.Curve, double[]> measure) {
        return heads.stream()
                .mapToDouble(head -> Simulation.slope(lengths, measure.apply(head)))
                .toArray();
    }
}
