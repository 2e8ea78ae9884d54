package apportion.spark.conf;

import java.util.Collection;
import java.util.Comparator;
import java.util.Locale;
import java.util.Optional;

/** How Java's names are written in HOCON, and which known name a mistyped one is nearest to. */
final class Names {

    private Names() {}

    /** {@code headDim} and {@code HeadDim} to {@code head-dim}. */
    static String kebab(String javaName) {
        return javaName.replaceAll("([a-z0-9])([A-Z])", "$1-$2").toLowerCase(Locale.ROOT);
    }

    /** {@code SKIP_LINE} to {@code skip-line}. */
    static String word(Enum<?> constant) {
        return constant.name().replace('_', '-').toLowerCase(Locale.ROOT);
    }

    /** A question that names the nearest of the known names, or nothing if none is near. */
    static String didYouMean(String name, Collection<String> known) {
        return nearest(name, known)
                .map(found -> "; did you mean " + found + "?")
                .orElse("");
    }

    static Optional<String> nearest(String name, Collection<String> known) {
        int tolerated = Math.max(2, name.length() / 4);
        return known.stream()
                .filter(candidate -> !candidate.equals(name) && distance(name, candidate) <= tolerated)
                .min(Comparator.<String>comparingInt(candidate -> distance(name, candidate))
                        .thenComparing(Comparator.naturalOrder()));
    }

    /** Levenshtein's distance: insertions, deletions and replacements of one character. */
    private static int distance(String a, String b) {
        int[] previous = new int[b.length() + 1];
        for (int j = 0; j <= b.length(); j++) {
            previous[j] = j;
        }
        for (int i = 1; i <= a.length(); i++) {
            int[] current = new int[b.length() + 1];
            current[0] = i;
            for (int j = 1; j <= b.length(); j++) {
                int replaced = previous[j - 1] + (a.charAt(i - 1) == b.charAt(j - 1) ? 0 : 1);
                current[j] = Math.min(replaced, 1 + Math.min(previous[j], current[j - 1]));
            }
            previous = current;
        }
        return previous[b.length()];
    }
}
