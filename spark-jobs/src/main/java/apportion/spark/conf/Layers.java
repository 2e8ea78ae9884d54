package apportion.spark.conf;

import com.typesafe.config.Config;
import com.typesafe.config.ConfigException;
import com.typesafe.config.ConfigFactory;
import com.typesafe.config.ConfigObject;
import com.typesafe.config.ConfigOriginFactory;
import com.typesafe.config.ConfigParseOptions;
import com.typesafe.config.ConfigSyntax;
import com.typesafe.config.ConfigUtil;
import com.typesafe.config.ConfigValue;
import com.typesafe.config.ConfigValueFactory;
import com.typesafe.config.ConfigValueType;
import java.io.IOException;
import java.io.InputStream;
import java.nio.ByteBuffer;
import java.nio.charset.CharacterCodingException;
import java.nio.charset.StandardCharsets;
import java.nio.file.AccessDeniedException;
import java.nio.file.Files;
import java.nio.file.InvalidPathException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/**
 * The three layers of a configuration.
 *
 * @param base base.conf alone
 * @param users the user's file under the overrides, with its substitutions as they were written
 * @param resolved all of it, with substitutions filled in
 */
record Layers(Config base, Config users, Config resolved) {

    static final String BASE = "conf/base.conf";

    /** Keys that had other names when something was stored. */
    private static final Map<String, String> NAMES_SINCE =
            Map.of("model.initial-std", "model.initialization.std", "compute.precision", "train.precision");

    static final String OVERRIDE = "--set ";

    static Layers read(Optional<String> file, List<String> overrides) {
        List<String> problems = new ArrayList<>();
        Config base = parse(
                BASE, resource(BASE).orElseThrow(() -> new IllegalStateException(BASE + " is not on the class path")));
        Config users = ConfigFactory.empty();
        try {
            users = file.map(Layers::userFile).orElse(users);
        } catch (ConfigError e) {
            problems.add(e.getMessage());
        }
        return over(base, users, overrides, problems);
    }

    /** The same with more overrides above it. */
    Layers with(List<String> overrides) {
        return over(base, users, overrides, new ArrayList<>());
    }

    private static Layers over(Config base, Config below, List<String> overrides, List<String> problems) {
        Config users = below;
        for (String override : overrides) {
            try {
                users = override(override).withFallback(users);
            } catch (ConfigError e) {
                problems.add(e.getMessage());
            }
        }
        problems.addAll(flattenedSections(base, users));
        if (!problems.isEmpty()) {
            throw new ConfigError(problems);
        }
        return new Layers(base, users, resolved(users.withFallback(base)));
    }

    private static Config resolved(Config all) {
        try {
            refuse(Limits.expansion(all.root()));
            return all.resolve();
        } catch (ConfigException e) {
            throw new ConfigError(List.of(reason(e)));
        } catch (StackOverflowError e) {
            throw new ConfigError(List.of("substitutions refer to each other in too long a chain; shorten it"));
        }
    }

    private static void refuse(Optional<String> problem) {
        problem.ifPresent(found -> {
            throw new ConfigError(List.of(found));
        });
    }

    /** A configuration that was stored resolved, and needs base.conf only for the keys that exist. */
    static Layers stored(String name, String json) {
        Config base = parse(BASE, resource(BASE).orElseThrow());
        Config users = renamed(parse(name, json.getBytes(StandardCharsets.UTF_8)));
        return new Layers(base, users, resolved(users.withFallback(base)));
    }

    /** Keys that have changed their names since something was stored. */
    private static Config renamed(Config stored) {
        Config renamed = stored;
        for (Map.Entry<String, String> name : NAMES_SINCE.entrySet()) {
            if (renamed.hasPath(name.getKey())) {
                renamed = renamed.withValue(name.getValue(), renamed.getValue(name.getKey()))
                        .withoutPath(name.getKey());
            }
        }
        return renamed;
    }

    /** A section overwritten by a scalar would leave other keys that refer into it unresolved, far from the mistake. */
    private static List<String> flattenedSections(Config base, Config users) {
        return users.root().entrySet().stream()
                .filter(entry -> base.root().get(entry.getKey()) instanceof ConfigObject
                        && !(entry.getValue() instanceof ConfigObject))
                .map(entry -> Keys.where(entry.getValue()) + entry.getKey() + " must be a section in braces")
                .toList();
    }

    private static Config userFile(String name) {
        return parse(
                name,
                onDisk(name)
                        .or(() -> resource(name))
                        .orElseThrow(() -> new ConfigError(List.of("configuration " + name
                                + " does not exist, neither as a file nor inside the job jar; the jar holds, for"
                                + " example, conf/quickstart.conf"))));
    }

