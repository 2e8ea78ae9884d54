package apportion.spark.cli;

import apportion.model.compute.Backends;
import apportion.spark.cluster.Authentication;
import apportion.spark.cluster.ClusterConfig;
import apportion.spark.cluster.ClusterFailure;
import apportion.spark.cluster.ExecutorWatch;
import apportion.spark.cluster.ScratchDirectories;
import apportion.spark.cluster.Slots;
import apportion.spark.compute.ComputeConfig;
import apportion.spark.compute.ComputeSettings;
import apportion.spark.conf.Settings;
import apportion.spark.failure.Failure;
import apportion.spark.failure.Shutdown;
import apportion.spark.failure.UserError;
import apportion.spark.progress.Progress;
import apportion.spark.storage.Storage;
import java.io.FileNotFoundException;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.function.Supplier;
import org.apache.spark.SparkConf;
import org.apache.spark.SparkException;
import org.apache.spark.api.java.JavaSparkContext;
import org.apache.spark.deploy.SparkHadoopUtil;
import org.apache.spark.sql.SparkSession;
import org.jspecify.annotations.Nullable;

/** What a command works with; Spark starts when it is first asked for. */
final class Job implements AutoCloseable {

    private static final Map<String, String> EVERYWHERE = Map.of(
            // Whoever is stopped because it hangs: its stack is logged, and its executor ended if it goes on.
            "spark.task.reaper.enabled", "true",
            "spark.task.reaper.killTimeout", "60s",
            // What is broadcast most is parameters, which no codec makes smaller.
            "spark.broadcast.compress", "false",
            // A bar of its own would write over ours.
            "spark.ui.showConsoleProgress", "false",
            // nvidia-smi, which names GPUs to Spark, counts them so; CUDA itself would put the fastest first.
            "spark.executorEnv.CUDA_DEVICE_ORDER", "PCI_BUS_ID",
            // Hadoop would wait a quarter of an hour for a host that does not answer: 45 times 20 s.
            "spark.hadoop.ipc.client.connect.max.retries.on.timeouts", "3",
            // And longer than four minutes for an object store: 20 times for each of 7 tries of its own.
            "spark.hadoop.fs.s3a.attempts.maximum", "5");

    private static final Map<String, String> LOCALLY = Map.of(
            "spark.ui.enabled", "false",
            // The name of a laptop often leads nowhere.
            "spark.driver.host", "localhost",
            "spark.driver.bindAddress", "127.0.0.1");

    private final Settings settings;
    private final Progress progress;
    private final Supplier<ClusterConfig> cluster;
    private @Nullable SparkSession session;
    private Optional<ExecutorWatch> watch = Optional.empty();
    private Optional<ScratchDirectories> scratch = Optional.empty();

    Job(Settings settings, Progress progress) {
        this.settings = settings;
        this.cluster = settings.bind("cluster", ClusterConfig.class);
        this.progress = progress;
    }

    Settings settings() {
        return settings;
    }

    Progress progress() {
        return progress;
    }

    /** Spark as spark-submit has set it up, or on all cores of this machine. */
    SparkSession spark() {
        SparkSession started = session;
        if (started == null) {
            SparkConf conf = configuration(compute());
            useScratch(conf);
            started = start(conf);
            session = started;
            Logs.leaveOutTheEnd();
            Logs.keepFatal();
            watch = ExecutorWatch.over(started.sparkContext(), cluster.get());
            new Slots(JavaSparkContext.fromSparkContext(started.sparkContext())).await();
        }
        return started;
    }

    private static SparkSession start(SparkConf conf) {
        try {
            return SparkSession.builder().config(conf).getOrCreate();
        } catch (Exception e) {
            boolean isSetting = e instanceof IllegalArgumentException
                    || e instanceof SparkException
                    || e instanceof FileNotFoundException;
            if (isSetting && !Shutdown.isUnderWay()) {
                // Such as a master that is no address, or spark.eventLog.dir that is not there.
                throw new UserError(
                        "Spark does not start with the settings given to it (spark.*): "
                                + String.valueOf(e.getMessage())
                                        .lines()
                                        .findFirst()
                                        .orElse(""),
                        e);
            }
            throw Failure.within(e);
        }
    }

