package apportion.spark.bench;

import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.IOException;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.Map;

/**
 * What one process measured.
 *
 * @param variant how it computed, in a word or two
 * @param losses mean loss of each step before its update, in nats
 * @param stepSeconds time of each step
 * @param peakResidentBytes most memory that the process held while it trained
 * @param allocatedBytesPerStep allocated on the Java heap in the last step
 * @param productFlopsPerSecond of the fastest matrix product
 * @param operationSeconds of a step, by the backend's operations; empty for the peer
 */
record TrainTurn(
        String variant,
        double[] losses,
        double[] stepSeconds,
        long peakResidentBytes,
        long allocatedBytesPerStep,
        double productFlopsPerSecond,
        Map<String, Double> operationSeconds) {

    private static final ObjectMapper MAPPER = new ObjectMapper();

    static TrainTurn read(Path file) throws IOException {
        return MAPPER.readValue(file.toFile(), TrainTurn.class);
    }

    void write(Path file) throws IOException {
        MAPPER.writeValue(file.toFile(), this);
    }

    /** Median time of a step after the first {@code warmUp}. */
    double medianStepSeconds(int warmUp) {
        return Sample.of(Arrays.copyOfRange(stepSeconds, warmUp, stepSeconds.length))
                .median();
    }
}