    private static Optional<byte[]> onDisk(String name) {
        try {
            Path path = Path.of(name);
            if (Files.isDirectory(path)) {
                throw new ConfigError(List.of("configuration " + name + " is a directory; name a file in it"));
            }
            if (!Files.exists(path)) {
                return Optional.empty();
            }
            try (InputStream in = Files.newInputStream(path)) {
                return Optional.of(in.readNBytes(Limits.MOST_BYTES + 1));
            }
        } catch (AccessDeniedException e) {
            throw new ConfigError(List.of("configuration " + name + " may not be read by this user"));
        } catch (InvalidPathException | IOException e) {
            throw new ConfigError(List.of("configuration " + name + " cannot be read: " + e.getMessage()));
        }
    }

    private static Optional<byte[]> resource(String name) {
        try (InputStream in = Layers.class.getClassLoader().getResourceAsStream(name)) {
            return in == null ? Optional.empty() : Optional.of(in.readAllBytes());
        } catch (IOException e) {
            throw new ConfigError(
                    List.of("configuration " + name + " cannot be read from the job jar: " + e.getMessage()));
        }
    }

    private static Config parse(String name, byte[] bytes) {
        refuse(Limits.size(name, bytes.length));
        try {
            String text = StandardCharsets.UTF_8
                    .newDecoder()
                    .decode(ByteBuffer.wrap(bytes))
                    .toString();
            return parse(name, text);
        } catch (CharacterCodingException e) {
            throw new ConfigError(List.of("configuration " + name + " must be text in UTF-8, but is not"));
        } catch (ConfigException e) {
            throw new ConfigError(List.of(reason(e)));
        }
    }

    private static Config parse(String origin, String text) {
        refuse(Limits.depth(origin, text));
        try {
            return ConfigFactory.parseString(text, options(origin));
        } catch (StackOverflowError e) {
            // A key of thousands of parts is as deep as so many sections.
            throw new ConfigError(List.of(origin + ": keys or values are nested too deep; no key lies so deep"));
        }
    }

    private static ConfigParseOptions options(String origin) {
        return ConfigParseOptions.defaults()
                .setSyntax(ConfigSyntax.CONF)
                .setOriginDescription(origin)
                .setIncluder(new NoIncludes());
    }

    private static Config override(String text) {
        int equals = text.indexOf('=');
        if (equals < 1) {
            throw new ConfigError(List.of(OVERRIDE + text + ": must be key=value, for example train.seed=7"));
        }
        String key = text.substring(0, equals).strip();
        try {
            // Counted first, as the library splits a path recursively.
            if (key.chars().filter(c -> c == '.').count() >= Limits.DEEPEST) {
                throw new ConfigError(List.of(OVERRIDE + text.substring(0, Math.min(text.length(), 40))
                        + "...: the key has more than " + Limits.DEEPEST + " parts; no key lies so deep"));
            }
            ConfigUtil.splitPath(key);
            return ConfigFactory.empty()
                    .withValue(
                            key, overrideValue(text, text.substring(equals + 1).strip()));
        } catch (ConfigException.BadPath e) {
            throw new ConfigError(List.of(OVERRIDE + text + ": " + key + " is no key; a key looks like train.seed"));
        } catch (ConfigException e) {
            throw new ConfigError(List.of(reason(e)));
        }
    }

    /**
     * Lists, sections, quoted text, numbers, booleans and null are HOCON; all else is text as it stands, as in
     * hdfs://a/b*.
     */
    private static ConfigValue overrideValue(String text, String value) {
        String origin = OVERRIDE + text;
        if (value.startsWith("[") || value.startsWith("{") || value.startsWith("\"")) {
            return parse(origin, "value = " + value).getValue("value");
        }
        try {
            ConfigValue parsed = parse(origin, "value = " + value).getValue("value");
            if (parsed.valueType() == ConfigValueType.NUMBER || parsed.valueType() == ConfigValueType.BOOLEAN) {
                return parsed;
            }
        } catch (ConfigException e) {
            // Text with characters that HOCON reserves, or a null, which has no value to get.
        }
        return ConfigValueFactory.fromAnyRef(value.equals("null") ? null : value)
                .withOrigin(ConfigOriginFactory.newSimple(origin));
    }

    /** The library's message already begins with the origin where it has one; only its advice for programmers goes. */
    private static String reason(ConfigException e) {
        String message = String.valueOf(e.getMessage());
        int advice = message.indexOf(" (if you intended");
        return (advice < 0 ? message : message.substring(0, advice)).strip();
    }
}
