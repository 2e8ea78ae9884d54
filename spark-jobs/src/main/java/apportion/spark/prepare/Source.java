package apportion.spark.prepare;

import java.io.Serializable;

/**
 * A file of the corpus.
 *
 * @param name in messages and the manifest
 * @param path where its bytes lie
 */
record Source(String name, String path, long bytes) implements Serializable {}
