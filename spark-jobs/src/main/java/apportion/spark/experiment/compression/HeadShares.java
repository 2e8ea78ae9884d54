package apportion.spark.experiment.compression;

import apportion.spark.compress.CompressJob;
import apportion.spark.storage.StoredJson;
import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Objects;
import java.util.Optional;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/**
 * How far a student's heads are from their teacher's where both read what the teacher reads; means over heads that
 * changed.
 *
 * @param scores error of scores, as a share of the teacher's
 * @param outputs error of what heads add to the residual stream, likewise
 */
record HeadShares(double scores, double outputs) {

    private static final ObjectMapper JSON = new ObjectMapper();

    static HeadShares of(List<CompressJob.Head> heads) {
        return new HeadShares(mean(heads, CompressJob.Head::scoreError), mean(heads, CompressJob.Head::outputError));
    }

    private static double mean(List<CompressJob.Head> heads, Function<CompressJob.Head, @Nullable Double> error) {
        return heads.stream()
                .mapToDouble(head -> Objects.requireNonNull(error.apply(head)))
                .average()
                .orElseThrow();
    }

    String json() {
        try {
            return JSON.writeValueAsString(this) + "\n";
        } catch (JsonProcessingException e) {
            throw new IllegalStateException("numbers have a JSON form", e);
        }
    }

    /** Empty if a file does not hold them: then they are measured again. */
    static Optional<HeadShares> parse(byte[] file) {
        try {
            return Optional.of(StoredJson.read(new String(file, StandardCharsets.UTF_8), HeadShares.class));
        } catch (IllegalArgumentException e) {
            return Optional.empty();
        }
    }
}
