package apportion.spark.inspect;

import apportion.data.pack.Split;
import apportion.model.checkpoint.Checkpoint;
import apportion.model.checkpoint.CheckpointError;
import apportion.model.config.AttentionShape;
import apportion.model.inspect.EmbeddingDrift;
import apportion.model.inspect.HeadMatrices;
import apportion.model.inspect.HeadPlace;
import apportion.model.inspect.LayerSums;
import apportion.model.inspect.RepeatedTokens;
import apportion.model.inspect.Statistic;
import apportion.model.transformer.ParameterLayout;
import apportion.spark.cluster.SharedFiles;
import apportion.spark.compute.ClusterSettings;
import apportion.spark.dataset.Dataset;
import apportion.spark.dataset.RowSample;
import apportion.spark.failure.Failure;
import apportion.spark.failure.NonFiniteLoss;
import apportion.spark.failure.UserError;
import apportion.spark.storage.Claim;
import apportion.spark.storage.Storage;
import apportion.spark.train.StartingModel;
import apportion.spark.trained.TrainedModel;
import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import org.apache.spark.api.java.JavaRDD;
import org.apache.spark.api.java.JavaSparkContext;
import org.apache.spark.broadcast.Broadcast;
import org.jspecify.annotations.Nullable;

/** Looks at the heads of a checkpoint while it reads a dataset, and writes a page of what they do. */
public final class InspectJob {

    /** The seed of the initial weights, as a training run's provenance names it. */
    private static final String SEED = "train";

    private InspectJob() {}

    /**
     * What was written.
     *
     * @param page the file of the page
     */
    public record Result(String page, Inspection inspection) {}

    /**
     * Looks, and writes {@code inspect.html} and {@code inspect.json}.
     *
     * @throws UserError if model and data do not fit, or the split is empty
     */
    public static Result run(JavaSparkContext context, Storage storage, InspectConfig config) {
        ClusterSettings.refuseUnusable(context.getConf());
        try (Claim claim = storage.claimFiles(config.output().orElseThrow())) {
            return run(context, storage, config, claim);
        }
    }

    private static Result run(JavaSparkContext context, Storage storage, InspectConfig config, Claim claim) {
        TrainedModel trained = TrainedModel.load(storage, config.checkpoint().orElseThrow());
        trained.requireFinite();
        String path = config.dataset().orElseThrow();
        Dataset dataset = trained.datasetFor(storage, path, TrainedModel.PREPARE_AGAIN);
        SharedFiles.requireVisible(context, storage, dataset.file(Dataset.MANIFEST));
        long all = dataset.manifest().split(Split.VALIDATION).sequences();
        if (all == 0) {
            throw new UserError(path + " has no validation sequences to look at");
        }
        long taken = Math.min(all, config.sequences().orElse(all));
        Sums sums = read(context, trained, dataset, config, taken);
        NonFiniteLoss.refuse(sums.loss(), trained.directory() + " on " + dataset.path());
        Sums repeated = repeated(context, trained, config);
        Inspection inspection = new Inspection(
                trained.directory(),
                dataset.path(),
                taken,
                sums.tokens(),
                sums.loss() / sums.tokens(),
                heads(trained, sums, repeated, config.cut()),
                sums.layers().stream().map(LayerSums::similarity).toList(),
                drift(storage, trained).orElse(null));
        claim.require();
        return new Result(write(storage, config.output().orElseThrow(), inspection), inspection);
    }

    private static Sums read(
            JavaSparkContext context, TrainedModel trained, Dataset dataset, InspectConfig config, long taken) {
        List<RowSample> samples = RowSample.forTasks(dataset, Split.VALIDATION, taken);
        InspectTask task = new InspectTask(trained.model(), trained.compute(), config.cut(), config.batch());
        return sums(
                context,
                trained,
                task,
                context.parallelize(samples, samples.size()).map(sample -> sample.read(dataset)));
    }

    private static Sums repeated(JavaSparkContext context, TrainedModel trained, InspectConfig config) {
        List<int[]> rows = RepeatedTokens.rows(
                trained.tokenizer().vocabularySize(), trained.model().context());
        InspectTask task = new InspectTask(trained.model(), trained.compute(), false, config.batch());
        return sums(context, trained, task, context.parallelize(List.of(rows), 1));
    }

