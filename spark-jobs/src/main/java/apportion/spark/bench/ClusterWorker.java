package apportion.spark.bench;

import apportion.model.config.ModelConfig;
import apportion.model.transformer.ParameterLayout;
import apportion.spark.bench.ClusterTask.Result;
import apportion.spark.bench.ClusterTask.Run;
import apportion.spark.compute.ComputeConfig;
import apportion.spark.compute.ComputeSettings;
import apportion.spark.conf.Settings;
import apportion.spark.dataset.Dataset;
import apportion.spark.prepare.DataConfig;
import apportion.spark.prepare.PrepareJob;
import apportion.spark.progress.Progress;
import apportion.spark.storage.Storage;
import apportion.spark.train.RoundRecord;
import apportion.spark.train.RunSettings;
import apportion.spark.train.TrainConfig;
import apportion.spark.train.TrainJob;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.Random;
import org.apache.spark.api.java.JavaSparkContext;
import org.apache.spark.sql.SparkSession;

/** Runs the train job and the collectives on a cluster of this machine's, in a process of its own. */
final class ClusterWorker {

    private static final int EXECUTORS = 2;
    private static final int DOCUMENTS = 64;

    /** Rounds of one step each. */
    private static final int WARM_UP = 10;

    private final ClusterTask task;
    private final Path folder;
    private final JavaSparkContext context;
    private final ModelConfig model;

    private ClusterWorker(ClusterTask task, Path folder, JavaSparkContext context) {
        this.task = task;
        this.folder = folder;
        this.context = context;
        this.model = task.shape().model();
    }

    /** Arguments: the task's file, a folder to work in, where to write what was measured. */
    public static void main(String[] arguments) throws IOException {
        ClusterTask task = ClusterTask.read(Path.of(arguments[0]));
        try (JavaSparkContext context = LocalCluster.startForJobs(LocalCluster.ofExecutors(EXECUTORS))) {
            new ClusterWorker(task, Path.of(arguments[1]), context).measure().write(Path.of(arguments[2]));
        }
    }

    private Result measure() throws IOException {
        Dataset dataset = dataset();
        // Executors that have just started run a round's code uncompiled; a training run has hundreds of rounds.
        run(dataset, EXECUTORS, 1, WARM_UP, 0);
        List<Run> runs = new ArrayList<>();
        for (int turn = 0; turn < task.turns(); turn++) {
            for (int localSteps : List.of(task.localSteps(), task.heldOut())) {
                runs.add(run(dataset, EXECUTORS, localSteps, task.rounds(), turn));
            }
            runs.add(run(dataset, 1, task.localSteps(), task.rounds(), turn));
        }
        List<Collective.Times> collectives = new ArrayList<>();
        task.sizes().forEach(size -> collectives.addAll(Collective.time(context, size[0], size[1])));
        int[] heldOut = task.heldOutSize();
        return new Result(
                ParameterLayout.of(model).size(),
                task.shape().tokens(),
                runs,
                collectives,
                Collective.time(context, heldOut[0], heldOut[1]));
    }

    /** Random letters: what is learned of them does not matter, and how long a step takes does not depend on it. */
    private Dataset dataset() throws IOException {
        Random random = new Random(1);
        Path texts = Files.createDirectory(folder.resolve("texts"));
        for (int document = 0; document < DOCUMENTS; document++) {
            StringBuilder text = new StringBuilder();
            for (int i = 0; i < 16 * task.shape().context(); i++) {
                text.append((char) ('a' + random.nextInt(26)));
            }
            Files.writeString(texts.resolve(document + ".txt"), text);
        }
        Settings settings = Settings.load(
                Optional.empty(),
                List.of(
                        "data.corpus=" + quoted(texts),
                        "data.output=" + quoted(folder.resolve("dataset")),
                        "model.context=" + task.shape().context()));
        DataConfig config = settings.bind("data", DataConfig.class).get();
        SparkSession session = SparkSession.builder().sparkContext(context.sc()).getOrCreate();
        return PrepareJob.run(session, config, settings.canonicalJson("data"), Progress.SILENT)
                .dataset();
    }

    private static String quoted(Path path) {
        return "\"" + path + "\"";
    }

    private Run run(Dataset dataset, int replicas, int localSteps, int counted, int turn) {
        long rounds = counted + 1L;
        Settings settings = Settings.load(
                Optional.empty(),
                List.of(
                        "train.replicas=" + replicas,
                        "train.local-steps=" + localSteps,
                        "train.steps=" + rounds * localSteps,
                        "train.batch=" + task.shape().batch(),
                        "train.checkpoint.every-rounds=" + rounds,
                        "train.evaluate-every-rounds=" + rounds));
        TrainConfig train = settings.bind("train", TrainConfig.class).get();
        ComputeConfig compute = ComputeSettings.bind(settings).get().resolved();
        String name = "w" + replicas + "-h" + localSteps + "-" + turn;
        String canonical = settings.canonicalJson("model", "train", "compute");
        TrainJob.Plan plan = new TrainJob.Plan(
                name,
                model,
                train,
                compute,
                dataset,
                RunSettings.of(canonical, model, train.seed(), train.optimizer().learningRate())
                        .computedBy(compute),
                Optional.empty(),
                folder.resolve(name).toString());
        Storage storage = new Storage(context.hadoopConfiguration());
        List<RoundRecord> records =
                TrainJob.run(context, storage, plan, Progress.SILENT).rounds();
        // The first round builds the models.
        List<RoundRecord> later = records.subList(1, records.size());
        return new Run(
                replicas,
                localSteps,
                Sample.of(later.stream().map(RoundRecord::seconds).toList()).median(),
                Sample.of(later.stream().map(ClusterWorker::sync).toList()).median());
    }

    private static double sync(RoundRecord round) {
        return round.seconds() - round.slowest();
    }
}
