package apportion.spark.evaluate;

import java.io.Serializable;

/**
 * Loss on one document.
 *
 * @param loss nats, summed over the document's predicted tokens
 * @param tokens predicted
 * @param bytes of UTF-8 text that those tokens stand for
 */
public record DocumentLoss(double loss, long tokens, long bytes) implements Serializable {

    DocumentLoss plus(DocumentLoss other) {
        return new DocumentLoss(loss + other.loss, tokens + other.tokens, bytes + other.bytes);
    }
}
