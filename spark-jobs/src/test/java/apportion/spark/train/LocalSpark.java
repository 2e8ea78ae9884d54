package apportion.spark.train;

import org.apache.spark.SparkConf;
import org.apache.spark.api.java.JavaSparkContext;

/** Small Sparks in this process. */
public final class LocalSpark {

    private LocalSpark() {}

    /** A Spark with settings given as {@code key=value}. */
    public static JavaSparkContext start(String master, String... settings) {
        SparkConf conf = new SparkConf()
                .setMaster(master)
                .setAppName("test")
                .set("spark.ui.enabled", "false")
                .set("spark.driver.host", "localhost")
                .set("spark.driver.bindAddress", "127.0.0.1");
        for (String setting : settings) {
            int equals = setting.indexOf('=');
            conf.set(setting.substring(0, equals), setting.substring(equals + 1));
        }
        JavaSparkContext context = new JavaSparkContext(conf);
        context.setLogLevel("OFF");
        return context;
    }
}
