package apportion.spark.train;

/** What becomes of AdamW's moments at an average; the steps that correct their bias are counted on in any case. */
public enum OptimizerState {
    /** Each replica keeps its own. */
    KEPT,
    /** Each round begins with moments of zero: what Deeplearning4j's own master does unless told otherwise. */
    DROPPED,
    /**
     * Averaged as the parameters are, with the same weights, so that all replicas begin a round with the same ones:
     * Deeplearning4j's {@code saveUpdater}. Sends three vectors where the others send one.
     */
    AVERAGED
}
