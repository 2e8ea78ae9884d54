package apportion.spark.evaluate;

import java.util.List;

/**
 * Losses on some documents.
 *
 * @param documents in their order; documents without a predicted token are left out
 */
public record Measurement(List<DocumentLoss> documents) {

    public Measurement {
        documents = List.copyOf(documents);
    }

    /** Predicted tokens. */
    public long tokens() {
        return documents.stream().mapToLong(DocumentLoss::tokens).sum();
    }

    /** Bytes of UTF-8 text that those tokens stand for. */
    public long bytes() {
        return documents.stream().mapToLong(DocumentLoss::bytes).sum();
    }

    private double total() {
        double total = 0;
        for (DocumentLoss document : documents) {
            total += document.loss();
        }
        return total;
    }

    /** Nats per predicted token. */
    public double loss() {
        return total() / tokens();
    }

    /** {@code e^loss}. */
    public double perplexity() {
        return Math.exp(loss());
    }

    /** Bits per byte of text. */
    public double bitsPerByte() {
        return total() / Math.log(2) / bytes();
    }
}
