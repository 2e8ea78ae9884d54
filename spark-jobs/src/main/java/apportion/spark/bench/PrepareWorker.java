package apportion.spark.bench;

import apportion.spark.conf.Settings;
import apportion.spark.failure.Failure;
import apportion.spark.prepare.DataConfig;
import apportion.spark.prepare.PrepareJob;
import apportion.spark.progress.Progress;
import com.sun.management.OperatingSystemMXBean;
import java.io.IOException;
import java.lang.management.ManagementFactory;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import java.util.regex.Pattern;
import org.apache.spark.api.java.JavaSparkContext;
import org.apache.spark.sql.SparkSession;
import scala.Tuple2;

/** Either side of {@code bench prepare}, in a process of its own, all of whose processor time counts. */
final class PrepareWorker {

    private static final Pattern SPACE = Pattern.compile(" ");

    private PrepareWorker() {}

    /** Arguments: which side, the text, where the dataset may lie, where to write seconds of processors. */
    public static void main(String[] arguments) throws IOException {
        PrepareBench.Side side = PrepareBench.Side.valueOf(arguments[0]);
        try (JavaSparkContext context = LocalCluster.startForJobs("local[*]")) {
            switch (side) {
                case PREPARE -> prepare(context, arguments[1], arguments[2]);
                case WORDS -> words(context, arguments[1]);
            }
        }
        OperatingSystemMXBean system = (OperatingSystemMXBean) ManagementFactory.getOperatingSystemMXBean();
        Files.writeString(Path.of(arguments[3]), Double.toString(system.getProcessCpuTime() / 1e9));
    }

    private static void prepare(JavaSparkContext context, String text, String dataset) throws IOException {
        Settings settings = Settings.load(
                Optional.empty(),
                List.of(
                        "data.corpus=\"" + text + "\"",
                        "data.output=\"" + dataset + "\"",
                        "data.format.document=line"));
        SparkSession spark = SparkSession.builder().sparkContext(context.sc()).getOrCreate();
        PrepareJob.Prepared prepared = PrepareJob.run(
                spark, settings.bind("data", DataConfig.class).get(), settings.canonicalJson("data"), Progress.SILENT);
        if (prepared.reused()
                || !prepared.dataset().manifest().provenance().dropped().isEmpty()) {
            throw new Failure("every line of the text must be a document, but prepare left out "
                    + prepared.dataset().manifest().provenance().dropped());
        }
    }

    /** As Spark's own example JavaWordCount has it. */
    private static void words(JavaSparkContext context, String text) {
        List<Tuple2<String, Integer>> counts = context.textFile(text)
                .flatMap(line -> Arrays.asList(SPACE.split(line)).iterator())
                .mapToPair(word -> new Tuple2<>(word, 1))
                .reduceByKey(Integer::sum)
                .collect();
        if (counts.isEmpty()) {
            throw new Failure("the text has no words");
        }
    }
}
