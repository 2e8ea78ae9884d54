package apportion.spark.experiment.saturation;

import apportion.spark.experiment.Finished;
import apportion.spark.experiment.Saturation;
import apportion.spark.experiment.saturation.Simulation.Errors;
import apportion.spark.experiment.saturation.Simulation.Logits;
import apportion.spark.progress.Progress;
import apportion.spark.storage.Storage;
import apportion.spark.study.Origin;
import java.util.ArrayList;
import java.util.List;
import java.util.function.ToDoubleFunction;

/** Measures how the softmax saturates; runs where it is called. */
public final class SaturationJob {

    private SaturationJob() {}

    /**
     * Simulates, and writes the page.
     *
     * @param models trained ones that were looked at; may be empty
     */
    public static Finished run(
            Storage storage, Saturation experiment, List<ModelHeads> models, Origin origin, Progress progress) {
        try (Progress.Task task = progress.begin("saturation", 2)) {
            List<Curve> logits = logits(experiment);
            task.step(1, "logits");
            List<Curve> reduction = reduction(experiment);
            task.step(1, "smaller heads");
            return Finished.write(
                    storage,
                    experiment.output(),
                    new SaturationStudy(experiment, logits, reduction, models).study(origin));
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
}
