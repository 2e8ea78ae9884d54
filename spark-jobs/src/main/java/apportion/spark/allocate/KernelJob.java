package apportion.spark.allocate;

import apportion.data.pack.Split;
import apportion.model.allocation.KernelFit;
import apportion.model.config.ModelConfig;
import apportion.model.transformer.TokenVectors;
import apportion.spark.compute.ClusterSettings;
import apportion.spark.dataset.Dataset;
import apportion.spark.dataset.RowSample;
import apportion.spark.failure.Failure;
import apportion.spark.failure.UserError;
import apportion.spark.storage.Storage;
import apportion.spark.trained.TrainedModel;
import java.util.List;
import org.apache.spark.api.java.JavaSparkContext;
import org.apache.spark.broadcast.Broadcast;

/** Fits a lag kernel to a dataset, whose tokens are seen as a checkpoint's input embedding has them. */
public final class KernelJob {

    /** Most tasks: each gives back sums of one size, however many rows it has read. */
    private static final int TASKS = 512;

    private static final int LEAST_ROWS = 64;

    private KernelJob() {}

    /**
     * Reads the training split, as far as asked for, and fits.
     *
     * @param checkpoint directory of a checkpoint, or of a run, whose newest is taken
     * @param data directory of a dataset that the model can read
     * @param lags {@code L}: tokens before the next one that are looked at
     * @param sequences most that are read, spread evenly over the split
     * @throws UserError if model, data and lags do not fit
     */
    public static KernelFit.Estimate run(
            JavaSparkContext context, Storage storage, String checkpoint, String data, int lags, long sequences) {
        ClusterSettings.refuseUnusable(context.getConf());
        TrainedModel trained = TrainedModel.load(storage, checkpoint);
        trained.requireFinite();
        Dataset dataset = trained.datasetFor(storage, data, TrainedModel.PREPARE_AGAIN);
        if (lags < 1 || lags > dataset.manifest().sequence()) {
            throw new UserError("--lags must be from 1 to the "
                    + dataset.manifest().sequence() + " tokens that a sequence of " + data + " predicts, got " + lags);
        }
        long taken = Math.min(sequences, dataset.manifest().split(Split.TRAIN).sequences());
        int together = (int) Math.max(LEAST_ROWS, (taken + TASKS - 1) / TASKS);
        List<RowSample> samples = RowSample.of(dataset, Split.TRAIN, taken, together);
        ModelConfig model = trained.model();
        Broadcast<float[]> weights = context.broadcast(trained.parameters());
        try {
            KernelFit all = new KernelFit(lags, model.width());
            // In the order of the tasks, so that the last digits are the same on every cluster.
            context.parallelize(samples, samples.size())
                    .map(sample -> fit(model, weights.value(), sample.read(dataset), lags))
                    .collect()
                    .forEach(all::add);
            return all.estimate();
        } catch (IllegalArgumentException e) {
            throw new UserError(String.valueOf(e.getMessage()), e);
        } catch (Exception e) {
            // Scala's methods throw SparkException without declaring it.
            throw Failure.within(e);
        } finally {
            weights.destroy();
        }
    }

    private static KernelFit fit(ModelConfig model, float[] weights, List<int[]> rows, int lags) {
        TokenVectors vectors = new TokenVectors(model, weights);
        double[][] known = new double[model.vocabulary()][];
        KernelFit fit = new KernelFit(lags, model.width());
        for (int[] row : rows) {
            double[][] tokens = new double[row.length][];
            for (int t = 0; t < tokens.length; t++) {
                if (known[row[t]] == null) {
                    known[row[t]] = vectors.input(row[t]);
                }
                tokens[t] = known[row[t]];
            }
            fit.add(tokens);
        }
        return fit;
    }
}
