package apportion.data.pack;

import apportion.data.corpus.ContentKey;
import java.io.Serializable;
import java.util.Arrays;
import java.util.EnumMap;
import java.util.Map;

/** Which of a corpus' tokens are kept from training, to measure it. */
public sealed interface ValidationSplit extends Serializable {

    /** A document's tokens, by split; each piece ends with the end-of-document token. */
    Map<Split, int[]> split(ContentKey key, int[] tokens, int endOfDocument);

    /** The part of a document that a tokenizer may learn from. */
    String trainingText(ContentKey key, String text);

    /**
     * Whole documents, drawn by their text and the seed: adding files to the corpus moves none of the others.
     *
     * @param fraction of the documents, in expectation
     */
    record ByDocument(double fraction, long seed) implements ValidationSplit {
        public ByDocument {
            requireFraction(fraction);
        }

        @Override
        public Map<Split, int[]> split(ContentKey key, int[] tokens, int endOfDocument) {
            Split split = key.draw(seed) < fraction ? Split.VALIDATION : Split.TRAIN;
            return Map.of(split, ended(tokens, 0, tokens.length, endOfDocument));
        }

        @Override
        public String trainingText(ContentKey key, String text) {
            return key.draw(seed) < fraction ? "" : text;
        }
    }

    /**
     * The end of every document: for a corpus of one or few.
     *
     * @param fraction of each document's tokens
     */
    record Tail(double fraction) implements ValidationSplit {
        public Tail {
            requireFraction(fraction);
        }

        @Override
        public Map<Split, int[]> split(ContentKey key, int[] tokens, int endOfDocument) {
            int cut = (int) (tokens.length * (1 - fraction));
            Map<Split, int[]> pieces = new EnumMap<>(Split.class);
            pieces.put(Split.TRAIN, ended(tokens, 0, cut, endOfDocument));
            if (cut < tokens.length) {
                pieces.put(Split.VALIDATION, ended(tokens, cut, tokens.length, endOfDocument));
            }
            return pieces;
        }

        @Override
        public String trainingText(ContentKey key, String text) {
            return text.substring(0, (int) (text.length() * (1 - fraction)));
        }
    }

    /** All to one side: for a validation corpus of its own. */
    record All(Split split) implements ValidationSplit {
        @Override
        public Map<Split, int[]> split(ContentKey key, int[] tokens, int endOfDocument) {
            return Map.of(split, ended(tokens, 0, tokens.length, endOfDocument));
        }

        @Override
        public String trainingText(ContentKey key, String text) {
            return split == Split.TRAIN ? text : "";
        }
    }

    private static int[] ended(int[] tokens, int from, int to, int endOfDocument) {
        int[] ended = Arrays.copyOfRange(tokens, from, to + 1);
        ended[to - from] = endOfDocument;
        return ended;
    }

    private static void requireFraction(double fraction) {
        if (!(fraction > 0 && fraction < 1)) {
            throw new IllegalArgumentException(
                    "validation fraction = " + fraction + ", but it must lie between 0 and 1");
        }
    }
}
