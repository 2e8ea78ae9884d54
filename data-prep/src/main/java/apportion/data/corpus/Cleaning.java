package apportion.data.corpus;

import java.io.Serializable;
import java.text.Normalizer;

/**
 * Makes texts that look the same be the same.
 *
 * <p>A surrogate without its partner, which JSON can spell but no encoding can store, becomes U+FFFD in any case.
 *
 * @param normalize Unicode normalization form C, so that an accented letter has one spelling
 * @param removeControls line ends become LF; other control characters but the tab go, and where one that separates
 *     stood between two words, a space stays
 * @param trim spaces at both ends go
 */
public record Cleaning(boolean normalize, boolean removeControls, boolean trim) implements Serializable {

    public String clean(String text) {
        String clean = paired(text);
        if (removeControls) {
            clean = withoutControls(clean);
        }
        if (normalize && !Normalizer.isNormalized(clean, Normalizer.Form.NFC)) {
            clean = Normalizer.normalize(clean, Normalizer.Form.NFC);
        }
        return trim ? clean.strip() : clean;
    }

    private static String withoutControls(String text) {
        int first = firstControl(text);
        if (first == text.length()) {
            return text;
        }
        StringBuilder clean = new StringBuilder(text.length()).append(text, 0, first);
        boolean separated = false;
        for (int i = first; i < text.length(); i++) {
            char unit = text.charAt(i);
            boolean beforeLineFeed = i + 1 < text.length() && text.charAt(i + 1) == '\n';
            if (isLineEnd(unit) && !(unit == '\r' && beforeLineFeed)) {
                clean.append('\n');
                separated = false;
            } else if (isSeparator(unit)) {
                separated = true;
            } else if (!Character.isISOControl(unit) || unit == '\t') {
                if (separated && endsInWord(clean) && !Character.isWhitespace(unit)) {
                    clean.append(' ');
                }
                separated = false;
                clean.append(unit);
            }
        }
        return clean.toString();
    }

    private static boolean endsInWord(StringBuilder text) {
        return !text.isEmpty() && !Character.isWhitespace(text.charAt(text.length() - 1));
    }

    /** Vertical tab, form feed, and the separators of files, groups, records and units. */
    private static boolean isSeparator(char unit) {
        return unit == '\u000B' || unit == '\f' || (unit >= '\u001C' && unit <= '\u001F');
    }

    private static int firstControl(String text) {
        int first = 0;
        while (first < text.length() && !isUnwanted(text.charAt(first))) {
            first++;
        }
        return first;
    }

    private static boolean isUnwanted(char unit) {
        return Character.isISOControl(unit) && unit != '\n' && unit != '\t';
    }

    /** LF, CR, and NEL of the mainframes. */
    private static boolean isLineEnd(char unit) {
        return unit == '\n' || unit == '\r' || unit == '\u0085';
    }

    private static String paired(String text) {
        boolean lone = text.codePoints().anyMatch(Cleaning::isSurrogate);
        if (!lone) {
            return text;
        }
        StringBuilder paired = new StringBuilder(text.length());
        text.codePoints().map(point -> isSurrogate(point) ? 0xFFFD : point).forEach(paired::appendCodePoint);
        return paired.toString();
    }

    private static boolean isSurrogate(int codePoint) {
        return codePoint >= Character.MIN_SURROGATE && codePoint <= Character.MAX_SURROGATE;
    }
}
