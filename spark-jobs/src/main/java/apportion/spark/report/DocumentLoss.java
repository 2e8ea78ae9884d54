package apportion.spark.report;

import com.fasterxml.jackson.annotation.JsonFormat;
import com.fasterxml.jackson.annotation.JsonPropertyOrder;

/**
 * A trial's loss on one validation document; in JSON the triple {@code [loss, tokens, bytes]}.
 *
 * @param loss nats, summed over the document's predicted tokens
 * @param tokens predicted
 * @param bytes of UTF-8 text that those tokens stand for
 */
@JsonFormat(shape = JsonFormat.Shape.ARRAY)
@JsonPropertyOrder({"loss", "tokens", "bytes"})
public record DocumentLoss(double loss, long tokens, long bytes) {

    public DocumentLoss {
        if (!(loss >= 0) || Double.isInfinite(loss)) {
            throw new IllegalArgumentException("a document's loss must be finite and at least 0, got " + loss);
        }
        if (tokens < 0 || bytes < 0) {
            throw new IllegalArgumentException(
                    "a document's tokens and bytes must be at least 0, got " + tokens + " and " + bytes);
        }
    }
}
