package apportion.data.corpus;

/** A corpus that cannot be read as asked; the message names the file, the place and the remedy. */
public final class CorpusException extends RuntimeException {

    public CorpusException(String message) {
        super(message);
    }

    public CorpusException(String message, Throwable cause) {
        super(message, cause);
    }
}
