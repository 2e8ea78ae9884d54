package apportion.spark.train;

import apportion.spark.storage.StoredJson;
import com.fasterxml.jackson.annotation.JsonInclude;
import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.util.List;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/**
 * One line of a run's {@code metrics.jsonl}.
 *
 * @param round counted from 1
 * @param step steps of each replica so far
 * @param tokens predicted by all replicas so far
 * @param loss mean training loss of the round, in nats per token
 * @param gradientNorm largest of the replicas' last steps, before clipping
 * @param divergence how far the replicas lay apart before they were averaged: root of the weighted mean of their
 *     squared distances to the mean, as a share of its norm
 * @param cursors sequences that each replica has read so far, in the order of their numbers; from 0 again where an
 *     elastic run got another number of replicas
 * @param ended when the round did, in seconds since 1970
 * @param seconds that the round took, without validation and checkpoint
 * @param slowest seconds of steps, and of waiting for sequences, of the replica with the most
 * @param split where the seconds went
 * @param bytes that were sent
 * @param learningRate of the round's last step; null in a line of an earlier release, which has no such field
 * @param validationLoss in nats per token; null where it was not measured, as the line then has no such field
 * @param balanceLoss mean load-balance loss of a mixture of experts in the round, which the losses do not hold; null
 *     without a mixture
 * @param expertTokens tokens of the round that chose each expert, layer after layer; null without a mixture
 * @param gpus that Spark gave the replicas, in the order of their numbers: the executor, a colon, and the address on
 *     its host; null where it gave none
 */
@JsonInclude(JsonInclude.Include.NON_NULL)
public record RoundRecord(
        long round,
        long step,
        long tokens,
        double loss,
        double gradientNorm,
        double divergence,
        List<Long> cursors,
        double ended,
        double seconds,
        double slowest,
        Split split,
        Bytes bytes,
        @Nullable Double learningRate,
        @Nullable Double validationLoss,
        @Nullable Double balanceLoss,
        @Nullable List<Long> expertTokens,
        @Nullable List<String> gpus) {

    /**
     * The seconds of a round as an average replica spends them; together they are the round's.
     *
     * @param publish sending the parameters out and receiving them
     * @param read waiting for sequences
     * @param compute steps
     * @param reduce averaging
     * @param outer the outer step
     * @param idle waiting for a slot, for the slowest replica, and for what Spark does between
     */
    public record Split(double publish, double read, double compute, double reduce, double outer, double idle) {}

    /**
     * What a round sends between processes: vectors, without what Spark wraps around them.
     *
     * @param down parameters, and averaged moments behind them, once to each executor
     * @param up what replicas send to be averaged, and the mean where it is made on the executors
     */
    public record Bytes(long down, long up) {}

    private static final ObjectMapper JSON = new ObjectMapper();

    public RoundRecord {
        cursors = List.copyOf(cursors);
        Objects.requireNonNull(split, "split");
        Objects.requireNonNull(bytes, "bytes");
    }

    String toJson() {
        try {
            return JSON.writeValueAsString(this);
        } catch (JsonProcessingException e) {
            throw new IllegalStateException("numbers have a JSON form", e);
        }
    }

    static RoundRecord fromJson(String line) {
        try {
            return StoredJson.read(line, RoundRecord.class);
        } catch (IllegalArgumentException e) {
            throw new IllegalArgumentException("no record of a round: " + e.getMessage(), e);
        }
    }
}
