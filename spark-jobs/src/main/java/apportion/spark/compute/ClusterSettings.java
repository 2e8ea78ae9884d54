package apportion.spark.compute;

import apportion.spark.failure.UserError;
import org.apache.spark.SparkConf;

/** What Spark must be set to for the jobs to run. */
public final class ClusterSettings {

    private static final String SERIALIZER = "spark.serializer";
    private static final String JAVA = "org.apache.spark.serializer.JavaSerializer";

    private ClusterSettings() {}

    /**
     * Checks the settings before a job starts.
     *
     * @throws UserError if what the jobs send could not pass Spark's serializer
     */
    public static void refuseUnusable(SparkConf conf) {
        String serializer = conf.get(SERIALIZER, JAVA);
        if (!serializer.equals(JAVA)) {
            throw new UserError(SERIALIZER + " = " + serializer + ", but it must be " + JAVA
                    + ", as Spark's Kryo cannot carry records; pass --conf " + SERIALIZER + "=" + JAVA);
        }
    }
}
