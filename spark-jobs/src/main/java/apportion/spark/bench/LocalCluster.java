package apportion.spark.bench;

import org.apache.spark.SparkConf;
import org.apache.spark.api.java.JavaSparkContext;

/** Sparks on this machine alone. */
final class LocalCluster {

    private LocalCluster() {}

    /** Starts one as Spark is by default; a cluster's executors find our classes where we do. */
    static JavaSparkContext start(String master) {
        return new JavaSparkContext(settings(master));
    }

    /** Starts one as the jobs would. */
    static JavaSparkContext startForJobs(String master) {
        return new JavaSparkContext(settings(master).set("spark.broadcast.compress", "false"));
    }

    private static SparkConf settings(String master) {
        return new SparkConf()
                .setMaster(master)
                .setAppName("apportion bench")
                .set("spark.ui.enabled", "false")
                .set("spark.ui.showConsoleProgress", "false")
                .set("spark.driver.host", "localhost")
                .set("spark.driver.bindAddress", "127.0.0.1")
                .set("spark.executor.memory", EXECUTOR_MEGABYTES + "m")
                .set("spark.executor.extraClassPath", JavaProgram.ourClassPath())
                .set("spark.executorEnv.OMP_NUM_THREADS", "1")
                .set("spark.executorEnv.OPENBLAS_NUM_THREADS", "1");
    }

    static final int EXECUTOR_MEGABYTES = 2048;

    /** Executors in processes of their own, with one core each. */
    static String ofExecutors(int count) {
        return "local-cluster[" + count + ",1," + EXECUTOR_MEGABYTES + "]";
    }
}
