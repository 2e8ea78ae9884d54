package apportion.spark.conf;

import apportion.model.config.HeadGroup;
import java.util.OptionalInt;

/**
 * Heads of one size, as a configuration names them.
 *
 * @param kvHeads keys and values that serve the heads; empty: one for each
 */
public record HeadSettings(int heads, int headDim, OptionalInt kvHeads) {

    public HeadSettings {
        new HeadGroup(heads, headDim, kvHeads.orElse(heads));
    }

    /** The heads themselves. */
    public HeadGroup toGroup() {
        return new HeadGroup(heads, headDim, kvHeads.orElse(heads));
    }
}
