/**
 * What a run leaves behind so that it can go on: checkpoints, and the safetensors files in them.
 *
 * <p>A run directory holds one directory a checkpoint, {@code round-000123}: the state after 123 finished rounds.
 *
 * <pre>
 * model.safetensors      the parameters: one flat vector, cut into named tensors that follow each other without a gap
 * optimizer.safetensors  replica.0.first-moment, replica.0.second-moment, replica.1.first-moment, ...: flat vectors,
 *                        each as long as the parameters and of their type; behind a replica's moments its residual
 *                        (replica.0.residual) where replicas have one; then outer.momentum where there is one
 * state.json             {@link apportion.model.checkpoint.TrainingState}: round, step, tokens, replicas, provenance
 * config.json            the resolved configuration; this package keeps its text and does not look into it
 * manifest.json          format version; name, length and SHA-256 of each of the four files above
 * </pre>
 *
 * <p>Invariants:
 *
 * <ul>
 *   <li>A checkpoint is written beside its place, in {@code .writing-round-000123}, each file durable before the next
 *       and {@code manifest.json} last, and then renamed: a directory {@code round-...} without a manifest that fits
 *       was torn by a file system whose rename is not atomic, or damaged later.
 *   <li>Every byte counts: the manifest holds the SHA-256 of the others, and is itself accepted only in exactly the
 *       bytes that the writer gives it. One changed or missing byte anywhere makes a checkpoint unusable, by name.
 *   <li>The same contents give the same bytes: no times, no host names, maps in the order of their keys.
 *   <li>One process at a time writes to a run directory; any number may read.
 *   <li>No more than one replica's optimizer state is in memory at a time, in writing and in reading.
 * </ul>
 *
 * <p>Safetensors (Hugging Face, format of version 0.3 and later): an 8-byte little-endian length {@code n}, {@code n}
 * bytes of JSON {@code {"name":{"dtype":"F32","shape":[2,3],"data_offsets":[0,24]},"__metadata__":{"key":"text"}}},
 * padded with spaces to a multiple of 8, then the tensors' values, little-endian, row-major and without gaps.
 * {@code data_offsets} count from the end of the JSON.
 *
 * <p>Depends on the JDK and on Jackson alone. Where the files lie is
 * {@link apportion.model.checkpoint.CheckpointStore}'s matter: {@link apportion.model.checkpoint.LocalStore} is the
 * local disk, other file systems implement it elsewhere. Contents that cannot be used are a
 * {@link apportion.model.checkpoint.CheckpointError}; a file system that fails is an {@link java.io.IOException}.
 * Nothing here uses Java serialization.
 */
@NullMarked
package apportion.model.checkpoint;

import org.jspecify.annotations.NullMarked;
