package apportion.data.corpus;

import java.io.Serializable;

/**
 * One text and where it came from.
 *
 * @param source name of the file
 * @param offset where it starts in the file: a byte, or a row of a table
 */
public record Document(String source, long offset, String text) implements Serializable {}
