package apportion.data.tokenize;

import java.nio.charset.StandardCharsets;
import java.util.function.Consumer;

/**
 * Cuts a text into words as GPT-2's pattern does.
 *
 * <p>The pattern is {@code 's|'t|'re|'ve|'m|'ll|'d| ?\p{L}+| ?\p{N}+| ?[^\s\p{L}\p{N}]+|\s+(?!\S)|\s+}, read from left
 * to right over the whole text. It is written out by hand over UTF-8 because a regular expression spends most of a
 * tokenizer's time.
 */
public final class Words {

    private static final byte[] ASCII = ascii();

    private Words() {}

    /** Hands every word of a text to {@code each}, in order; the words side by side are the text. */
    public static void forEach(String text, Consumer<String> each) {
        byte[] utf8 = Utf8.encode(text);
        int start = 0;
        while (start < utf8.length) {
            int end = end(utf8, start);
            each.accept(new String(utf8, start, end - start, StandardCharsets.UTF_8));
            start = end;
        }
    }

    /** Where the word that starts at {@code start} ends. */
    static int end(byte[] utf8, int start) {
        byte first = utf8[start];
        if (first == '\'') {
            int suffix = contraction(utf8, start);
            if (suffix > 0) {
                return start + suffix;
            }
        }
        int body = first == ' ' && start + 1 < utf8.length ? start + 1 : start;
        byte kind = classAt(utf8, body);
        return kind == CharacterClass.SPACE ? endOfSpaces(utf8, start) : endOfRun(utf8, body, kind);
    }

    /** Length of the contraction ('s, 't, 'm, 'd, 're, 've, 'll) at an apostrophe, or 0. */
    private static int contraction(byte[] utf8, int start) {
        if (start + 1 >= utf8.length) {
            return 0;
        }
        byte first = utf8[start + 1];
        if (first == 's' || first == 't' || first == 'm' || first == 'd') {
            return 2;
        }
        byte second = start + 2 < utf8.length ? utf8[start + 2] : 0;
        boolean two = ((first == 'r' || first == 'v') && second == 'e') || (first == 'l' && second == 'l');
        return two ? 3 : 0;
    }

    private static int endOfRun(byte[] utf8, int start, byte kind) {
        int end = start;
        while (end < utf8.length) {
            byte lead = utf8[end];
            if (lead >= 0) {
                if (ASCII[lead] != kind) {
                    break;
                }
                end++;
            } else {
                if (CharacterClass.of(codePoint(utf8, end)) != kind) {
                    break;
                }
                end += length(lead);
            }
        }
        return end;
    }

    /** A run of spaces leaves its last one to the word that follows, unless it is the only one. */
    private static int endOfSpaces(byte[] utf8, int start) {
        int last = start;
        int end = start;
        while (end < utf8.length && classAt(utf8, end) == CharacterClass.SPACE) {
            last = end;
            end += length(utf8[end]);
        }
        return end == utf8.length || last == start ? end : last;
    }

    private static byte classAt(byte[] utf8, int at) {
        byte lead = utf8[at];
        return lead >= 0 ? ASCII[lead] : CharacterClass.of(codePoint(utf8, at));
    }

    private static int length(byte lead) {
        if (lead >= 0) {
            return 1;
        }
        int bits = lead & 0xFF;
        return bits < 0xE0 ? 2 : bits < 0xF0 ? 3 : 4;
    }

    private static int codePoint(byte[] utf8, int at) {
        int lead = utf8[at] & 0xFF;
        if (lead < 0xE0) {
            return (lead & 0x1F) << 6 | (utf8[at + 1] & 0x3F);
        }
        if (lead < 0xF0) {
            return (lead & 0x0F) << 12 | (utf8[at + 1] & 0x3F) << 6 | (utf8[at + 2] & 0x3F);
        }
        return (lead & 0x07) << 18 | (utf8[at + 1] & 0x3F) << 12 | (utf8[at + 2] & 0x3F) << 6 | (utf8[at + 3] & 0x3F);
    }

    private static byte[] ascii() {
        byte[] classes = new byte[128];
        for (int i = 0; i < classes.length; i++) {
            classes[i] = CharacterClass.of(i);
        }
        return classes;
    }
}
