package apportion.spark.cli;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import apportion.model.compute.Backends;
import apportion.model.compute.Precision;
import apportion.spark.compute.ComputeConfig;
import apportion.spark.conf.Settings;
import apportion.spark.failure.Failure;
import apportion.spark.failure.UserError;
import apportion.spark.progress.Progress;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import org.apache.hadoop.conf.Configuration;
import org.apache.hadoop.fs.FileSystem;
import org.apache.spark.api.java.JavaSparkContext;
import org.apache.spark.sql.SparkSession;
import org.deeplearning4j.nn.conf.MultiLayerConfiguration;
import org.deeplearning4j.nn.conf.NeuralNetConfiguration;
import org.deeplearning4j.nn.conf.layers.OutputLayer;
import org.deeplearning4j.spark.api.RDDTrainingApproach;
import org.deeplearning4j.spark.impl.multilayer.SparkDl4jMultiLayer;
import org.deeplearning4j.spark.impl.paramavg.ParameterAveragingTrainingMaster;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.nd4j.linalg.activations.Activation;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.nd4j.linalg.dataset.DataSet;
import org.nd4j.linalg.factory.Nd4j;
import org.nd4j.linalg.learning.config.Sgd;
import org.nd4j.linalg.lossfunctions.LossFunctions.LossFunction;

/** The class path is cut down a long way from what Spark and Deeplearning4j ask for; this is what must still work. */
final class JobTest {

    @TempDir
    Path folder;

    private final Job job = new Job(Settings.load(Optional.empty(), List.of()), Progress.SILENT);

    @AfterEach
    void stop() {
        job.close();
    }

    @Test
    void sparkStartsLocallyAndKeepsParquet() throws IOException {
        SparkSession spark = job.spark();
        String path = folder.resolve("numbers").toString();
        spark.range(0, 1000, 1, 3)
                .selectExpr("id", "array(id, id + 1) as tokens")
                .write()
                .parquet(path);

        assertThat(spark.sparkContext().master()).startsWith("local");
        assertThat(spark.read()
                        .parquet(path)
                        .selectExpr("sum(tokens[1])")
                        .first()
                        .getLong(0))
                .isEqualTo(500_500);
        assertThat(job.storage().names(path)).hasSize(3);
    }

    /** S3A gathers there what it uploads. */
    @Test
    void hadoopFindsTheLocalFileSystemThatItExpects() throws IOException {
        Configuration hadoop = job.spark().sparkContext().hadoopConfiguration();

        assertThat(FileSystem.getLocal(hadoop).pathToFile(new org.apache.hadoop.fs.Path("/tmp")))
                .isDirectory();
    }

    /** As of a broadcast whose blocks went while a job read them. */
    @Test
    void whateverFailsWhenSparkHasStoppedByItselfIsTheClusters() {
        Exception failed = new IllegalStateException("Block broadcast_0 does not exist");
        SparkSession spark = job.spark();

        assertThat(job.explained(failed)).isSameAs(failed);

        spark.stop();

        assertThat(job.explained(failed))
                .isInstanceOf(Failure.class)
                .hasMessageStartingWith("the cluster has ended this application")
                .hasCause(failed);
        UserError mistake = new UserError("train.batch must be positive");
        assertThat(job.explained(mistake)).isSameAs(mistake);
    }

    @Test
    void aProcessOfOtherThreadsThanConfiguredIsRefused() {
        ComputeConfig two = new ComputeConfig(Backends.Kind.ND4J, Precision.FLOAT, 2);
        Job.refuseOtherThreads(two, "2");
        Job.refuseOtherThreads(two, null);
        Job.refuseOtherThreads(new ComputeConfig(Backends.Kind.ONEDNN, Precision.FLOAT, 2), "1");
        assertThatThrownBy(() -> Job.refuseOtherThreads(two, "1"))
                .isInstanceOf(UserError.class)
                .hasMessage(
                        "compute.threads = 2, but the backend is nd4j and this process was started with OMP_NUM_THREADS=1; start it with"
                                + " OMP_NUM_THREADS=2");
    }

    @Test
    void deeplearning4jsOwnMasterTrainsOnSpark() {
        MultiLayerConfiguration network = new NeuralNetConfiguration.Builder()
                .seed(1)
                .updater(new Sgd(0.5))
                .list()
                .layer(new OutputLayer.Builder(LossFunction.MCXENT)
                        .activation(Activation.SOFTMAX)
                        .nIn(2)
                        .nOut(2)
                        .build())
                .build();
        List<DataSet> examples = new ArrayList<>();
        for (int i = 0; i < 40; i++) {
            examples.add(new DataSet(oneHot(i % 2), oneHot(i % 2)));
        }
        ParameterAveragingTrainingMaster master = new ParameterAveragingTrainingMaster.Builder(1)
                .rddTrainingApproach(RDDTrainingApproach.Direct)
                .averagingFrequency(2)
                .batchSizePerWorker(4)
                .build();
        JavaSparkContext spark = JavaSparkContext.fromSparkContext(job.spark().sparkContext());

        SparkDl4jMultiLayer trained = new SparkDl4jMultiLayer(spark, network, master);
        trained.fit(spark.parallelize(examples, 2));

        INDArray probability = trained.getNetwork().output(oneHot(1));
        assertThat(probability.getDouble(0, 1)).isGreaterThan(0.6);
    }

    private static INDArray oneHot(int hot) {
        INDArray row = Nd4j.zeros(1, 2);
        row.putScalar(0, hot, 1);
        return row;
    }
}
