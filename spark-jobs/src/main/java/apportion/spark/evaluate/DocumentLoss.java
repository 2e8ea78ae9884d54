package apportion.spark.evaluate;

import com.fasterxml.jackson.annotation.JsonFormat;
import com.fasterxml.jackson.annotation.JsonPropertyOrder;
import java.io.Serializable;

/**
 * Loss on one document; in JSON the triple {@code [loss, tokens, bytes]}.
 *
 * @param loss nats, summed over the document's predicted tokens; not finite where the model diverged
 * @param tokens predicted
 * @param bytes of UTF-8 text that those tokens stand for
 */
@JsonFormat(shape = JsonFormat.Shape.ARRAY)
@JsonPropertyOrder({"loss", "tokens", "bytes"})
public record DocumentLoss(double loss, long tokens, long bytes) implements Serializable {

    public DocumentLoss {
        if (tokens < 0 || bytes < 0) {
            throw new IllegalArgumentException(
                    "a document's tokens and bytes must be at least 0, got " + tokens + " and " + bytes);
        }
    }

    DocumentLoss plus(DocumentLoss other) {
        return new DocumentLoss(loss + other.loss, tokens + other.tokens, bytes + other.bytes);
    }
}
