package apportion.spark.conf;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.typesafe.config.Config;
import com.typesafe.config.ConfigValue;
import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.ArrayList;
import java.util.HexFormat;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeMap;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/**
 * A resolved configuration: base.conf, the user's file and the overrides, one above the other.
 *
 * <p>Problems are collected while sections are bound and thrown together, so that a user mends a file once. Used by one
 * thread.
 */
public final class Settings {

    private final Layers layers;
    private final Config resolved;
    private final Keys keys;
    private final Set<String> sections;
    private final List<String> problems = new ArrayList<>();

    private Settings(Layers layers) {
        this.layers = layers;
        this.resolved = layers.resolved();
        this.keys = new Keys(layers.base(), resolved);
        this.sections = layers.base().root().keySet();
        resolved.root().forEach((section, value) -> {
            if (!sections.contains(section)) {
                problems.add(keys.unknown(value, section, sections));
            }
        });
    }

    /**
     * Reads and layers the configuration; what is wrong with keys and values comes to light when sections are bound.
     *
     * @param file a file, or a configuration inside the job jar such as {@code conf/quickstart.conf}
     * @param overrides {@code key=value}; of two for one key the last wins
     * @throws ConfigError if the file does not exist or is no HOCON, or if an override is not {@code key=value}
     */
    public static Settings load(Optional<String> file, List<String> overrides) {
        return new Settings(Layers.read(file, overrides));
    }

    /**
     * A configuration that {@link #canonicalJson} wrote, for example beside a checkpoint.
     *
     * @param origin what messages call it
     */
    public static Settings stored(String origin, String json) {
        return new Settings(Layers.stored(origin, json));
    }

    /**
     * The same configuration with more overrides above it; problems found so far are not taken along.
     *
     * @param overrides {@code key=value}; of two for one key the last wins
     * @throws ConfigError if an override is not {@code key=value}
     */
    public Settings with(List<String> overrides) {
        return new Settings(layers.with(overrides));
    }

    /** The sections that base.conf has. */
    Set<String> sections() {
        return sections;
    }

    /**
     * Reads one section as a record; its problems wait for {@link #throwIfWrong()}.
     *
     * @param path a section that base.conf has, for example {@code train}
     * @return the record; asking for it throws a {@link ConfigError} if anything was found wrong so far
     */
    public <T> Supplier<T> bind(String path, Class<T> type) {
        Optional<T> bound =
                new Binder(keys, problems).bind(type, section(path), path).map(type::cast);
        return () -> {
            throwIfWrong();
            return bound.orElseThrow();
        };
    }

    /**
     * Checks a rule that spans sections. Skipped once anything is wrong, as the rule may need just what is missing.
     *
     * @param path where to report an {@link IllegalArgumentException} whose message does not begin with a key
     */
    public void check(String path, Runnable rule) {
        if (problems.isEmpty()) {
            try {
                rule.run();
            } catch (IllegalArgumentException e) {
                problems.add(keys.located(path, section(path), e));
            }
        }
    }

    private ConfigValue section(String path) {
        return keys.find(path).orElseThrow(() -> new IllegalStateException(Layers.BASE + " has no section " + path));
    }

    /**
     * Insists on keys that base.conf leaves without a value and this command cannot do without; those that have none
     * are reported with all other problems.
     */
    public void require(String... paths) {
        for (String path : paths) {
            if (value(path).isEmpty()) {
                problems.add(path + " has no value; give it one in the file or with --set " + path + "=...");
            }
        }
    }

    /**
     * One key's text.
     *
     * @throws ConfigError if it has no value, or if anything was found wrong so far
     */
    public String text(String path) {
        require(path);
        throwIfWrong();
        return value(path).orElseThrow().toString();
    }

    /** A key's value, if it has one. */
    Optional<Object> value(String path) {
        return keys.find(path).map(ConfigValue::unwrapped);
    }

    /** Whether anything but base.conf gives a key or section a value. */
    public boolean isSet(String path) {
        return layers.users().hasPath(path);
    }

    /** Reports every problem found so far, if there is one. */
    public void throwIfWrong() {
        if (!problems.isEmpty()) {
            throw new ConfigError(problems);
        }
    }

    /**
     * Sections as JSON with sorted keys and one way to write each number: equal texts are equal settings.
     *
     * @param sections for example {@code model} and {@code train}; all if none are named
     */
    public String canonicalJson(String... sections) {
        Map<String, Object> chosen = new TreeMap<>();
        Iterable<String> names = sections.length == 0 ? resolved.root().keySet() : List.of(sections);
        for (String name : names) {
            chosen.put(name, canonical(section(name).unwrapped()));
        }
        try {
            return new ObjectMapper().writeValueAsString(chosen);
        } catch (JsonProcessingException e) {
            throw new IllegalStateException("maps, lists and scalars have a JSON form", e);
        }
    }

    /** SHA-256 of {@link #canonicalJson}, in hexadecimal. */
    public String hash(String... sections) {
        try {
            byte[] json = canonicalJson(sections).getBytes(StandardCharsets.UTF_8);
            return HexFormat.of().formatHex(MessageDigest.getInstance("SHA-256").digest(json));
        } catch (NoSuchAlgorithmException e) {
            throw new IllegalStateException("every Java has SHA-256", e);
        }
    }

    private static @Nullable Object canonical(@Nullable Object value) {
        if (value instanceof Map<?, ?> map) {
            Map<String, @Nullable Object> sorted = new TreeMap<>();
            map.forEach((key, child) -> sorted.put((String) key, canonical(child)));
            return sorted;
        }
        if (value instanceof List<?> list) {
            List<@Nullable Object> items = new ArrayList<>();
            list.forEach(item -> items.add(canonical(item)));
            return items;
        }
        // 1, 1.0 and 1e0 are one setting.
        boolean whole = value instanceof Double real && real == Math.rint(real) && Math.abs(real) < 0x1p53;
        return whole && value instanceof Double real ? (Object) real.longValue() : value;
    }
}
