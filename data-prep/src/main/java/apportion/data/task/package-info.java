/**
 * Seeded synthetic tasks with a known solution: sequences of vectors, and what is to be said of them.
 *
 * <p>A sequence is a function of a seed and its number, so training and validation sets are two seeds, and any sequence
 * can be made anywhere, in any order. Letters: {@code x_t} the vector at place {@code t}, from 0; {@code y_t} its
 * target; {@code d} numbers of a vector.
 *
 * <p>Depends on the JDK alone.
 */
@NullMarked
package apportion.data.task;

import org.jspecify.annotations.NullMarked;
