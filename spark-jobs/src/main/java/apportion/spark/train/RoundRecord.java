package apportion.spark.train;

import com.fasterxml.jackson.annotation.JsonInclude;
import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * One line of a run's {@code metrics.jsonl}.
 *
 * @param round counted from 1
 * @param step steps of each replica so far
 * @param tokens predicted by all replicas so far
 * @param loss mean training loss of the round, in nats per token
 * @param gradientNorm largest of the replicas' last steps, before clipping
 * @param seconds that the round took, without validation and checkpoint
 * @param validationLoss in nats per token; null where it was not measured, as the line then has no such field
 * @param balanceLoss mean load-balance loss of a mixture of experts in the round, which the losses do not hold; null
 *     without a mixture
 * @param expertTokens tokens of the round that chose each expert, layer after layer; null without a mixture
 */
@JsonInclude(JsonInclude.Include.NON_NULL)
public record RoundRecord(
        long round,
        long step,
        long tokens,
        double loss,
        double gradientNorm,
        double seconds,
        @Nullable Double validationLoss,
        @Nullable Double balanceLoss,
        @Nullable List<Long> expertTokens) {

    private static final ObjectMapper JSON = new ObjectMapper();

    String toJson() {
        try {
            return JSON.writeValueAsString(this);
        } catch (JsonProcessingException e) {
            throw new IllegalStateException("numbers have a JSON form", e);
        }
    }

    static RoundRecord fromJson(String line) {
        try {
            return JSON.readValue(line, RoundRecord.class);
        } catch (JsonProcessingException e) {
            throw new IllegalArgumentException("no record of a round: " + e.getOriginalMessage(), e);
        }
    }
}
