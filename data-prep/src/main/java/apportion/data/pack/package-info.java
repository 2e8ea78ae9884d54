/**
 * Documents to sequences: where one split's tokens end up, and which split a document goes to.
 *
 * <p>Every document is followed by the end-of-document token, and the documents of a split, end to end, are one stream.
 * With a context of {@code T} tokens the stream is cut into rows of {@code T + 1} (inputs, and targets one further on)
 * that do not overlap: no token is lost or repeated, and only the last row of a split may be shorter. Rows are cut into
 * parts of a fixed number of rows. So a token's place follows from its position in the stream alone, never from how the
 * work was spread.
 *
 * <p>Depends on the JDK and {@code apportion.data.corpus}.
 */
@NullMarked
package apportion.data.pack;

import org.jspecify.annotations.NullMarked;
