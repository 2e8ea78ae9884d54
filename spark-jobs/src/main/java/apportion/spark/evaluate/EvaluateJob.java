package apportion.spark.evaluate;

import apportion.data.corpus.ByteRange;
import apportion.data.corpus.CorpusException;
import apportion.data.corpus.DocumentReader;
import apportion.data.corpus.OnBadText;
import apportion.data.corpus.Reading;
import apportion.spark.failure.Failure;
import apportion.spark.failure.UserError;
import apportion.spark.storage.CorpusInput;
import apportion.spark.storage.Storage;
import apportion.spark.storage.StoredFile;
import apportion.spark.trained.TrainedModel;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import org.apache.spark.api.java.JavaSparkContext;

/** Measures a checkpoint on a dataset's validation split, or on texts. */
public final class EvaluateJob {

    /** A text is held in memory whole; a larger one belongs into a dataset. */
    private static final int LARGEST_DOCUMENT = 1 << 30;

    private EvaluateJob() {}

    /**
     * Measures.
     *
     * @throws UserError if model and data do not fit, or the text has nothing to predict
     */
    public static Measurement run(JavaSparkContext context, Storage storage, EvaluateConfig config) {
        TrainedModel trained = TrainedModel.load(storage, config.checkpoint().orElseThrow());
        Evaluator evaluator = new Evaluator(context, trained.model(), trained.compute(), config.batch());
        Measurement measurement = config.dataset().isPresent()
                ? evaluator.validation(
                        trained.parameters(),
                        trained.datasetFor(storage, config.dataset().get(), "measure the text itself with --text"))
                : evaluator.texts(
                        trained.parameters(), texts(storage, config), trained.tokenizer(), stride(config, trained));
        if (measurement.documents().isEmpty()) {
            throw new UserError("there is nothing to predict: every document must have at least 2 tokens; check"
                    + " evaluate.text and evaluate.document = "
                    + config.document().label());
        }
        return measurement;
    }

    private static int stride(EvaluateConfig config, TrainedModel trained) {
        int context = trained.model().context();
        int stride = config.stride().orElse(context);
        if (stride > context) {
            throw new UserError("evaluate.stride = " + stride + ", but it must be at most the model's context of "
                    + context + ", or tokens would be left out");
        }
        return stride;
    }

    private static List<String> texts(Storage storage, EvaluateConfig config) {
        DocumentReader.Rules rules =
                new DocumentReader.Rules(config.document().format(), OnBadText.FAIL, LARGEST_DOCUMENT);
        List<String> texts = new ArrayList<>();
        for (StoredFile file : storage.expand(config.text())) {
            try (DocumentReader reader =
                    new DocumentReader(new CorpusInput(storage, file.path(), file.path()), ByteRange.ALL, rules)) {
                for (Optional<Reading> next = reader.next(); next.isPresent(); next = reader.next()) {
                    if (next.get() instanceof Reading.Kept kept) {
                        texts.add(kept.document().text());
                    }
                }
            } catch (CorpusException e) {
                throw new UserError(String.valueOf(e.getMessage()), e);
            } catch (IOException e) {
                throw new Failure("cannot read " + file.path() + ": " + e.getMessage(), e);
            }
        }
        return texts;
    }
}
