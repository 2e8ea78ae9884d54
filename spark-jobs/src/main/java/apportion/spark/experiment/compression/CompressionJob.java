package apportion.spark.experiment.compression;

import apportion.data.pack.Split;
import apportion.model.config.ModelConfig;
import apportion.model.count.ModelCount;
import apportion.spark.dataset.RowSample;
import apportion.spark.evaluate.Measurement;
import apportion.spark.experiment.Compression;
import apportion.spark.experiment.Compression.Smaller;
import apportion.spark.experiment.Finished;
import apportion.spark.experiment.ModelTraining;
import apportion.spark.failure.Diverged;
import apportion.spark.progress.Progress;
import apportion.spark.provenance.Program;
import apportion.spark.storage.Claim;
import apportion.spark.storage.Storage;
import apportion.spark.study.Origin;
import apportion.spark.train.StartingModel;
import apportion.spark.train.TrainJob;
import apportion.spark.trained.TrainedModel;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.SortedMap;
import java.util.stream.Collectors;
import org.apache.spark.api.java.JavaSparkContext;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Trains teachers, makes students of them, trains these on, and writes what became of them. */
public final class CompressionJob {

    private static final Logger LOG = LoggerFactory.getLogger(CompressionJob.class);

    private final Storage storage;
    private final Compression experiment;
    private final Plans plans;
    private final ModelTraining training;
    private final Students students;
    private final Losses losses;
    private final List<String> diverged = new ArrayList<>();

    private CompressionJob(JavaSparkContext context, Storage storage, Compression experiment, Plans plans) {
        this.storage = storage;
        this.experiment = experiment;
        this.plans = plans;
        this.training = new ModelTraining(context, storage, experiment.slotsPerTrial());
        this.students = new Students(context, storage, experiment);
        this.losses = new Losses(context, storage, plans.teacher(plans.teachers.firstKey()));
    }

    /**
     * The training runs by the seed of their teacher; directories are the experiment's.
     *
     * @param teachers from initial weights to the end
     * @param further how the teacher is trained on, and with other heads its students
     */
    public record Plans(SortedMap<Long, TrainJob.Plan> teachers, SortedMap<Long, TrainJob.Plan> further) {

        private TrainJob.Plan teacher(long seed) {
            return Objects.requireNonNull(teachers.get(seed));
        }

        private TrainJob.Plan further(long seed) {
            return Objects.requireNonNull(further.get(seed));
        }
    }

    /** A model that was trained to its end: directory of the run, its newest checkpoint and what it loses. */
    private record Trained(String run, String checkpoint, Measurement loss) {}

    /** What one student costs, beside its teacher. */
    record Cost(String student, ModelCount count, Speed speed) {}

    /**
     * Runs an experiment to its end.
     *
     * @throws apportion.spark.failure.UserError if a student cannot be made of such teachers
     */
    public static Finished run(
            JavaSparkContext context,
            Storage storage,
            Compression experiment,
            Plans plans,
            Origin origin,
            Progress progress) {
        TrainJob.Plan any = plans.teacher(plans.teachers.firstKey());
        Students.refuse(experiment, any);
        FullRank.of(any.model());
        String identity = "compression " + any.dataset().manifest().identity();
        try (Claim claim = storage.claim(experiment.output(), "experiment", Program.sha256(identity))) {
            LOG.debug("claim={}", claim);
            CompressionJob job = new CompressionJob(context, storage, experiment, plans);
            Outcomes outcomes = job.outcomes(progress);
            // Nothing else of this process computes any more.
            List<Cost> costs = job.costs(any, progress);
            return Finished.write(
                    storage,
                    experiment.output(),
                    new CompressionStudy(experiment, outcomes, ModelCount.of(any.model()), costs).study(origin));
        }
    }

