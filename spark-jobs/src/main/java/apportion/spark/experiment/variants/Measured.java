package apportion.spark.experiment.variants;

import apportion.spark.evaluate.DocumentLoss;
import apportion.spark.evaluate.Evaluator;
import apportion.spark.experiment.Measures;
import apportion.spark.storage.Storage;
import apportion.spark.storage.StoredJson;
import apportion.spark.train.TrainJob;
import com.fasterxml.jackson.annotation.JsonInclude;
import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Objects;
import java.util.Optional;
import org.apache.spark.api.java.JavaSparkContext;
import org.jspecify.annotations.Nullable;

/**
 * What is known of a model beside its last validation. It is measured once, and kept beside the model's checkpoints.
 *
 * @param measures what was asked for
 * @param documents losses on the validation split; empty if not measured
 * @param int8Loss loss with rounded weights; null if not measured
 * @param drift of the tokens' vectors; null if not measured, or if the run began with a model that has no start to
 *     compare with
 */
@JsonInclude(JsonInclude.Include.NON_NULL)
record Measured(
        Measures measures,
        List<DocumentLoss> documents,
        @Nullable Double int8Loss,
        @Nullable MeanDrift drift) {

    static final Measured NOTHING = new Measured(new Measures(false, false, false), List.of(), null, null);

    private static final ObjectMapper JSON = new ObjectMapper();
    private static final int LARGEST = 1 << 30;

    Measured {
        Objects.requireNonNull(measures, "measures");
        documents = List.copyOf(documents);
    }

    /** What is asked for of a run that has ended. */
    static Measured of(
            JavaSparkContext context, Storage storage, Measures measures, TrainJob.Plan plan, float[] parameters) {
        if (measures.equals(NOTHING.measures)) {
            return NOTHING;
        }
        String file = Storage.child(plan.output(), "measured.json");
        return kept(storage, file)
                .filter(known -> known.measures.equals(measures))
                .orElseGet(() -> {
                    Measured measured = measure(context, measures, plan, parameters);
                    storage.writeAtomically(file, measured.json());
                    return measured;
                });
    }

    private static Measured measure(
            JavaSparkContext context, Measures measures, TrainJob.Plan plan, float[] parameters) {
        Evaluator evaluator = new Evaluator(
                context, plan.model(), plan.compute(), plan.train().batch());
        List<DocumentLoss> documents = measures.documents()
                ? evaluator.validation(parameters, plan.dataset()).documents()
                : List.of();
        Double int8 = measures.int8()
                ? (Double) evaluator
                        .validation(RoundedWeights.of(plan.model(), parameters), plan.dataset())
                        .loss()
                : null;
        MeanDrift drift = measures.drift() && plan.from().isEmpty()
                ? MeanDrift.of(plan.model(), plan.train().seed(), parameters)
                : null;
        return new Measured(measures, documents, int8, drift);
    }

    /** Empty if there is none, or not in this form: then it is measured again. */
    private static Optional<Measured> kept(Storage storage, String file) {
        if (!storage.exists(file)) {
            return Optional.empty();
        }
        try {
            String json = new String(storage.read(file, LARGEST), StandardCharsets.UTF_8);
            return Optional.of(StoredJson.read(json, Measured.class));
        } catch (IllegalArgumentException e) {
            return Optional.empty();
        }
    }

    private String json() {
        try {
            return JSON.writeValueAsString(this) + "\n";
        } catch (JsonProcessingException e) {
            throw new IllegalStateException("numbers have a JSON form", e);
        }
    }
}
