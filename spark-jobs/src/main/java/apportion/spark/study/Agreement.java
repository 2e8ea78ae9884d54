package apportion.spark.study;

import com.fasterxml.jackson.annotation.JsonValue;

/** Whether a measurement bears a claim out. */
public enum Agreement {
    /** It does, by the rule of the experiment. */
    AGREES("agrees"),
    /** It contradicts it, by the same rule. */
    DISAGREES("disagrees"),
    /** It is too small or too noisy for either. */
    CANNOT_TELL("cannot tell at this size");

    private final String words;

    Agreement(String words) {
        this.words = words;
    }

    /**
     * The verdict on a claim that both ends of an interval speak for, or against.
     *
     * @param holds whether the claim would be true of every value that is not ruled out
     * @param fails whether it would be false of every such value
     */
    public static Agreement of(boolean holds, boolean fails) {
        if (holds && fails) {
            throw new IllegalArgumentException("a claim cannot both hold and fail");
        }
        return holds ? AGREES : fails ? DISAGREES : CANNOT_TELL;
    }

    /** As pages and files say it. */
    @JsonValue
    public String words() {
        return words;
    }
}
