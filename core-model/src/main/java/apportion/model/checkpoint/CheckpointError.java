package apportion.model.checkpoint;

/** A file's contents cannot be used: says which file, what it holds, what it must hold and what to do. */
public final class CheckpointError extends RuntimeException {

    public CheckpointError(String where, String problem) {
        super(where + ": " + problem);
    }
}
