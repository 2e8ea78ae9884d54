package apportion.model.config;

import java.io.Serializable;

/**
 * Which parts of the model use the same weights.
 *
 * @param embedding between the input embedding and the output projection
 */
public record Sharing(Embedding embedding) implements Serializable {

    /** Sharing between the input embedding {@code E [V, C]} and the output projection. */
    public enum Embedding {
        /** Two matrices. */
        NONE,
        /** {@code logits = h E^T} (Press and Wolf 2017). */
        FULL
    }
}
