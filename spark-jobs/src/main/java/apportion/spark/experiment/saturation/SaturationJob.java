package apportion.spark.experiment.saturation;

import apportion.data.pack.Split;
import apportion.model.inspect.LengthStatistics;
import apportion.spark.dataset.Dataset;
import apportion.spark.dataset.RowSample;
import apportion.spark.experiment.Finished;
import apportion.spark.experiment.Saturation;
import apportion.spark.experiment.saturation.Simulation.Errors;
import apportion.spark.experiment.saturation.Simulation.Logits;
import apportion.spark.failure.UserError;
import apportion.spark.progress.Progress;
import apportion.spark.storage.Storage;
import apportion.spark.study.Origin;
import apportion.spark.trained.Forward;
import apportion.spark.trained.TrainedModel;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import java.util.function.ToDoubleFunction;

/** Measures how the softmax saturates; runs where it is called. */
public final class SaturationJob {

    private static final int BATCH = 8;

    private SaturationJob() {}

    /**
     * Looks at the model if there is one, simulates, and writes the page.
     *
     * @throws UserError if model and data do not fit
     */
    public static Finished run(Storage storage, Saturation experiment, Origin origin, Progress progress) {
        try (Progress.Task task = progress.begin("saturation", 3)) {
            // First, as a model that does not fit should not be found out after the simulations.
            Optional<SaturationStudy.Model> model =
                    experiment.checkpoint().map(path -> model(storage, experiment, path));
            task.step(1, "model");
            List<Curve> logits = logits(experiment);
            task.step(1, "logits");
            List<Curve> reduction = reduction(experiment);
            task.step(1, "smaller heads");
            return Finished.write(
                    storage,
                    experiment.output(),
                    new SaturationStudy(experiment, logits, reduction, model).study(origin));
        }
    }

    /** Norms of the Jacobian for each kind of logits. */
    static List<Curve> logits(Saturation experiment) {
        List<Curve> curves = new ArrayList<>();
        for (Logits kind : Logits.values()) {
            List<double[]> seeds = experiment.seeds().stream()
                    .map(seed -> experiment.lengths().stream()
                            .mapToDouble(length -> Simulation.jacobian(kind, length, experiment.draws(), seed))
                            .toArray())
                    .toList();
            curves.add(new Curve(kind.words(), lengths(experiment), seeds));
        }
        return curves;
    }

    /** Errors of smaller heads: of the largest probability, Euclidean, total variation, output. */
    static List<Curve> reduction(Saturation experiment) {
        List<List<Errors>> seeds = experiment.seeds().stream()
                .map(seed -> experiment.lengths().stream()
                        .map(length -> Simulation.reduction(length, experiment.draws(), seed))
                        .toList())
                .toList();
        return List.of(
                curve("largest error of a probability", experiment, seeds, Errors::largest),
                curve("Euclidean error", experiment, seeds, Errors::euclidean),
                curve("total variation", experiment, seeds, Errors::variation),
                curve("error of the output", experiment, seeds, Errors::output));
    }

    private static Curve curve(
            String name, Saturation experiment, List<List<Errors>> seeds, ToDoubleFunction<Errors> error) {
        return new Curve(
                name,
                lengths(experiment),
                seeds.stream()
                        .map(seed -> seed.stream().mapToDouble(error).toArray())
                        .toList());
    }

    private static double[] lengths(Saturation experiment) {
        return experiment.lengths().stream().mapToDouble(length -> length).toArray();
    }

    private static SaturationStudy.Model model(Storage storage, Saturation experiment, String path) {
        TrainedModel trained = TrainedModel.load(storage, path);
        Dataset dataset = trained.datasetFor(storage, experiment.dataset().orElseThrow(), TrainedModel.PREPARE_AGAIN);
        int longest = Math.min(
                dataset.manifest().sequence(), trained.model().block().scores().window());
        int[] lengths = experiment.lengths().stream()
                .mapToInt(length -> length)
                .filter(length -> length <= longest)
                .toArray();
        if (lengths.length < 2) {
            throw new UserError("experiment.lengths has fewer than two that the model of " + path + " sees, at most "
                    + longest + " tokens; name shorter ones, or a model that sees more");
        }
        List<LengthStatistics.Curve> heads = heads(trained, dataset, experiment, lengths);
        double[] seen = Arrays.stream(lengths).asDoubleStream().toArray();
        return new SaturationStudy.Model(
                trained.directory(),
                new Curve(
                        "norm of the Jacobian",
                        seen,
                        heads.stream().map(LengthStatistics.Curve::jacobian).toList()),
                new Curve(
                        "norm of the logits",
                        seen,
                        heads.stream().map(LengthStatistics.Curve::logits).toList()));
    }

    private static List<LengthStatistics.Curve> heads(
            TrainedModel trained, Dataset dataset, Saturation experiment, int... lengths) {
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
            return statistics.curves();
        }
    }
}
