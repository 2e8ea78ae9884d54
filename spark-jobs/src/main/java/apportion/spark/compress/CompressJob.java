package apportion.spark.compress;

import apportion.model.checkpoint.Checkpoint;
import apportion.model.checkpoint.CheckpointError;
import apportion.model.checkpoint.Provenance;
import apportion.model.compress.Compression;
import apportion.model.compress.Compressor;
import apportion.model.compress.ErrorSums;
import apportion.model.compress.Start;
import apportion.model.compress.Student;
import apportion.model.count.ModelCount;
import apportion.spark.cluster.SharedFiles;
import apportion.spark.dataset.Dataset;
import apportion.spark.failure.Failure;
import apportion.spark.failure.NonFiniteLoss;
import apportion.spark.failure.UserError;
import apportion.spark.progress.Progress;
import apportion.spark.provenance.Program;
import apportion.spark.storage.Claim;
import apportion.spark.storage.Storage;
import apportion.spark.train.RunSettings;
import apportion.spark.trained.TrainedModel;
import apportion.spark.trained.UntrainedRun;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalDouble;
import java.util.TreeMap;
import java.util.function.Supplier;
import java.util.stream.IntStream;
import org.apache.spark.api.java.JavaSparkContext;
import org.jspecify.annotations.Nullable;

/** Makes a checkpoint with smaller heads of a checkpoint; data are read by tasks of Spark. */
public final class CompressJob {

    private CompressJob() {}

    /**
     * What became of the teacher.
     *
     * @param checkpoint directory of the student's run
     * @param teacher directory of the teacher's checkpoint
     * @param method where the student's matrices come from
     * @param attention the student's heads, one entry a layer
     * @param heads that changed
     * @param before what the teacher costs
     * @param after what the student costs
     * @param teacherLoss nats per token of the validation split; none without data
     * @param studentLoss likewise
     */
    public record Result(
            String checkpoint,
            String teacher,
            String method,
            List<String> attention,
            List<Head> heads,
            ModelCount before,
            ModelCount after,
            @Nullable Double teacherLoss,
            @Nullable Double studentLoss) {

        public Result {
            attention = List.copyOf(attention);
            heads = List.copyOf(heads);
        }
    }

    /**
     * A head that changed.
     *
     * @param from its dimension before
     * @param to after, or its rank
     * @param keptScores share of the sum of the squared singular values of its scores' matrix
     * @param keptValues the same of its results' matrix
     * @param scoreError of its scores on the data, as a share of them
     * @param outputError of its results, likewise
     */
    public record Head(
            int layer,
            int head,
            int from,
            int to,
            @Nullable Double keptScores,
            @Nullable Double keptValues,
            @Nullable Double scoreError,
            @Nullable Double outputError) {}

    /**
     * Makes the student, measures it, and then writes it.
     *
     * @param spark asked for only if there are data
     * @throws UserError if the model cannot be compressed so, if it does not fit the data, or the output exists
     */
    public static Result run(
            Supplier<JavaSparkContext> spark, Storage storage, CompressConfig config, Progress progress) {
        String output = config.output().orElseThrow();
        try (Claim claim = UntrainedRun.claim(storage, output)) {
            return run(spark, storage, config, progress, claim);
        }
    }

    private static Result run(
            Supplier<JavaSparkContext> spark, Storage storage, CompressConfig config, Progress progress, Claim claim) {
        String output = config.output().orElseThrow();
        TrainedModel teacher = TrainedModel.load(storage, config.checkpoint().orElseThrow());
        teacher.requireFinite();
        Compression compression = config.compression();
        refuse(teacher, compression);
        Optional<DataPass> data = config.dataset()
                .map(path -> teacher.datasetFor(storage, path, TrainedModel.PREPARE_AGAIN))
                .map(dataset -> dataPass(spark.get(), storage, teacher, dataset, config));
        try (Progress.Task task = progress.begin("compress", data.isPresent() ? 2 : 1)) {
            Student student = student(teacher, compression, config, data);
            task.step(1, "");
            Optional<Measured> measured = data.map(pass -> pass.measure(student));
            measured.ifPresent(done -> {
                NonFiniteLoss.refuse(done.teacherLoss(), teacher.directory());
                NonFiniteLoss.refuse(done.studentLoss(), "the compressed model");
                task.step(1, "");
            });
            write(storage, output, teacher, student, claim);
            return new Result(
                    storage.qualified(output),
                    teacher.directory(),
                    config.chosenMethod().name().toLowerCase(Locale.ROOT),
                    IntStream.range(0, student.model().layers())
                            .mapToObj(layer ->
                                    student.model().block(layer).attention().toString())
                            .toList(),
                    heads(student, measured),
                    ModelCount.of(teacher.model()),
                    ModelCount.of(student.model()),
                    measured.map(all -> all.teacherLoss() / all.tokens()).orElse(null),
                    measured.map(all -> all.studentLoss() / all.tokens()).orElse(null));
        }
    }

