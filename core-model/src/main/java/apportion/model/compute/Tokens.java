package apportion.model.compute;

/**
 * Token ids where a backend's operations read them.
 *
 * <p>As a target, {@link #NONE} marks a place that predicts nothing.
 */
public interface Tokens extends AutoCloseable {

    /** Target of a place that predicts nothing: a row's padding, or a token that another window predicts. */
    int NONE = -1;

    /** Replaces the ids. */
    void write(int[] ids);

    @Override
    void close();
}
