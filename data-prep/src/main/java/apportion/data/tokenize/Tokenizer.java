package apportion.data.tokenize;

import java.io.ByteArrayOutputStream;
import java.io.Serializable;
import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.Arrays;
import java.util.HexFormat;
import java.util.Map;
import java.util.SortedMap;
import java.util.TreeMap;

/**
 * Byte-level byte-pair encoding, fixed once learned; with no merges it is the tokenizer of bytes.
 *
 * <p>Safe for many threads, each of which keeps a cache of words. Serializes as its JSON.
 */
public final class Tokenizer implements Serializable {

    /** Name of the special token that ends a document. */
    public static final String END_OF_DOCUMENT = "<|endoftext|>";

    private final transient byte[][] tokens;
    private final transient SortedMap<Integer, String> specials;
    private final transient Merges merges;
    private final transient int[] byteTokens;
    private final transient int endOfDocument;
    private final transient ThreadLocal<TextEncoder> encoders;

    /**
     * A tokenizer of a complete vocabulary.
     *
     * @param tokens the bytes of every token, by id; a special token has none
     * @param specials names of the special tokens, by id
     */
    Tokenizer(byte[][] tokens, Map<Integer, String> specials, Merges merges) {
        this.tokens = tokens;
        this.specials = new TreeMap<>(specials);
        this.merges = merges;
        this.byteTokens = byteTokens(tokens);
        this.endOfDocument = endOfDocument(this.specials);
        this.encoders = ThreadLocal.withInitial(() -> new TextEncoder(new WordMerger(byteTokens, merges)));
    }

    /** Every byte is the token of its value, and 256 ends a document. */
    public static Tokenizer bytes() {
        byte[][] tokens = new byte[257][];
        for (int value = 0; value < 256; value++) {
            tokens[value] = new byte[] {(byte) value};
        }
        tokens[256] = new byte[0];
        return new Tokenizer(tokens, Map.of(256, END_OF_DOCUMENT), new Merges(new int[0], new int[0], new int[0]));
    }

    /** Reads Hugging Face's {@code tokenizer.json}; a file that asks for what this class does not do is refused. */
    public static Tokenizer fromJson(String json) {
        return TokenizerFile.read(json);
    }

    /** Reads the two files in which GPT-2 was published, {@code vocab.json} and {@code merges.txt}. */
    public static Tokenizer fromGpt2(String vocabulary, String merges) {
        return TokenizerFile.readGpt2(vocabulary, merges);
    }

    /** The tokenizer in Hugging Face's format; equal tokenizers give equal texts. */
    public String toJson() {
        return TokenizerFile.write(this);
    }

    /** SHA-256 of {@link #toJson()} in hexadecimal: the tokenizer's identity. */
    public String sha256() {
        try {
            byte[] json = toJson().getBytes(StandardCharsets.UTF_8);
            return HexFormat.of().formatHex(MessageDigest.getInstance("SHA-256").digest(json));
        } catch (NoSuchAlgorithmException e) {
            throw new IllegalStateException("every Java has SHA-256", e);
        }
    }

    /** How many tokens there are, special ones included; ids run from 0 to one less. */
    public int vocabularySize() {
        return tokens.length;
    }

    /** Id of the special token that ends a document. */
    public int endOfDocument() {
        return endOfDocument;
    }

    /** The tokens of a text; no special token is added, and none comes of the text. */
    public int[] encode(String text) {
        byte[] utf8 = Utf8.encode(text);
        return merges.count() == 0 ? encodeBytes(utf8) : encoders.get().encode(utf8);
    }

    /** The text of tokens; special ones are left out, and what is not UTF-8 (a character cut in two) is U+FFFD. */
    public String decode(int[] ids) {
        return new String(decodeBytes(ids), StandardCharsets.UTF_8);
    }

    /** The bytes of tokens; special ones have none. */
    public byte[] decodeBytes(int[] ids) {
        ByteArrayOutputStream bytes = new ByteArrayOutputStream(ids.length * 4);
        for (int id : ids) {
            bytes.writeBytes(token(id));
        }
        return bytes.toByteArray();
    }

    /** How many bytes of text a token stands for; 0 for a special one. */
    public int byteLength(int id) {
        return token(id).length;
    }

    Merges merges() {
        return merges;
    }

    SortedMap<Integer, String> specials() {
        return specials;
    }

    byte[] token(int id) {
        if (id < 0 || id >= tokens.length) {
            throw new IllegalArgumentException(
                    "token " + id + " is not in the vocabulary, whose ids run from 0 to " + (tokens.length - 1));
        }
        return tokens[id];
    }

    private int[] encodeBytes(byte[] utf8) {
        int[] ids = new int[utf8.length];
        for (int i = 0; i < ids.length; i++) {
            ids[i] = byteTokens[utf8[i] & 0xFF];
        }
        return ids;
    }

    private static int[] byteTokens(byte[][] tokens) {
        int[] byteTokens = new int[256];
        Arrays.fill(byteTokens, -1);
        for (int id = 0; id < tokens.length; id++) {
            if (tokens[id].length == 1) {
                byteTokens[tokens[id][0] & 0xFF] = id;
            }
        }
        for (int value = 0; value < 256; value++) {
            if (byteTokens[value] < 0) {
                throw new IllegalArgumentException(String.format(
                        "the vocabulary has no token for byte 0x%02X, so not every text could be encoded", value));
            }
        }
        return byteTokens;
    }

    private static int endOfDocument(SortedMap<Integer, String> specials) {
        return specials.entrySet().stream()
                .filter(special -> special.getValue().equals(END_OF_DOCUMENT))
                .mapToInt(Map.Entry::getKey)
                .findFirst()
                .orElseThrow(() -> new IllegalArgumentException("there is no special token " + END_OF_DOCUMENT
                        + " to end documents with; add it to added_tokens"));
    }

    private Object writeReplace() {
        return new Json(toJson());
    }

    private record Json(String json) implements Serializable {
        private Object readResolve() {
            return fromJson(json);
        }
    }
}
