package apportion.data.tokenize;

import java.nio.charset.StandardCharsets;

/** UTF-8 in which a surrogate without its partner is U+FFFD; Java's own encoder writes a question mark there. */
final class Utf8 {

    private Utf8() {}

    static byte[] encode(String text) {
        String paired = hasLoneSurrogate(text) ? repaired(text) : text;
        return paired.getBytes(StandardCharsets.UTF_8);
    }

    private static boolean hasLoneSurrogate(String text) {
        for (int i = 0; i < text.length(); i++) {
            char unit = text.charAt(i);
            if (Character.isSurrogate(unit)) {
                boolean paired = Character.isHighSurrogate(unit)
                        && i + 1 < text.length()
                        && Character.isLowSurrogate(text.charAt(i + 1));
                if (!paired) {
                    return true;
                }
                i++;
            }
        }
        return false;
    }

    private static String repaired(String text) {
        StringBuilder repaired = new StringBuilder(text.length());
        text.codePoints()
                .map(point -> point >= Character.MIN_SURROGATE && point <= Character.MAX_SURROGATE ? 0xFFFD : point)
                .forEach(repaired::appendCodePoint);
        return repaired.toString();
    }
}
