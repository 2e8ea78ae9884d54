package apportion.spark.experiment;

import apportion.spark.failure.Diverged;
import apportion.spark.progress.Progress;
import apportion.spark.storage.Storage;
import apportion.spark.sweep.SideBySide;
import apportion.spark.train.TrainJob;
import apportion.spark.train.TrainResult;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.concurrent.ConcurrentHashMap;
import org.apache.spark.api.java.JavaSparkContext;

/**
 * Trains the models that an experiment needs, side by side, each in a directory that is named by what could change its
 * result. A model that was stopped goes on from its checkpoint, one that ended is only read, and one that diverges is
 * said to, and ends nothing else.
 */
public final class ModelTraining {

    private static final int ID_LENGTH = 16;

    private final JavaSparkContext context;
    private final Storage storage;
    private final int slotsPerTrial;

    /**
     * Nothing trained yet.
     *
     * @param slotsPerTrial Spark's task slots that one model fills
     */
    public ModelTraining(JavaSparkContext context, Storage storage, int slotsPerTrial) {
        this.context = context;
        this.storage = storage;
        this.slotsPerTrial = slotsPerTrial;
    }

    /** A model that was trained, or diverged. */
    public record Ended(TrainJob.Plan plan, Optional<Model> model, Optional<String> diverged) {}

    /**
     * A trained model.
     *
     * @param checkpoint directory of its last one
     * @param loss on the validation split, in nats per token
     */
    public record Model(String checkpoint, double loss) {}

    /**
     * Trains all of them to the end; plans of one identity are one model.
     *
     * @param name for progress, such as {@code teachers}
     * @param directory in which each has one of its own
     * @return in the order of the plans
     */
    public List<Ended> run(String name, String directory, List<TrainJob.Plan> plans, Progress progress) {
        Map<String, TrainJob.Plan> once = new LinkedHashMap<>();
        plans.forEach(plan -> once.putIfAbsent(id(plan), plan.at(Storage.child(directory, id(plan)))));
        Map<String, Ended> ended = new ConcurrentHashMap<>();
        try (Progress.Task task = progress.begin(name, once.size())) {
            List<Runnable> all = once.entrySet().stream()
                    .<Runnable>map(each -> () -> {
                        ended.put(each.getKey(), train(each.getValue()));
                        synchronized (task) {
                            task.step(1, each.getValue().name());
                        }
                    })
                    .toList();
            SideBySide.run(context, all, slotsPerTrial);
        }
        return plans.stream()
                .map(plan -> Objects.requireNonNull(ended.get(id(plan))))
                .toList();
    }

    private static String id(TrainJob.Plan plan) {
        return plan.identity().substring(0, ID_LENGTH);
    }

    private Ended train(TrainJob.Plan plan) {
        try {
            TrainResult result = TrainJob.run(context, storage, plan, Progress.SILENT);
            // The last round always has a validation.
            double loss = Objects.requireNonNull(result.last().validationLoss());
            return new Ended(plan, Optional.of(new Model(result.checkpoint(), loss)), Optional.empty());
        } catch (Diverged e) {
            return new Ended(plan, Optional.empty(), Optional.of(String.valueOf(e.getMessage())));
        }
    }
}
