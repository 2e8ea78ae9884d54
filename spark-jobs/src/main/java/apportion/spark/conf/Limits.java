package apportion.spark.conf;

import com.typesafe.config.ConfigException;
import com.typesafe.config.ConfigList;
import com.typesafe.config.ConfigObject;
import com.typesafe.config.ConfigUtil;
import com.typesafe.config.ConfigValue;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * How large a configuration may be, so that one beyond reason is refused at once: a library that parses recursively
 * ends on deep nesting, and a few lines of substitutions that each double the last can stand for more than fits any
 * memory.
 */
final class Limits {

    /** Thousands of layers, written out one by one, have some hundred kilobytes. */
    static final int MOST_BYTES = 1 << 22;

    /** base.conf has 4 levels. */
    static final int DEEPEST = 64;

    /** Characters of all values together. */
    private static final long MOST_CHARACTERS = 1 << 22;

    /** Substitutions that are filled in on the way to one value, each in the value of the last. */
    private static final int LONGEST_CHAIN = 200;

    private static final Pattern SUBSTITUTION = Pattern.compile("\\$\\{\\??([^}]*)}");

    private final ConfigObject root;
    private final Map<String, Long> sizes = new HashMap<>();
    private int chain;

    private Limits(ConfigObject root) {
        this.root = root;
    }

    /** What is wrong with a file of so many bytes. */
    static Optional<String> size(String name, long bytes) {
        return bytes <= MOST_BYTES
                ? Optional.empty()
                : Optional.of("configuration " + name + " has more than " + MOST_BYTES
                        + " bytes, the most that one may have; name a configuration, not a corpus");
    }

    /** What is wrong with the nesting of a text: braces and brackets outside of quotes and comments. */
    static Optional<String> depth(String name, String text) {
        int depth = 0;
        // Those of a key's path, since whatever it begins behind.
        int dots = 0;
        int line = 1;
        for (int at = 0; at < text.length(); at++) {
            switch (text.charAt(at)) {
                case '\n' -> line++;
                case '"' -> {
                    int end = endOfQuotes(text, at);
                    line += (int) text.substring(at, end)
                            .chars()
                            .filter(c -> c == '\n')
                            .count();
                    at = end - 1;
                }
                case '#' -> at = endOfLine(text, at) - 1;
                case '/' -> at = text.startsWith("//", at) ? endOfLine(text, at) - 1 : at;
                case '{', '[' -> depth++;
                case '}', ']' -> depth--;
                case '.' -> dots++;
                default -> {}
            }
            boolean endsKey = "={}:".indexOf(text.charAt(at)) >= 0;
            if (depth > DEEPEST || (endsKey && dots > DEEPEST)) {
                return Optional.of(name + ": " + line + ": sections and lists are nested more than " + DEEPEST
                        + " deep; no key lies so deep");
            }
            dots = endsKey || "\n,[".indexOf(text.charAt(at)) >= 0 ? 0 : dots;
        }
        return Optional.empty();
    }

    private static int endOfLine(String text, int from) {
        int end = text.indexOf('\n', from);
        return end < 0 ? text.length() : end;
    }

    /** Behind a quoted text; an unfinished one, which the parser will refuse, ends with its line. */
    private static int endOfQuotes(String text, int from) {
        if (text.startsWith("\"\"\"", from)) {
            int end = text.indexOf("\"\"\"", from + 3);
            return end < 0 ? text.length() : end + 3;
        }
        for (int at = from + 1; at < text.length() && text.charAt(at) != '\n'; at++) {
            if (text.charAt(at) == '\\') {
                at++;
            } else if (text.charAt(at) == '"') {
                return at + 1;
            }
        }
        return endOfLine(text, from);
    }

    /** What is wrong with a configuration whose substitutions are still to be filled in. */
    static Optional<String> expansion(ConfigObject unresolved) {
        return new Limits(unresolved).size(unresolved) <= MOST_CHARACTERS
                ? Optional.empty()
                : Optional.of("substitutions make the configuration longer than " + MOST_CHARACTERS
                        + " characters, or are more than " + LONGEST_CHAIN
                        + " in a chain; use fewer ${...} of values that have substitutions themselves");
    }

    /** Characters when all is filled in; more than the most if it is more. */
    private long size(ConfigValue value) {
        long size = 0;
        try {
            if (value instanceof ConfigObject object) {
                for (Map.Entry<String, ConfigValue> child : object.entrySet()) {
                    size = sum(size, sum(child.getKey().length(), size(child.getValue())));
                }
                return size;
            }
            if (value instanceof ConfigList list) {
                for (ConfigValue item : list) {
                    size = sum(size, sum(1, size(item)));
                }
                return size;
            }
            return String.valueOf(value.unwrapped()).length();
        } catch (ConfigException.NotResolved e) {
            return unresolved(value);
        }
    }

    /** A substitution, texts or lists joined with one, or a section that is laid over one. */
    private long unresolved(ConfigValue value) {
        String text = value.render();
        long size = text.length();
        Matcher substitutions = SUBSTITUTION.matcher(text);
        while (size <= MOST_CHARACTERS && substitutions.find()) {
            size = sum(size, sizeAt(substitutions.group(1)));
        }
        return size;
    }

    private long sizeAt(String path) {
        Long known = sizes.get(path);
        if (known != null) {
            return known;
        }
        // What refers to itself means its value in the layer below, or is refused as a circle.
        sizes.put(path, 0L);
        chain++;
        long size = chain > LONGEST_CHAIN
                ? MOST_CHARACTERS + 1
                : value(path).map(this::size).orElse(0L);
        chain--;
        sizes.put(path, size);
        return size;
    }

    private Optional<ConfigValue> value(String path) {
        List<String> keys;
        try {
            keys = ConfigUtil.splitPath(path);
        } catch (ConfigException e) {
            return Optional.empty();
        }
        ConfigValue at = root;
        for (String key : keys) {
            try {
                ConfigValue child = at instanceof ConfigObject object ? object.get(key) : null;
                if (child == null) {
                    return Optional.empty();
                }
                at = child;
            } catch (ConfigException.NotResolved e) {
                // All that the section may become.
                return Optional.of(at);
            }
        }
        return Optional.of(at);
    }

    private static long sum(long a, long b) {
        return Math.min(a + b, MOST_CHARACTERS + 1);
    }
}
