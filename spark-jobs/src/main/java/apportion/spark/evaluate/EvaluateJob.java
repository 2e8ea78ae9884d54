package apportion.spark.evaluate;

import apportion.data.corpus.Reading;
import apportion.spark.failure.NonFiniteLoss;
import apportion.spark.failure.UserError;
import apportion.spark.prepare.Documents;
import apportion.spark.prepare.PrepareJob;
import apportion.spark.prepare.TextRules;
import apportion.spark.storage.Storage;
import apportion.spark.storage.StoredFile;
import apportion.spark.trained.TrainedModel;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import org.apache.spark.api.java.JavaSparkContext;
import org.apache.spark.sql.SparkSession;

/** Measures a checkpoint on a dataset's validation split, or on texts. */
public final class EvaluateJob {

    /** Keys that a reader of texts names in its messages, and that this job has in its own section. */
    private static final Pattern TEXT_KEYS = Pattern.compile("\\bdata\\.(on-bad-text|max-document-bytes|format)\\b");

    private final JavaSparkContext context;
    private final Storage storage;
    private final EvaluateConfig config;
    private final TrainedModel trained;

    /**
     * What was measured.
     *
     * @param texts how texts were read; empty of a dataset
     */
    public record Result(Measurement measurement, Optional<Texts> texts) {}

    /**
     * How texts were read.
     *
     * @param known whether the checkpoint says so; else these are the defaults
     * @param dropped records left out, by reason
     */
    public record Texts(TextRules rules, boolean known, SortedMap<String, Long> dropped) {}

    private EvaluateJob(JavaSparkContext context, Storage storage, EvaluateConfig config) {
        this.context = context;
        this.storage = storage;
        this.config = config;
        this.trained = TrainedModel.load(storage, config.checkpoint().orElseThrow());
    }

    /**
     * Measures.
     *
     * @throws UserError if model and data do not fit, or the text has nothing to predict
     * @throws NonFiniteLoss if the loss is not a finite number
     */
    public static Result run(JavaSparkContext context, Storage storage, EvaluateConfig config) {
        EvaluateJob job = new EvaluateJob(context, storage, config);
        Result result = config.dataset().map(job::onDataset).orElseGet(job::onTexts);
        job.refuseNonFinite(result.measurement());
        return result;
    }

    private Evaluator evaluator() {
        return new Evaluator(context, trained.model(), trained.compute(), config.batch());
    }

    private Result onDataset(String path) {
        Measurement measured = evaluator()
                .validation(
                        trained.parameters(), trained.datasetFor(storage, path, "measure the text itself with --text"));
        if (measured.documents().isEmpty()) {
            throw new UserError(path + " has no validation sequences to measure on");
        }
        return new Result(measured, Optional.empty());
    }

    private Result onTexts() {
        int stride = stride();
        TextRules rules =
                trained.texts().orElseGet(TextRules::defaults).with(config.onBadText(), config.maxDocumentBytes());
        List<StoredFile> files = storage.expand(config.text());
        SparkSession spark = SparkSession.builder().sparkContext(context.sc()).getOrCreate();
        List<String> texts = new ArrayList<>();
        SortedMap<String, Long> dropped = new TreeMap<>();
        try {
            for (Reading reading : new Documents(spark, storage, config.format(), rules)
                    .cleaned(files)
                    .collect()) {
                if (reading instanceof Reading.Kept kept) {
                    texts.add(kept.document().text());
                } else if (reading instanceof Reading.Dropped left) {
                    dropped.merge(left.reason().label(), 1L, Long::sum);
                }
            }
        } catch (Exception e) {
            // Scala's methods throw SparkException without declaring it.
            throw inWordsOfEvaluate(PrepareJob.explained(e));
        }
        Measurement measured = evaluator().texts(trained.parameters(), texts, trained.tokenizer(), stride);
        if (measured.documents().isEmpty()) {
            throw new UserError("there is nothing to predict: at least one document must have 2 tokens or more"
                    + (dropped.isEmpty() ? "" : " (left out were " + counts(dropped) + ")")
                    + "; check evaluate.text and evaluate.format");
        }
        return new Result(measured, Optional.of(new Texts(rules, trained.texts().isPresent(), dropped)));
    }

    private static String counts(Map<String, Long> dropped) {
        return dropped.entrySet().stream()
                .map(reason -> reason.getValue() + " as " + reason.getKey())
                .collect(Collectors.joining(", "));
    }

    private int stride() {
        int most = trained.model().context();
        int stride = config.stride().orElse(most);
        if (stride > most) {
            throw new UserError("evaluate.stride = " + stride + ", but it must be at most the model's context of "
                    + most + ", or tokens would be left out");
        }
        return stride;
    }

    /** Texts are read as prepare reads them, but the settings to change are those of this job. */
    private static RuntimeException inWordsOfEvaluate(RuntimeException thrown) {
        if (!(thrown instanceof UserError)) {
            return thrown;
        }
        String message = String.valueOf(thrown.getMessage());
        return new UserError(
                TEXT_KEYS.matcher(message).replaceAll("evaluate.$1").replace("data.corpus", "evaluate.text"), thrown);
    }

    private void refuseNonFinite(Measurement measured) {
        if (Double.isFinite(measured.loss())) {
            return;
        }
        long wrong = measured.documents().stream()
                .filter(document -> !Double.isFinite(document.loss()))
                .count();
        throw new NonFiniteLoss(
                "the loss of " + wrong + " of " + measured.documents().size() + " documents under "
                        + trained.directory() + " is not a finite number ("
                        + trained.nonFiniteWeight()
                                .map(weight -> "the weight " + weight)
                                .orElse("all weights are finite, but what is computed with them is not")
                        + "); the model diverged: use an earlier checkpoint, or train again with a lower"
                        + " train.optimizer.learning-rate");
    }
}
