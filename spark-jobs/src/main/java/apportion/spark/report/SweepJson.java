package apportion.spark.report;

import apportion.spark.evaluate.DocumentLoss;
import com.fasterxml.jackson.annotation.JsonSetter;
import com.fasterxml.jackson.annotation.Nulls;
import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.core.StreamReadFeature;
import com.fasterxml.jackson.core.type.TypeReference;
import com.fasterxml.jackson.databind.DeserializationFeature;
import com.fasterxml.jackson.databind.MapperFeature;
import com.fasterxml.jackson.databind.json.JsonMapper;
import java.util.List;

/**
 * The text of the files that a sweep leaves for its report.
 *
 * <p>Reading is strict, since a field misread is a number misreported: unknown, missing, repeated and null fields and
 * numbers in quotes are refused.
 */
public final class SweepJson {

    private static final JsonMapper MAPPER = JsonMapper.builder()
            .enable(StreamReadFeature.STRICT_DUPLICATE_DETECTION)
            .enable(
                    DeserializationFeature.FAIL_ON_MISSING_CREATOR_PROPERTIES,
                    DeserializationFeature.FAIL_ON_NULL_CREATOR_PROPERTIES,
                    DeserializationFeature.FAIL_ON_NULL_FOR_PRIMITIVES,
                    DeserializationFeature.FAIL_ON_TRAILING_TOKENS)
            .disable(DeserializationFeature.ACCEPT_FLOAT_AS_INT)
            .disable(MapperFeature.ALLOW_COERCION_OF_SCALARS)
            .defaultSetterInfo(JsonSetter.Value.forContentNulls(Nulls.FAIL))
            .build();

    private SweepJson() {}

    /** A line of {@code ledger.jsonl}, without its line end. */
    public static String write(TrialResult trial) {
        return text(trial);
    }

    /** The text of {@code trials/<id>/documents.json}. */
    public static String write(List<DocumentLoss> documents) {
        return text(documents);
    }

    /** The text of {@code sweep.json}. */
    public static String write(SweepSummary summary) {
        return text(summary);
    }

    /**
     * Reads a line of the ledger.
     *
     * @throws IllegalArgumentException if it is not exactly what {@link #write(TrialResult)} writes
     */
    public static TrialResult readTrial(String line) {
        return read(line, new TypeReference<>() {}, "a trial");
    }

    /**
     * Reads what {@link #write(List)} wrote.
     *
     * @throws IllegalArgumentException if it is something else, or if a loss is no finite number
     */
    public static List<DocumentLoss> readDocuments(String text) {
        List<DocumentLoss> documents = read(text, new TypeReference<>() {}, "a list of document losses");
        for (DocumentLoss document : documents) {
            if (!(document.loss() >= 0) || Double.isInfinite(document.loss())) {
                throw new IllegalArgumentException(
                        "a document's loss must be finite and at least 0, got " + document.loss());
            }
        }
        return List.copyOf(documents);
    }

    /** Reads what {@link #write(SweepSummary)} wrote. */
    public static SweepSummary readSummary(String text) {
        return read(text, new TypeReference<>() {}, "a sweep's summary");
    }

    private static String text(Object value) {
        try {
            return MAPPER.writeValueAsString(value);
        } catch (JsonProcessingException e) {
            throw new IllegalStateException("a record that cannot be written as JSON: " + value.getClass(), e);
        }
    }

    private static <T> T read(String text, TypeReference<T> type, String what) {
        try {
            T value = MAPPER.readValue(text, type);
            if (value == null) {
                throw new IllegalArgumentException("not " + what + ": null");
            }
            return value;
        } catch (JsonProcessingException e) {
            // The original message without Jackson's trailing excerpt of the source, which may be a whole ledger line.
            throw new IllegalArgumentException("not " + what + ": " + e.getOriginalMessage(), e);
        }
    }
}
