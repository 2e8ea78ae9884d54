package apportion.spark.experiment.compression;

import apportion.spark.evaluate.DocumentLoss;
import apportion.spark.evaluate.Evaluator;
import apportion.spark.evaluate.Measurement;
import apportion.spark.failure.NonFiniteLoss;
import apportion.spark.storage.Storage;
import apportion.spark.storage.StoredJson;
import apportion.spark.train.TrainJob;
import apportion.spark.trained.TrainedModel;
import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Optional;
import org.apache.spark.api.java.JavaSparkContext;

/** Losses of trained models on the validation split. They are measured once, and kept beside their checkpoints. */
final class Losses {

    private static final ObjectMapper JSON = new ObjectMapper();
    private static final int LARGEST = 1 << 30;

    private final JavaSparkContext context;
    private final Storage storage;
    private final TrainJob.Plan plan;

    /**
     * Of models that are evaluated alike.
     *
     * @param plan whose dataset, batch and way to compute they share
     */
    Losses(JavaSparkContext context, Storage storage, TrainJob.Plan plan) {
        this.context = context;
        this.storage = storage;
        this.plan = plan;
    }

    /**
     * Of the newest checkpoint of a run that has ended.
     *
     * @param run its directory, whose name tells the run from any other
     */
    Measurement of(String run) {
        String file = Storage.child(run, "validation.json");
        return kept(file).orElseGet(() -> {
            Measurement measured = measured(run);
            storage.writeAtomically(file, json(measured));
            return measured;
        });
    }

    private Measurement measured(String run) {
        TrainedModel model = TrainedModel.load(storage, run);
        Measurement measured = new Evaluator(
                        context, model.model(), plan.compute(), plan.train().batch())
                .validation(model.parameters(), plan.dataset());
        NonFiniteLoss.refuse(measured.loss(), model.directory());
        return measured;
    }

    /** Empty if there is none, or not in this form: then it is measured again. */
    private Optional<Measurement> kept(String file) {
        if (!storage.exists(file)) {
            return Optional.empty();
        }
        try {
            String json = new String(storage.read(file, LARGEST), StandardCharsets.UTF_8);
            return Optional.of(new Measurement(List.of(StoredJson.read(json, DocumentLoss[].class))));
        } catch (IllegalArgumentException e) {
            return Optional.empty();
        }
    }

    private static String json(Measurement measured) {
        try {
            return JSON.writeValueAsString(measured.documents()) + "\n";
        } catch (JsonProcessingException e) {
            throw new IllegalStateException("numbers have a JSON form", e);
        }
    }
}