    private static Sums sums(
            JavaSparkContext context, TrainedModel trained, InspectTask task, JavaRDD<List<int[]>> rows) {
        Broadcast<float[]> weights = context.broadcast(trained.parameters());
        try {
            List<Sums> parts = rows.map(some -> task.of(weights.value(), some)).collect();
            // In the order of the tasks, so that the last digits are the same on every cluster.
            return parts.stream().reduce(Sums::plus).orElseThrow();
        } catch (Exception e) {
            // Scala's methods throw SparkException without declaring it.
            throw Failure.within(e);
        } finally {
            weights.destroy();
        }
    }

    private static List<Inspection.Head> heads(TrainedModel trained, Sums sums, Sums repeated, boolean cut) {
        HeadMatrices matrices = new HeadMatrices(trained.model(), trained.parameters());
        List<Inspection.Head> heads = new ArrayList<>();
        for (int layer = 0; layer < trained.model().layers(); layer++) {
            LayerSums of = sums.layers().get(layer);
            List<HeadMatrices.Finding> findings = matrices.layer(layer);
            double[][] similarity = of.similarity();
            for (HeadPlace place : HeadPlace.of(AttentionShape.of(trained.model(), layer))) {
                int h = place.head();
                Integer most = most(similarity[h], h);
                heads.add(new Inspection.Head(
                        layer,
                        h,
                        place.headDim(),
                        of.mean(Statistic.ENTROPY, h),
                        of.mean(Statistic.DISTANCE, h),
                        of.mean(Statistic.FIRST, h),
                        of.mean(Statistic.LOGIT_NORM, h),
                        of.mean(Statistic.JACOBIAN, h),
                        of.mean(Statistic.PREVIOUS, h),
                        of.mean(Statistic.SAME, h),
                        of.mean(Statistic.INDUCTION, h),
                        repeated.layers().get(layer).mean(Statistic.INDUCTION, h),
                        findings.get(h).copying(),
                        findings.get(h).rankQk(),
                        findings.get(h).rankOv(),
                        most,
                        most == null ? null : similarity[h][most],
                        cut ? of.mean(Statistic.IMPORTANCE, h) : null));
            }
        }
        return heads;
    }

    /** The head most like one, which it is not itself. */
    private static @Nullable Integer most(double[] similarity, int head) {
        Integer most = null;
        for (int other = 0; other < similarity.length; other++) {
            if (other != head && (most == null || similarity[other] > similarity[most])) {
                most = other;
            }
        }
        return most;
    }

    private static Optional<Inspection.Drift> drift(Storage storage, TrainedModel trained) {
        try {
            Checkpoint checkpoint = Checkpoint.reopen(storage.checkpoints(), trained.directory());
            Long seed = checkpoint.state().provenance().seeds().get(SEED);
            if (seed == null || checkpoint.state().provenance().inputs().containsKey(StartingModel.INPUT)) {
                return Optional.empty();
            }
            float[] start = ParameterLayout.of(trained.model()).initialize(seed);
            EmbeddingDrift drift = EmbeddingDrift.of(trained.model(), start, trained.parameters());
            List<String> farthest = drift.farthest().stream()
                    .map(token -> trained.tokenizer().decode(new int[] {token.id()}))
                    .toList();
            return Optional.of(new Inspection.Drift(seed, drift, farthest));
        } catch (CheckpointError e) {
            throw new UserError(String.valueOf(e.getMessage()), e);
        } catch (IOException e) {
            throw new Failure("cannot read " + trained.directory() + ": " + e.getMessage(), e);
        }
    }

    private static String write(Storage storage, String output, Inspection inspection) {
        try {
            storage.writeAtomically(
                    Storage.child(output, "inspect.json"),
                    new ObjectMapper().writerWithDefaultPrettyPrinter().writeValueAsString(inspection));
        } catch (JsonProcessingException e) {
            throw new IllegalStateException("numbers have a JSON form", e);
        }
        String page = Storage.child(output, "inspect.html");
        storage.writeAtomically(page, InspectPage.of(inspection));
        return storage.qualified(page);
    }
}