    /** Has Spark, and Hadoop in this process, keep temporary files where only this user can read them. */
    private void useScratch(SparkConf conf) {
        if (scratch.isEmpty()) {
            scratch = ScratchDirectories.of(conf);
        }
        scratch.ifPresent(directories -> {
            conf.set(ScratchDirectories.LOCAL_DIR, directories.joined());
            if (isLocal(conf)) {
                // Executors elsewhere would not find it. S3A gathers there what it uploads.
                conf.setIfMissing(
                        "spark.hadoop.hadoop.tmp.dir",
                        directories.first().resolve("hadoop").toString());
            }
        });
    }

    private static boolean isLocal(SparkConf conf) {
        return conf.get("spark.master").startsWith("local");
    }

    /** What spark-submit has set, also before Spark starts. */
    SparkConf sparkConf() {
        return new SparkConf();
    }

    private ComputeConfig compute() {
        return ComputeSettings.bind(settings).get();
    }

    /** The file systems that Spark is, or will be, set up for. */
    Storage storage() {
        SparkSession started = session;
        if (started != null) {
            return new Storage(started.sparkContext().hadoopConfiguration());
        }
        SparkConf conf = configuration(compute());
        try {
            useScratch(conf);
        } catch (UserError e) {
            // Who only reads needs none, and Spark says so when it starts.
        }
        return new Storage(SparkHadoopUtil.get().newConfiguration(conf));
    }

    /**
     * In local mode tasks run in this process, whose ND4J has settled its threads before the configuration was read.
     * oneDNN's threads are the backend's own.
     */
    static void refuseOtherThreads(ComputeConfig compute, @Nullable String started) {
        int wanted = compute.threads();
        if (started != null
                && !started.equals(String.valueOf(wanted))
                && compute.resolved().backend() == Backends.Kind.ND4J) {
            throw new UserError("compute.threads = " + wanted
                    + ", but the backend is nd4j and this process was started with OMP_NUM_THREADS=" + started
                    + "; start it with OMP_NUM_THREADS=" + wanted);
        }
    }

    private static SparkConf configuration(ComputeConfig compute) {
        SparkConf conf = new SparkConf();
        conf.setIfMissing("spark.master", "local[*]");
        conf.setIfMissing("spark.app.name", "apportion");
        EVERYWHERE.forEach(conf::setIfMissing);
        // Native libraries read these once, when a process starts.
        for (String variable : List.of("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS")) {
            conf.setIfMissing("spark.executorEnv." + variable, String.valueOf(compute.threads()));
        }
        Authentication.complete(conf);
        if (isLocal(conf)) {
            LOCALLY.forEach(conf::setIfMissing);
            refuseOtherThreads(compute, System.getenv("OMP_NUM_THREADS"));
        }
        return conf;
    }

    /** What was thrown, or what it means if the cluster is behind it. */
    Exception explained(Exception thrown) {
        Optional<Failure> ended = watch.flatMap(ExecutorWatch::failure);
        if (ended.isPresent()) {
            return ended.get();
        }
        if (Shutdown.isUnderWay()) {
            // Spark stops first, and its jobs then blame the cluster.
            return new Failure(ProcessEnd.message(), thrown);
        }
        if (Failure.within(thrown) instanceof Failure) {
            return thrown;
        }
        return ClusterFailure.of(thrown)
                .or(() -> hasSparkStopped() ? Optional.of(ClusterFailure.ended(thrown)) : Optional.empty())
                .<Exception>map(failure -> failure)
                .orElse(thrown);
    }

    private boolean hasSparkStopped() {
        return session != null && session.sparkContext().isStopped();
    }

    @Override
    public void close() {
        watch.ifPresent(ExecutorWatch::close);
        if (session != null) {
            session.stop();
        }
        scratch.ifPresent(ScratchDirectories::close);
    }
}
