package apportion.spark.experiment.compression;

import apportion.spark.compress.CompressConfig.Method;
import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.ObjectMapper;

/**
 * A student as it was made, one line of {@code students.jsonl}.
 *
 * @param id hash of everything that could change it
 * @param seed of its teacher
 * @param student its name
 * @param method where its matrices come from
 * @param scoreError of its heads' scores, as a share of their teacher's; mean over heads that changed
 * @param outputError of what they add to the residual stream, likewise
 */
record Made(String id, long seed, String student, Method method, double scoreError, double outputError) {

    private static final ObjectMapper JSON = new ObjectMapper();

    String line() {
        try {
            return JSON.writeValueAsString(this);
        } catch (JsonProcessingException e) {
            throw new IllegalStateException("texts and numbers have a JSON form", e);
        }
    }

    static Made parse(String line) {
        try {
            return JSON.readValue(line, Made.class);
        } catch (JsonProcessingException e) {
            throw new IllegalArgumentException("a line of students.jsonl is no student: " + line, e);
        }
    }
}
