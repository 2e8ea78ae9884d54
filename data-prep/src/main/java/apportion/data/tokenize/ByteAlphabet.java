package apportion.data.tokenize;

import java.util.Arrays;

/**
 * GPT-2's spelling of bytes as printable characters, in which vocabularies are written down.
 *
 * <p>Printable Latin-1 characters stand for themselves; the other 68 bytes, in order, for U+0100 and what follows.
 */
final class ByteAlphabet {

    private static final char[] CHARACTERS = characters();
    private static final int[] BYTES = bytes();

    private ByteAlphabet() {}

    static String spell(byte[] token) {
        StringBuilder spelling = new StringBuilder(token.length);
        for (byte value : token) {
            spelling.append(CHARACTERS[value & 0xFF]);
        }
        return spelling.toString();
    }

    /** The bytes that a spelling stands for. */
    static byte[] read(String spelling) {
        byte[] token = new byte[spelling.length()];
        for (int i = 0; i < token.length; i++) {
            char character = spelling.charAt(i);
            int value = character < BYTES.length ? BYTES[character] : -1;
            if (value < 0) {
                throw new IllegalArgumentException(String.format(
                        "token \"%s\" holds U+%04X, which stands for no byte in the byte-level alphabet",
                        spelling, (int) character));
            }
            token[i] = (byte) value;
        }
        return token;
    }

    private static char[] characters() {
        char[] characters = new char[256];
        char next = 256;
        for (int value = 0; value < 256; value++) {
            characters[value] = printable(value) ? (char) value : next++;
        }
        return characters;
    }

    private static int[] bytes() {
        int[] bytes = new int[256 + 68];
        Arrays.fill(bytes, -1);
        for (int value = 0; value < 256; value++) {
            bytes[CHARACTERS[value]] = value;
        }
        return bytes;
    }

    private static boolean printable(int value) {
        return (value >= '!' && value <= '~') || (value >= 0xA1 && value <= 0xAC) || value >= 0xAE;
    }
}
