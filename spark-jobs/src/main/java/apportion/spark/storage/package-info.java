/**
 * Files that survive a crash, on any file system that Hadoop knows: the only package that touches Hadoop's
 * {@code FileSystem}.
 *
 * <p>A path is a text: {@code runs/a}, {@code file:/data/a}, {@code hdfs://host/a}, {@code s3a://bucket/a}; without a
 * scheme it lies on the cluster's default file system. What comes back from a listing has its scheme, so it means the
 * same on every executor.
 *
 * <p>Invariants, on a file system with an atomic rename ({@code file:}, {@code hdfs:}):
 *
 * <ul>
 *   <li>a file written here is there whole or not at all, and its bytes are on the disk before its name is;
 *   <li>so is a {@link apportion.spark.storage.StagedDirectory staged directory};
 *   <li>a line that {@link apportion.spark.storage.LineLog} has accepted is still there after a loss of power.
 * </ul>
 *
 * An object store ({@code s3a:}) shows a file only once it is complete, so files are written in place; and it renames a
 * directory by copying its files one after the other. There a directory holds an object {@code _unfinished} until all
 * else is in it, and counts as not there while it does. Whoever reads it without asking waits for its manifest, which
 * is written last.
 *
 * <p>Whoever writes an output {@link apportion.spark.storage.Claim claims} it first, so that one process at a time
 * does; {@code docs/decisions/0037-one-process-writes-an-output.md} says how, and within which limits.
 *
 * <p>Failures are {@link apportion.spark.failure.Failure} with one line that names the path and the remedy. On
 * {@code file:} no {@code .crc} files are left behind: manifests hold SHA-256 sums instead.
 */
@NullMarked
package apportion.spark.storage;

import org.jspecify.annotations.NullMarked;
