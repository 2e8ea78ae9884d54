package apportion.spark.sweep;

import apportion.model.count.ModelCount;

/** What all layouts of a sweep cost alike. */
public enum Equal {
    /** Heads * head-dim in every layer, the budget; the feed-forward width is the configured one for all. */
    ATTENTION_WIDTH,
    /** Trained numbers, as nearly as a whole feed-forward width allows. */
    PARAMETERS,
    /** Operations of a forward pass over one sequence, likewise. */
    FLOPS;

    /** What a model costs of it. */
    long of(ModelCount count) {
        return switch (this) {
            case ATTENTION_WIDTH -> throw new IllegalStateException("an attention width is not counted");
            case PARAMETERS -> count.parameters();
            case FLOPS -> count.forwardFlops();
        };
    }

    String words() {
        return switch (this) {
            case ATTENTION_WIDTH -> "attention width";
            case PARAMETERS -> "parameters";
            case FLOPS -> "FLOPs of a forward pass";
        };
    }
}
