package apportion.spark.storage;

/**
 * What a file holds that was just written.
 *
 * @param bytes its length
 * @param sha256 of its bytes, in hexadecimal
 */
public record Written(long bytes, String sha256) implements java.io.Serializable {}
