package apportion.spark.report;

import com.fasterxml.jackson.annotation.JsonSubTypes;
import com.fasterxml.jackson.annotation.JsonTypeInfo;

/** How a trial ended. */
@JsonTypeInfo(use = JsonTypeInfo.Id.NAME, property = "status")
@JsonSubTypes({
    @JsonSubTypes.Type(value = Outcome.Done.class, name = "done"),
    @JsonSubTypes.Type(value = Outcome.Diverged.class, name = "diverged"),
    @JsonSubTypes.Type(value = Outcome.Failed.class, name = "failed")
})
public sealed interface Outcome {

    /** Trained to its end and evaluated. */
    record Done(Validation validation) implements Outcome {}

    /** The loss or the parameters stopped being finite. */
    record Diverged(int round, int replica, String message) implements Outcome {}

    /** Anything else that kept the trial from its end. */
    record Failed(String message) implements Outcome {}

    /**
     * Loss on the whole validation split.
     *
     * @param loss nats per predicted token
     * @param tokens predicted
     * @param bytes of UTF-8 text that those tokens stand for
     */
    record Validation(double loss, long tokens, long bytes) {

        public Validation {
            if (!(loss >= 0) || Double.isInfinite(loss)) {
                throw new IllegalArgumentException("a validation loss must be finite and at least 0, got " + loss
                        + "; a trial without one has diverged");
            }
            if (tokens < 1 || bytes < 1) {
                throw new IllegalArgumentException(
                        "a validation loss must rest on at least 1 token and 1 byte, got " + tokens + " and " + bytes);
            }
        }

        public double perplexity() {
            return Math.exp(loss);
        }

        public double bitsPerByte() {
            return loss / Math.log(2) * tokens / bytes;
        }
    }
}
