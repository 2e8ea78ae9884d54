package apportion.data.pack;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;

/**
 * Cuts a piece of a split's stream into chunks that each lie in one part.
 *
 * <p>Documents come in order; {@code position} and {@code document} say where in the stream the first one starts.
 */
public final class StreamCutter {

    private final long partTokens;
    private long position;
    private long document;

    public StreamCutter(Layout layout, long position, long document) {
        this.partTokens = layout.partTokens();
        this.position = position;
        this.document = document;
    }

    /** The chunks of the next document, whose last token is the end-of-document token. */
    public List<Chunk> next(int[] tokens) {
        List<Chunk> chunks = new ArrayList<>(1);
        int from = 0;
        while (from < tokens.length) {
            long room = partTokens - position % partTokens;
            int to = (int) Math.min(tokens.length, from + room);
            chunks.add(new Chunk(position, document, Arrays.copyOfRange(tokens, from, to)));
            position += to - from;
            from = to;
        }
        document++;
        return chunks;
    }

    /** Number of the part that a chunk lies in. */
    public int part(Chunk chunk) {
        return Math.toIntExact(chunk.position() / partTokens);
    }
}
