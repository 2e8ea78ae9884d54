package apportion.model.checkpoint;

/** A file's contents cannot be used: says which file, what it holds, what it must hold and what to do. */
public final class CheckpointError extends RuntimeException {

    public CheckpointError(String where, String problem) {
        // Names in a file may come from anywhere; a message is one line all the same.
        super((where + ": " + problem).replaceAll("\\p{Cntrl}", "?"));
    }
}
