package apportion.spark.conf;

import com.typesafe.config.Config;
import com.typesafe.config.ConfigObject;
import com.typesafe.config.ConfigUtil;
import com.typesafe.config.ConfigValue;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** Where keys lie: their file and line, and the key that a message or a slip of the pen means. */
final class Keys {

    private static final Pattern LEADING_KEY = Pattern.compile("([a-z0-9]+(?:[.-][a-z0-9]+)*)( .*)", Pattern.DOTALL);

    private final Config base;
    private final Config resolved;

    Keys(Config base, Config resolved) {
        this.base = base;
        this.resolved = resolved;
    }

    Optional<ConfigValue> find(String path) {
        return find(resolved.root(), path);
    }

    private static Optional<ConfigValue> find(ConfigValue from, String path) {
        Optional<ConfigValue> at = Optional.of(from);
        for (String key : ConfigUtil.splitPath(path)) {
            at = at.map(value -> value instanceof ConfigObject object ? object.get(key) : null);
        }
        return at;
    }

    /** The problem of a key that nobody knows. */
    String unknown(ConfigValue value, String path, Set<String> siblings) {
        String parent = path.contains(".") ? path.substring(0, path.lastIndexOf('.') + 1) : "";
        String key = path.substring(parent.length());
        Optional<String> meant = Names.nearest(key, siblings)
                .map(parent::concat)
                .or(() -> named(key, parent))
                .or(() -> named(key, ""))
                .or(() -> Names.nearest(path, allKeys()))
                // Another type of this section knows it.
                .filter(found -> !found.equals(path));
        return where(value) + path + " is not a known key"
                + meant.map(found -> "; did you mean " + found + "?")
                        .orElse(
                                siblings.isEmpty()
                                        ? "; none is, with this type of " + parent.replaceFirst("\\.$", "")
                                        : "; known here: " + String.join(", ", siblings));
    }

    private List<String> allKeys() {
        List<String> keys = new ArrayList<>();
        collect(base.root(), "", (path, value) -> keys.add(path));
        return keys;
    }

    /** The keys of base.conf with this name beneath a section; nothing if they are too many to be meant. */
    private Optional<String> named(String key, String section) {
        List<String> found = allKeys().stream()
                .filter(path -> path.startsWith(section) && path.endsWith("." + key))
                .sorted()
                .toList();
        return found.isEmpty() || found.size() > 2 ? Optional.empty() : Optional.of(String.join(" or ", found));
    }

    /** A record's refusal with file, line and full key, if its message begins with a key. */
    String located(String path, ConfigValue value, IllegalArgumentException refused) {
        String message = String.valueOf(refused.getMessage());
        Matcher leading = LEADING_KEY.matcher(message);
        if (leading.matches()) {
            Optional<Map.Entry<String, ConfigValue>> meant = meant(path, value, leading.group(1));
            if (meant.isPresent()) {
                return where(meant.get().getValue()) + meant.get().getKey() + leading.group(2);
            }
        }
        return where(value) + path + ": " + message;
    }

    private Optional<Map.Entry<String, ConfigValue>> meant(String path, ConfigValue value, String key) {
        Optional<ConfigValue> absolute = key.contains(".") ? find(key) : Optional.empty();
        if (absolute.isPresent()) {
            return absolute.map(found -> Map.entry(key, found));
        }
        String relative = withoutOverlap(path, key);
        List<Map.Entry<String, ConfigValue>> within = new ArrayList<>();
        collect(value, path, (at, found) -> {
            if (at.equals(path + "." + relative)) {
                within.add(0, Map.entry(at, found));
            } else if (at.endsWith("." + relative)) {
                within.add(Map.entry(at, found));
            }
        });
        boolean direct = !within.isEmpty() && within.get(0).getKey().equals(path + "." + relative);
        return direct || within.size() == 1 ? Optional.of(within.get(0)) : Optional.empty();
    }

    /** {@code feed-forward.width} as seen from {@code model.feed-forward} is {@code width}. */
    private static String withoutOverlap(String path, String key) {
        for (int dot = key.lastIndexOf('.'); dot > 0; dot = key.lastIndexOf('.', dot - 1)) {
            String head = key.substring(0, dot);
            if (path.equals(head) || path.endsWith("." + head)) {
                return key.substring(dot + 1);
            }
        }
        return key;
    }

    private interface Visitor {
        void visit(String path, ConfigValue value);
    }

    private static void collect(ConfigValue value, String path, Visitor visitor) {
        if (value instanceof ConfigObject object) {
            object.forEach((key, child) -> {
                String at = path.isEmpty() ? key : path + "." + key;
                visitor.visit(at, child);
                collect(child, at, visitor);
            });
        }
    }

    /** {@code file: line: }, or the override itself. */
    static String where(ConfigValue value) {
        String description = value.origin().description();
        if (description.startsWith("merge of ")) {
            // A section of several layers: its first line in the user's own file says most.
            return whereWithin(value).orElse(description + ": ");
        }
        if (description.startsWith(Layers.OVERRIDE)) {
            description = description.replaceFirst(": [0-9]+$", "");
        }
        return description + ": ";
    }

    private static Optional<String> whereWithin(ConfigValue value) {
        List<String> places = new ArrayList<>();
        collect(value, "", (path, child) -> {
            String description = child.origin().description();
            if (!description.startsWith("merge of ") && !description.startsWith(Layers.BASE)) {
                places.add(where(child));
            }
        });
        return places.stream().sorted().findFirst();
    }
}
