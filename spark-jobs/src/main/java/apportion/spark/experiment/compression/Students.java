package apportion.spark.experiment.compression;

import apportion.model.compress.Compression.Parts;
import apportion.model.compress.Compressor;
import apportion.model.compress.Start;
import apportion.model.config.ModelConfig;
import apportion.model.transformer.ParameterLayout;
import apportion.spark.compress.CompressConfig;
import apportion.spark.compress.CompressConfig.Method;
import apportion.spark.compress.CompressJob;
import apportion.spark.experiment.Compression;
import apportion.spark.experiment.Compression.Smaller;
import apportion.spark.failure.UserError;
import apportion.spark.progress.Progress;
import apportion.spark.provenance.Program;
import apportion.spark.storage.LineLog;
import apportion.spark.storage.Storage;
import apportion.spark.sweep.SideBySide;
import apportion.spark.train.TrainJob;
import apportion.spark.trained.TrainedModel;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.OptionalLong;
import java.util.concurrent.ConcurrentHashMap;
import org.apache.spark.api.java.JavaSparkContext;

/** Makes students of teachers, and remembers how far their heads are off. */
final class Students {

    private static final int ID_LENGTH = 16;
    private static final int LARGEST = 1 << 10;

    private final JavaSparkContext context;
    private final Storage storage;
    private final Compression experiment;
    private final LineLog ledger;
    private final Map<String, Made> made = new ConcurrentHashMap<>();

    Students(JavaSparkContext context, Storage storage, Compression experiment) {
        this.context = context;
        this.storage = storage;
        this.experiment = experiment;
        this.ledger = storage.lineLog(Storage.child(experiment.output(), "students.jsonl"));
        ledger.lines().stream().map(Made::parse).forEach(line -> made.put(line.id(), line));
    }

    /** A student to be made. */
    private record Order(Teacher teacher, Smaller student, Method method) {}

    /**
     * Refuses students that cannot be made, before their teachers are trained.
     *
     * @throws UserError with the reason
     */
    static void refuse(Compression experiment, TrainJob.Plan teacher) {
        for (Smaller student : experiment.students()) {
            try {
                config(student, Method.WEIGHTS, "", "", "", experiment.sequences(), 1, 0)
                        .compression()
                        .check(teacher.model());
            } catch (IllegalArgumentException e) {
                throw new UserError("experiment.students: " + student.name() + ": " + e.getMessage(), e);
            }
        }
    }

    /** The sizes of a student. */
    static ModelConfig shape(Smaller student, ModelConfig teacher) {
        float[] weights = ParameterLayout.of(teacher).initialize(0);
        return Compressor.compress(
                        teacher,
                        weights,
                        config(student, Method.RANDOM, "", "", "", 1, 1, 0).compression(),
                        new Start.Random(0))
                .model();
    }

    /** What there is of them already, and the rest; teacher by teacher, each student by each method. */
    List<Made> make(List<Teacher> teachers, Progress progress) {
        List<Order> orders = new ArrayList<>();
        for (Teacher teacher : teachers) {
            orders.add(new Order(teacher, FullRank.of(teacher.plan().model()), Method.WEIGHTS));
            for (Smaller student : experiment.students()) {
                for (Method method : Method.values()) {
                    orders.add(new Order(teacher, student, method));
                }
            }
        }
        try (Progress.Task task = progress.begin("students", orders.size())) {
            List<Runnable> all = orders.stream()
                    .<Runnable>map(order -> () -> {
                        String id = id(order);
                        if (!made.containsKey(id)) {
                            made.put(id, remembered(make(order, id)));
                        }
                        synchronized (task) {
                            task.step(1, order.student.name());
                        }
                    })
                    .toList();
            SideBySide.run(context, all, 1);
        }
        return orders.stream()
                .map(order -> Objects.requireNonNull(made.get(id(order))))
                .toList();
    }

    /** Directory of a student's run. */
    String directory(String id) {
        return Storage.child(experiment.output(), "students/" + id);
    }

    private String id(Order order) {
        String manifest = storage.sha256(Storage.child(order.teacher.checkpoint(), TrainedModel.MANIFEST));
        String what = String.join(
                " ",
                manifest,
                order.student.layers(),
                order.student.heads(),
                String.valueOf(order.student.headDim()),
                order.method.name(),
                String.valueOf(experiment.sequences()),
                order.student.name(),
                Program.RELEASE);
        return Program.sha256(what).substring(0, ID_LENGTH);
    }

    private Made make(Order order, String id) {
        String directory = directory(id);
        // Without its line it was cut off, or the line was.
        storage.delete(directory);
        CompressJob.Result result = CompressJob.run(() -> context, storage, config(order, directory), Progress.SILENT);
        return new Made(id, order.teacher.seed(), order.student.name(), order.method, HeadShares.of(result.heads()));
    }

    private synchronized Made remembered(Made one) {
        ledger.append(one.line());
        return one;
    }

    private CompressConfig config(Order order, String output) {
        TrainJob.Plan plan = order.teacher.plan();
        return config(
                order.student,
                order.method,
                order.teacher.checkpoint(),
                output,
                plan.dataset().path(),
                experiment.sequences(),
                plan.train().batch(),
                order.teacher.seed());
    }

    private static CompressConfig config(
            Smaller student,
            Method method,
            String teacher,
            String output,
            String dataset,
            int sequences,
            int batch,
            long seed) {
        return new CompressConfig(
                Optional.of(teacher),
                Optional.of(output),
                student.layers(),
                student.heads(),
                OptionalInt.of(student.headDim()),
                Parts.BOTH,
                Optional.of(method),
                Optional.of(dataset),
                OptionalLong.of(sequences),
                batch,
                seed);
    }

    /**
     * Errors of a student's heads after it was trained on; measured once, and kept beside its checkpoints.
     *
     * @param run directory of its training, whose name tells it from any other
     */
    HeadShares trained(Teacher teacher, Made one, String run) {
        String file = Storage.child(run, "heads.json");
        Optional<HeadShares> kept =
                storage.exists(file) ? HeadShares.parse(storage.read(file, LARGEST)) : Optional.empty();
        return kept.orElseGet(() -> {
            HeadShares measured = measured(teacher, one, run);
            storage.writeAtomically(file, measured.json());
            return measured;
        });
    }

    private HeadShares measured(Teacher teacher, Made one, String run) {
        Smaller student = experiment.students().stream()
                .filter(each -> each.name().equals(one.student()))
                .findFirst()
                .orElseThrow();
        return HeadShares.of(CompressJob.errors(
                context, storage, config(new Order(teacher, student, one.method()), directory(one.id())), run));
    }
}
