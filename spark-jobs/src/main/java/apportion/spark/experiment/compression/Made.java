package apportion.spark.experiment.compression;

import apportion.spark.compress.CompressConfig.Method;
import apportion.spark.failure.UserError;
import apportion.spark.storage.StoredJson;
import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.util.Objects;

/**
 * A student as it was made, one line of {@code students.jsonl}.
 *
 * @param id hash of everything that could change it
 * @param seed of its teacher
 * @param student its name
 * @param method where its matrices come from
 * @param heads errors of its heads
 */
record Made(String id, long seed, String student, Method method, HeadShares heads) {

    private static final ObjectMapper JSON = new ObjectMapper();

    Made {
        Objects.requireNonNull(id, "id");
        Objects.requireNonNull(student, "student");
        Objects.requireNonNull(method, "method");
        Objects.requireNonNull(heads, "heads");
    }

    String line() {
        try {
            return JSON.writeValueAsString(this);
        } catch (JsonProcessingException e) {
            throw new IllegalStateException("texts and numbers have a JSON form", e);
        }
    }

    /**
     * Reads one line.
     *
     * @throws UserError if it is none, or one of another version
     */
    static Made parse(String line) {
        try {
            return StoredJson.read(line, Made.class);
        } catch (IllegalArgumentException e) {
            throw new UserError(
                    "students.jsonl in experiment.output has a line that is no student of this version: " + line
                            + "; delete the file, and its students are made again",
                    e);
        }
    }
}
