package apportion.spark.storage;

/**
 * A file that was found.
 *
 * @param path with its scheme, so that it means the same on every machine
 * @param bytes its length
 */
public record StoredFile(String path, long bytes) implements java.io.Serializable {

    /** The last part of the path. */
    public String name() {
        return path.substring(path.lastIndexOf('/') + 1);
    }
}
