package apportion.spark.bench;

import static org.assertj.core.api.Assertions.assertThat;

import apportion.spark.dl4j.Averaging.Memory;
import java.io.IOException;
import java.lang.management.ManagementFactory;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.stream.IntStream;
import org.apache.spark.api.java.JavaRDD;
import org.apache.spark.api.java.JavaSparkContext;
import org.deeplearning4j.nn.multilayer.MultiLayerNetwork;
import org.deeplearning4j.optimize.api.BaseTrainingListener;
import org.deeplearning4j.spark.impl.multilayer.SparkDl4jMultiLayer;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.nd4j.linalg.dataset.DataSet;
import org.nd4j.linalg.learning.config.Adam;

/** Workers in executors that are processes: what they tell each other between rounds crosses a socket. */
final class RoundsOnProcessesTest {

    private static final int BATCHES = 12;

    @TempDir
    private Path folder;

    @Test
    void roundsInOneJobComeToTheBitsOfRoundsInJobsOfTheirOwn() throws IOException {
        Path spark = folder.resolve("spark");
        Files.createDirectories(spark.resolve("jars"));
        Path result = folder.resolve("result");
        new JavaProgram(
                        RoundsOnProcessesTest.class.getName(),
                        JavaProgram.ourClassPath(),
                        ManagementFactory.getRuntimeMXBean().getInputArguments(),
                        Map.of(
                                "SPARK_HOME", spark.toString(),
                                "SPARK_SCALA_VERSION", "2.12",
                                "SPARK_LOCAL_IP", "127.0.0.1",
                                "OMP_NUM_THREADS", "1",
                                "OPENBLAS_NUM_THREADS", "1"))
                .run(result.toString());

        List<String> lines = Files.readAllLines(result);
        assertThat(lines).hasSize(2);
        assertThat(lines.get(0)).startsWith("2 jobs");
        assertThat(lines.get(1)).startsWith(1 + BATCHES + " jobs");
        assertThat(lines.get(0).substring(lines.get(0).indexOf(':')))
                .isEqualTo(lines.get(1).substring(lines.get(1).indexOf(':')));
    }

    /** Argument: where to write how many jobs each way took, and what it came to. */
    public static void main(String[] arguments) throws IOException {
        try (JavaSparkContext context = LocalCluster.start(LocalCluster.ofExecutors(2))) {
            JavaRDD<DataSet> data = context.parallelize(
                            IntStream.range(0, 2 * BATCHES).boxed().toList(), 2)
                    .map(RoundsNetwork.MLP::batch);
            // The first fit may begin before both executors have come.
            fit(context, data, false);
            Files.write(Path.of(arguments[0]), List.of(fit(context, data, false), fit(context, data, true)));
        }
    }

    private static String fit(JavaSparkContext context, JavaRDD<DataSet> data, boolean heard) {
        MultiLayerNetwork network = RoundsNetwork.MLP.create(new Adam(1e-3));
        var onSpark = new SparkDl4jMultiLayer(context, network, new RoundsSide.Ours(Memory.KEPT).master(2, 16, 1));
        if (heard) {
            onSpark.setListeners(new BaseTrainingListener() {});
        }
        int before = jobs(context);
        onSpark.fit(data);
        return jobs(context) - before + " jobs: "
                + Arrays.hashCode(network.params().toFloatVector()) + " "
                + Arrays.hashCode(network.getUpdater().getStateViewArray().toFloatVector());
    }

    private static int jobs(JavaSparkContext context) {
        return context.statusTracker().getJobIdsForGroup(null).length;
    }
}