    /**
     * How far the heads of a student that was trained on are from its teacher's.
     *
     * @param config that the student was made with; its data are measured on
     * @param trained directory of the student now
     */
    public static List<Head> errors(JavaSparkContext context, Storage storage, CompressConfig config, String trained) {
        TrainedModel teacher = TrainedModel.load(storage, config.checkpoint().orElseThrow());
        teacher.requireFinite();
        Dataset dataset = teacher.datasetFor(storage, config.dataset().orElseThrow(), TrainedModel.PREPARE_AGAIN);
        Student made = Compressor.compress(
                teacher.model(), teacher.parameters(), config.compression(), new Start.Random(config.seed()));
        Student student =
                new Student(made.model(), TrainedModel.load(storage, trained).parameters(), made.heads());
        return heads(student, Optional.of(new DataPass(context, teacher, dataset, config).measure(student)));
    }

    private static DataPass dataPass(
            JavaSparkContext spark, Storage storage, TrainedModel teacher, Dataset dataset, CompressConfig config) {
        SharedFiles.requireVisible(spark, storage, dataset.file(Dataset.MANIFEST));
        return new DataPass(spark, teacher, dataset, config);
    }

    private static void refuse(TrainedModel teacher, Compression compression) {
        try {
            compression.check(teacher.model());
        } catch (IllegalArgumentException e) {
            throw new UserError(teacher.directory() + " cannot be compressed so: " + e.getMessage(), e);
        }
    }

    private static Student student(
            TrainedModel teacher, Compression compression, CompressConfig config, Optional<DataPass> data) {
        Start start = switch (config.chosenMethod()) {
            case WEIGHTS -> new Start.Weights();
            case DATA -> new Start.Data(data.orElseThrow().moments());
            case RANDOM -> new Start.Random(config.seed());
        };
        try {
            return Compressor.compress(teacher.model(), teacher.parameters(), compression, start);
        } catch (IllegalArgumentException e) {
            throw new UserError("compress: " + e.getMessage(), e);
        }
    }

    private static List<Head> heads(Student student, Optional<Measured> measured) {
        List<ErrorSums.HeadError> errors =
                measured.map(all -> all.errors().errors()).orElse(List.of());
        List<Head> heads = new ArrayList<>();
        for (Student.Compressed some : student.heads()) {
            for (int head = some.head(); head < some.head() + some.count(); head++) {
                int number = head;
                Optional<ErrorSums.HeadError> error = errors.stream()
                        .filter(each -> each.layer() == some.layer() && each.head() == number)
                        .findFirst();
                heads.add(new Head(
                        some.layer(),
                        head,
                        some.from(),
                        some.to(),
                        orNull(some.keptScores()),
                        orNull(some.keptValues()),
                        error.map(ErrorSums.HeadError::scores).orElse(null),
                        error.map(ErrorSums.HeadError::output).orElse(null)));
            }
        }
        return heads;
    }

    private static @Nullable Double orNull(OptionalDouble value) {
        return value.isPresent() ? value.getAsDouble() : null;
    }

    private static void write(Storage storage, String output, TrainedModel teacher, Student student, Claim claim) {
        try {
            Checkpoint checkpoint = Checkpoint.reopen(storage.checkpoints(), teacher.directory());
            String settings = new RunSettings(checkpoint.config())
                    .withHeads(student.model())
                    .json();
            Map<String, String> inputs =
                    new TreeMap<>(checkpoint.state().provenance().inputs());
            inputs.put("teacher", storage.sha256(Storage.child(teacher.directory(), TrainedModel.MANIFEST)));
            Provenance provenance = new Provenance(
                    Program.sha256(settings),
                    Program.RELEASE,
                    inputs,
                    checkpoint.state().provenance().seeds(),
                    Map.of());
            new UntrainedRun(settings, student.model(), student.weights(), teacher.tokenizer(), provenance)
                    .write(storage, output, claim);
        } catch (CheckpointError e) {
            throw new UserError(String.valueOf(e.getMessage()), e);
        } catch (IOException e) {
            throw new Failure("cannot write " + output + ": " + e.getMessage(), e);
        }
    }
}
