package apportion.model.inspect;

/** What attention statistics are means of; the package's documentation defines them. */
public enum Statistic {
    ENTROPY,
    DISTANCE,
    FIRST,
    LOGIT_NORM,
    JACOBIAN,
    PREVIOUS,
    SAME,
    INDUCTION,
    /** Not a mean over queries, but what the loss of a predicted token rises by when the head is cut. */
    IMPORTANCE
}