    private Outcomes outcomes(Progress progress) {
        List<Teacher> teachers = new ArrayList<>();
        train("teachers", plans.teachers, progress)
                .forEach((seed, model) ->
                        teachers.add(new Teacher(seed, plans.teacher(seed), model.checkpoint(), model.loss())));
        if (teachers.isEmpty()) {
            throw new Diverged(0, 0, "all teachers diverged: " + String.join("; ", diverged));
        }
        List<Made> made = students.make(teachers, progress);
        Map<String, TrainJob.Plan> further = new LinkedHashMap<>();
        for (Teacher teacher : teachers) {
            further.put(control(teacher.seed()), further(teacher.seed(), teacher.checkpoint(), "control"));
        }
        for (Made one : made) {
            if (!one.student().equals(Compression.FULL_RANK)) {
                String name = one.student() + " by " + Words.of(one.method());
                further.put(one.id(), further(one.seed(), students.directory(one.id()), name));
            }
        }
        Map<String, Trained> tuned = train("trials", further, progress);
        Map<Long, Teacher> ofSeed = teachers.stream().collect(Collectors.toMap(Teacher::seed, each -> each));
        List<Outcome> outcomes = new ArrayList<>();
        try (Progress.Task task = progress.begin("validation", made.size())) {
            for (Made one : made) {
                outcomes.add(new Outcome(
                        one.seed(),
                        one.student(),
                        one.method(),
                        Objects.requireNonNull(ofSeed.get(one.seed())).loss(),
                        loss(tuned.get(control(one.seed()))),
                        losses.of(students.directory(one.id())),
                        loss(tuned.get(one.id())),
                        one.heads(),
                        trainedHeads(ofSeed, one, tuned.get(one.id()))));
                task.step(1, one.student());
            }
        }
        return new Outcomes(outcomes, diverged);
    }

    private @Nullable HeadShares trainedHeads(Map<Long, Teacher> teachers, Made one, @Nullable Trained tuned) {
        return tuned == null
                ? null
                : students.trained(Objects.requireNonNull(teachers.get(one.seed())), one, tuned.run());
    }

    private static String control(long seed) {
        return "control of " + seed;
    }

    private static @Nullable Measurement loss(@Nullable Trained model) {
        return model == null ? null : model.loss();
    }

    /** The models that did not diverge, in a folder of this name. */
    private <K> Map<K, Trained> train(String name, Map<K, TrainJob.Plan> runs, Progress progress) {
        List<ModelTraining.Ended> ended =
                training.run(name, Storage.child(experiment.output(), name), List.copyOf(runs.values()), progress);
        Map<K, Trained> models = new LinkedHashMap<>();
        int next = 0;
        for (K key : runs.keySet()) {
            ModelTraining.Ended one = ended.get(next++);
            one.model()
                    .ifPresent(model -> models.put(
                            key,
                            new Trained(
                                    one.plan().output(),
                                    model.checkpoint(),
                                    losses.of(one.plan().output()))));
            one.diverged().ifPresent(diverged::add);
        }
        return models;
    }

    /** How a teacher, or a student of it, is trained on. */
    private TrainJob.Plan further(long seed, String directory, String name) {
        TrainJob.Plan plan = plans.further(seed);
        TrainedModel model = TrainedModel.load(storage, directory);
        return new TrainJob.Plan(
                name + ", seed " + seed,
                model.model(),
                plan.train(),
                plan.compute(),
                plan.dataset(),
                plan.settings().withHeads(model.model()),
                Optional.of(StartingModel.of(storage, model)),
                "");
    }

    private List<Cost> costs(TrainJob.Plan teacher, Progress progress) {
        int batch = teacher.train().batch();
        List<int[]> rows = RowSample.of(teacher.dataset(), Split.VALIDATION, batch, batch)
                .get(0)
                .read(teacher.dataset());
        List<Cost> costs = new ArrayList<>();
        try (Progress.Task task = progress.begin("timing", experiment.students().size())) {
            for (Smaller student : experiment.students()) {
                ModelConfig small = Students.shape(student, teacher.model());
                costs.add(new Cost(
                        student.name(),
                        ModelCount.of(small),
                        Speed.of(teacher.compute(), teacher.model(), small, rows, experiment.turns())));
                task.step(1, student.name());
            }
        }
        return costs;
    }
}
