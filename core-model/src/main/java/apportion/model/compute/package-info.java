/**
 * The dozen fused operations that a Transformer is made of, each with its gradient, behind one interface.
 *
 * <p>Every {@link apportion.model.compute.Tensor} is a matrix in row-major order: a row a token, a column a feature.
 * Letters: {@code n = b t} tokens of {@code b} sequences of {@code t} tokens each, {@code i} and {@code o} inputs and
 * outputs of a projection, {@code V} vocabulary, {@code C} model width, {@code A} attention width, {@code P} width of a
 * row with a token's queries, keys and values, {@code F} feed-forward width. A variable {@code x_nc} holds a tensor of
 * shape {@code [n, C]}.
 *
 * <p>Invariants:
 *
 * <ul>
 *   <li>A tensor is a handle. Nothing outside a backend reads its numbers but through
 *       {@link apportion.model.compute.Backend#read}, so they may live on any device.
 *   <li>Operations write into tensors that the caller owns; they allocate nothing that outlives them.
 *   <li>Operations that back-propagate into a weight <em>add</em> to its gradient, because a shared weight has several
 *       uses. Those that back-propagate into an activation say whether they add or overwrite.
 *   <li>The same calls with the same values give the same bits, on the same backend; nd4j also needs the same thread
 *       count, and onednn the same kind of CPU.
 * </ul>
 *
 * <p>Depends on {@code model.config} only; each backend has a package of its own, which
 * {@link apportion.model.compute.Backends} alone knows.
 */
@NullMarked
package apportion.model.compute;

import org.jspecify.annotations.NullMarked;
