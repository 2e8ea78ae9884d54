package apportion.spark.evaluate;

import apportion.data.pack.Part;
import apportion.data.pack.Split;
import apportion.data.tokenize.Tokenizer;
import apportion.model.config.ModelConfig;
import apportion.spark.compute.ClusterSettings;
import apportion.spark.compute.ComputeConfig;
import apportion.spark.dataset.Dataset;
import apportion.spark.dataset.DatasetManifest.PartInfo;
import apportion.spark.dataset.PartCache;
import apportion.spark.failure.Failure;
import apportion.spark.failure.UserError;
import java.io.Serializable;
import java.util.ArrayList;
import java.util.List;
import java.util.SortedMap;
import java.util.TreeMap;
import org.apache.spark.api.java.JavaRDD;
import org.apache.spark.api.java.JavaSparkContext;
import org.apache.spark.broadcast.Broadcast;

/** Measures a model's losses with Spark tasks. */
public final class Evaluator {

    /** Windows of one task: small enough to spread, large enough to outweigh a task's start. */
    private static final int TASK = 256;

    private final JavaSparkContext context;
    private final ModelConfig model;
    private final ComputeConfig compute;
    private final int batch;

    /**
     * An evaluator of one model.
     *
     * @param batch windows computed at once
     */
    public Evaluator(JavaSparkContext context, ModelConfig model, ComputeConfig compute, int batch) {
        ClusterSettings.refuseUnusable(context.getConf());
        this.context = context;
        this.model = model;
        this.compute = compute;
        this.batch = batch;
    }

    private record Rows(PartInfo part, int from, int to) implements Serializable {}

    /** Losses on a dataset's validation split. */
    public Measurement validation(float[] parameters, Dataset dataset) {
        List<Rows> tasks = new ArrayList<>();
        for (PartInfo part : dataset.parts(Split.VALIDATION)) {
            for (int from = 0; from < part.sequences(); from += TASK) {
                tasks.add(new Rows(part, from, Math.min(from + TASK, part.sequences())));
            }
        }
        JavaRDD<List<Window>> windows = context.parallelize(tasks, tasks.size()).map(rows -> windows(dataset, rows));
        return measure(parameters, windows, dataset.tokenizer());
    }

    private static List<Window> windows(Dataset dataset, Rows rows) {
        Part part = PartCache.read(dataset, rows.part);
        List<Window> windows = new ArrayList<>();
        for (int row = rows.from; row < rows.to; row++) {
            windows.add(new Window(part.documents()[row], part.rows().get(row), 1));
        }
        return windows;
    }

    /**
     * Losses on texts.
     *
     * @param stride tokens from one window to the next; at most the model's context
     */
    public Measurement texts(float[] parameters, List<String> texts, Tokenizer tokenizer, int stride) {
        if (stride < 1 || stride > model.context()) {
            throw new UserError("evaluate.stride = " + stride + ", but it must be from 1 to the model's context of "
                    + model.context() + ", so that every token is predicted");
        }
        List<Window> all = new ArrayList<>();
        for (int document = 0; document < texts.size(); document++) {
            all.addAll(Window.of(document, tokenizer.encode(texts.get(document)), model.context(), stride));
        }
        List<List<Window>> tasks = new ArrayList<>();
        for (int from = 0; from < all.size(); from += TASK) {
            tasks.add(List.copyOf(all.subList(from, Math.min(from + TASK, all.size()))));
        }
        return tasks.isEmpty()
                ? new Measurement(List.of())
                : measure(parameters, context.parallelize(tasks, tasks.size()), tokenizer);
    }

    private Measurement measure(float[] parameters, JavaRDD<List<Window>> tasks, Tokenizer tokenizer) {
        Broadcast<float[]> shared = context.broadcast(parameters);
        Broadcast<Tokenizer> vocabulary = context.broadcast(tokenizer);
        try {
            WindowLosses losses = new WindowLosses(model, compute, batch);
            List<SortedMap<Long, DocumentLoss>> parts = tasks.map(
                            windows -> losses.byDocument(shared.value(), windows, vocabulary.value()))
                    .collect();
            SortedMap<Long, DocumentLoss> all = new TreeMap<>();
            // In the order of the tasks, so that a document's sum is the same on every cluster.
            parts.forEach(part -> part.forEach((document, loss) -> all.merge(document, loss, DocumentLoss::plus)));
            return new Measurement(List.copyOf(all.values()));
        } catch (Exception e) {
            // Scala's methods throw SparkException without declaring it.
            throw Failure.within(e);
        } finally {
            shared.destroy();
            vocabulary.destroy();
        }
    }
}
