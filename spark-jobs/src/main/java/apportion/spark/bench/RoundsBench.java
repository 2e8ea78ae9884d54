package apportion.spark.bench;

import apportion.spark.bench.RoundsReport.Row;
import apportion.spark.progress.Progress;
import java.io.File;
import java.io.IOException;
import java.lang.management.ManagementFactory;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * What a round of averaging costs: our {@code AveragingTrainingMaster} beside Deeplearning4j's own, in turn on one
 * Spark; and our train job on a cluster of processes.
 *
 * <p>A fit of equally many mini-batches takes longer the more rounds they make: the slope is the cost of a round. Both
 * masters must come to the same parameters where both do the same arithmetic, and both losses must fall.
 */
public final class RoundsBench {

    private static final int WORKERS = 2;

    /** What the other master's export to files needs. */
    private static final String DATAVEC = "org.datavec:datavec-spark3_2.12:1.0.0-M2";

    /** 8 blocks of width 320: ten million parameters, with 512 tokens a step. */
    private static final TrainShape TEN_MILLION = new TrainShape("ten-million", 257, 128, 320, 8, 5, 64, 1280, 4, 0, 0);

    private static final List<int[]> SIZES = List.of(
            new int[] {2, 1 << 14},
            new int[] {8, 1 << 14},
            new int[] {32, 1 << 14},
            new int[] {2, 1 << 20},
            new int[] {8, 1 << 20},
            new int[] {32, 1 << 20},
            new int[] {2, 10_000_000},
            new int[] {8, 1 << 22});

    private final JavaProgram rounds;
    private final JavaProgram cluster;
    private final Path folder;

    RoundsBench(Path folder, List<String> options, String classPath) {
        this.folder = folder;
        this.rounds = program(RoundsWorker.class, classPath, options, Map.of());
        // Executors are started from a Spark's home; ours is empty, as they are given our class path.
        this.cluster = program(
                ClusterWorker.class,
                JavaProgram.ourClassPath(),
                options,
                Map.of(
                        "SPARK_HOME", folder.resolve("spark").toString(),
                        "SPARK_SCALA_VERSION", "2.12",
                        "SPARK_LOCAL_IP", "127.0.0.1"));
    }

    private static JavaProgram program(
            Class<?> main, String classPath, List<String> options, Map<String, String> more) {
        Map<String, String> environment = new LinkedHashMap<>(more);
        environment.put("OMP_NUM_THREADS", "1");
        environment.put("OPENBLAS_NUM_THREADS", "1");
        return new JavaProgram(main.getName(), classPath, options, environment);
    }

    /**
     * Measures.
     *
     * @param turns of each side that are kept
     * @param onCluster whether the train job is measured, too
     */
    public static RoundsReport run(List<RoundsNetwork> networks, int turns, boolean onCluster, Progress progress) {
        List<RoundsTask> tasks = networks.stream()
                .map(network ->
                        new RoundsTask(network, WORKERS, 100, List.of(1, RoundsComparison.FREQUENCY, 20), turns))
                .toList();
        ClusterTask cluster = new ClusterTask(TEN_MILLION, 32, 8, 4, turns, SIZES, new int[] {16, 1 << 19});
        // The options that the launcher gives to every job.
        List<String> options = ManagementFactory.getRuntimeMXBean().getInputArguments();
        return Scratch.with(folder -> {
            Path dataVec = SourceTree.find().library(DATAVEC, Files.createDirectory(folder.resolve("library")));
            String classPath = JavaProgram.ourClassPath() + File.pathSeparator + dataVec;
            return new RoundsBench(folder, options, classPath).measure(tasks, onCluster ? cluster : null, progress);
        });
    }

    RoundsReport measure(List<RoundsTask> tasks, @Nullable ClusterTask onCluster, Progress progress)
            throws IOException {
        List<Row> rows = new ArrayList<>();
        try (Progress.Task steps = progress.begin("bench rounds", tasks.size() + (onCluster == null ? 0 : 1))) {
            for (RoundsTask task : tasks) {
                rows.add(row(task));
                steps.step(1, task.network().name());
            }
            ClusterReport report = onCluster == null ? null : cluster(onCluster);
            if (report != null) {
                steps.step(1, "cluster");
            }
            return RoundsReport.of(rows, report);
        }
    }

    private Row row(RoundsTask task) throws IOException {
        Path file = folder.resolve("rounds.json");
        Path result = folder.resolve("rounds-result.json");
        task.write(file);
        rounds.run(file.toString(), result.toString());
        return RoundsComparison.row(task, RoundsTask.Result.read(result));
    }

    private ClusterReport cluster(ClusterTask task) throws IOException {
        Path file = folder.resolve("cluster.json");
        Path result = folder.resolve("cluster-result.json");
        Files.createDirectories(folder.resolve("spark").resolve("jars"));
        task.write(file);
        cluster.run(
                file.toString(), Files.createDirectory(folder.resolve("work")).toString(), result.toString());
        return ClusterReport.of(task, ClusterTask.Result.read(result));
    }
}
