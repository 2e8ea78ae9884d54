package apportion.data.pack;

import java.io.Serializable;

/**
 * Neighbouring tokens of a split's stream that lie in one part.
 *
 * @param position of the first one in the stream
 * @param document ordinal, within the split, of the document that it belongs to
 */
public record Chunk(long position, long document, int[] tokens) implements Serializable {}
