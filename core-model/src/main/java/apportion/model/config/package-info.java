/**
 * What a model is, before any number is computed: records that cannot be wrong, built on the JDK alone.
 *
 * <p>Sizes, each with one letter that the code keeps: {@code V} vocabulary, {@code T} context in tokens, {@code C}
 * model width, {@code L} layers, {@code h} heads, {@code d} head dimension, {@code A} attention width ({@code sum of h
 * d} over the head groups; it need not equal {@code C}), {@code P} width of a row with a token's queries, keys and
 * values, {@code F} feed-forward width.
 */
@NullMarked
package apportion.model.config;

import org.jspecify.annotations.NullMarked;
