package apportion.data.corpus;

/** What to do with a record that is not UTF-8, holds a NUL byte, is too long, or is not the JSON it should be. */
public enum OnBadText {
    /** Stop, naming file and offset. */
    FAIL,
    /** Leave the record out and count it. */
    SKIP
}
