/**
 * Models to and from other programs: Hugging Face's {@code transformers} and Deeplearning4j.
 *
 * <p>What is imported becomes a run's directory like any other, with a checkpoint of round 0 and the tokenizer beside
 * it, so every command that reads checkpoints reads it. Nothing that exists is ever written over, and what is written
 * appears whole or not at all.
 */
@NullMarked
package apportion.spark.exchange;

import org.jspecify.annotations.NullMarked;
