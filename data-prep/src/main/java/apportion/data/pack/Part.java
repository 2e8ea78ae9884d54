package apportion.data.pack;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.Comparator;
import java.util.List;

/**
 * The rows of one part, in order.
 *
 * @param rows tokens of each row
 * @param documents ordinal of the document that each row's first token belongs to
 */
public record Part(List<int[]> rows, long[] documents) {

    /** Puts a part together from its chunks, whatever their order. */
    public static Part of(Iterable<Chunk> chunks, Layout layout, int endOfDocument) {
        List<Chunk> ordered = new ArrayList<>();
        chunks.forEach(ordered::add);
        ordered.sort(Comparator.comparingLong(Chunk::position));
        return cut(joined(ordered), ordered.get(0).document(), layout, endOfDocument);
    }

    private static int[] joined(List<Chunk> chunks) {
        int count = chunks.stream().mapToInt(chunk -> chunk.tokens().length).sum();
        int[] tokens = new int[count];
        long start = chunks.get(0).position();
        int at = 0;
        for (Chunk chunk : chunks) {
            if (chunk.position() != start + at) {
                throw new IllegalStateException(
                        "tokens at " + (start + at) + " are missing before those at " + chunk.position());
            }
            System.arraycopy(chunk.tokens(), 0, tokens, at, chunk.tokens().length);
            at += chunk.tokens().length;
        }
        return tokens;
    }

    private static Part cut(int[] tokens, long firstDocument, Layout layout, int endOfDocument) {
        int count = Math.toIntExact(layout.rows(tokens.length));
        List<int[]> rows = new ArrayList<>(count);
        long[] documents = new long[count];
        long document = firstDocument;
        for (int row = 0; row < count; row++) {
            int from = row * layout.rowTokens();
            int[] tokensOfRow = Arrays.copyOfRange(tokens, from, Math.min(tokens.length, from + layout.rowTokens()));
            rows.add(tokensOfRow);
            documents[row] = document;
            document += Arrays.stream(tokensOfRow)
                    .filter(token -> token == endOfDocument)
                    .count();
        }
        return new Part(rows, documents);
    }
}
