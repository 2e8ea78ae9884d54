package apportion.model.checkpoint;

import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.util.List;

/**
 * The few things that checkpoints ask of a file system.
 *
 * <p>Paths are texts with {@code /} between names; a scheme may stand in front ({@code hdfs://name/run}). This package
 * only ever appends {@code /name} to a path that it was given.
 */
public interface CheckpointStore {

    /**
     * Creates a file, or replaces it, with the directories above it.
     *
     * @return a stream whose {@code close} returns only when all bytes are durable
     */
    OutputStream create(String file) throws IOException;

    /** Reads a file from the byte at {@code offset} on. */
    InputStream open(String file, long offset) throws IOException;

    /** Length of a file in bytes. */
    long length(String file) throws IOException;

    /** Whether there is a file or directory of this path. */
    boolean exists(String path) throws IOException;

    /** Names, without the path, of what a directory holds; none where there is no such directory. */
    List<String> list(String directory) throws IOException;

    /**
     * Gives a directory another name beside its old one, durably, in one step where the file system can.
     *
     * @throws IOException also where {@code to} exists
     */
    void rename(String from, String to) throws IOException;

    /** Deletes a file, or a directory with all that it holds; does nothing where there is none. */
    void delete(String path) throws IOException;
}
