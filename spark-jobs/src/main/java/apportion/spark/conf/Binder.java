package apportion.spark.conf;

import com.typesafe.config.ConfigFactory;
import com.typesafe.config.ConfigObject;
import com.typesafe.config.ConfigRenderOptions;
import com.typesafe.config.ConfigValue;
import com.typesafe.config.ConfigValueType;
import java.lang.reflect.Constructor;
import java.lang.reflect.InvocationTargetException;
import java.lang.reflect.ParameterizedType;
import java.lang.reflect.RecordComponent;
import java.lang.reflect.Type;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalDouble;
import java.util.OptionalInt;
import java.util.OptionalLong;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/** Turns values into records, and notes each problem where it lies instead of stopping at the first. */
final class Binder {

    private static final String TYPE = "type";
    private static final int LONGEST_SHOWN = 80;

    private final Keys keys;
    private final List<String> problems;

    Binder(Keys keys, List<String> problems) {
        this.keys = keys;
        this.problems = problems;
    }

    /** The value as an instance of the type; empty if there were problems, which are then noted. */
    Optional<Object> bind(Type type, ConfigValue value, String path) {
        if (type instanceof ParameterizedType generic) {
            Type argument = generic.getActualTypeArguments()[0];
            if (generic.getRawType() == List.class) {
                return list(argument, value, path);
            }
            if (generic.getRawType() == Optional.class) {
                return bind(argument, value, path).map(Optional::of);
            }
        }
        if (type instanceof Class<?> plain) {
            if (plain.isRecord()) {
                return section(plain, value, path);
            }
            if (plain.isSealed()) {
                return choice(plain, value, path);
            }
            if (plain.isEnum()) {
                return constant(plain, value, path);
            }
            return scalar(plain, value, path);
        }
        throw new IllegalStateException(path + " has the type " + type + ", which no configuration can hold");
    }

    private Optional<Object> list(Type item, ConfigValue value, String path) {
        List<ConfigValue> items = value instanceof List<?> many
                ? many.stream().map(ConfigValue.class::cast).toList()
                : List.of(value);
        List<Object> bound = new ArrayList<>();
        for (int i = 0; i < items.size(); i++) {
            String at = value instanceof List<?> ? path + "[" + i + "]" : path;
            bind(item, items.get(i), at).ifPresent(bound::add);
        }
        return bound.size() == items.size() ? Optional.of(List.copyOf(bound)) : Optional.empty();
    }

    private Optional<Object> section(Class<?> type, ConfigValue value, String path) {
        Set<String> known = componentsOf(type).keySet();
        if (!(value instanceof ConfigObject object)) {
            return wrong(value, path, "a section with " + String.join(", ", known));
        }
        for (Map.Entry<String, ConfigValue> entry : object.entrySet()) {
            if (!known.contains(entry.getKey())) {
                problems.add(keys.unknown(entry.getValue(), path + "." + entry.getKey(), known));
            }
        }
        List<Object> arguments = new ArrayList<>();
        componentsOf(type)
                .forEach((key, component) ->
                        component(component, object.get(key), path + "." + key).ifPresent(arguments::add));
        return arguments.size() == known.size() ? construct(type, arguments, object, path) : Optional.empty();
    }

    private Optional<Object> component(RecordComponent component, @Nullable ConfigValue value, String path) {
        if (value != null && value.valueType() != ConfigValueType.NULL) {
            return bind(component.getGenericType(), value, path);
        }
        Class<?> type = component.getType();
        if (type == Optional.class) {
            return Optional.of(Optional.empty());
        }
        if (type == OptionalInt.class) {
            return Optional.of(OptionalInt.empty());
        }
        if (type == OptionalLong.class) {
            return Optional.of(OptionalLong.empty());
        }
        if (type == OptionalDouble.class) {
            return Optional.of(OptionalDouble.empty());
        }
        problems.add(path + " has no value; give it one in the file or with " + Layers.OVERRIDE + path + "=...");
        return Optional.empty();
    }

    private Optional<Object> construct(Class<?> type, List<Object> arguments, ConfigValue value, String path) {
        Class<?>[] types = Arrays.stream(type.getRecordComponents())
                .map(RecordComponent::getType)
                .toArray(Class<?>[]::new);
        try {
            Constructor<?> constructor = type.getDeclaredConstructor(types);
            constructor.setAccessible(true);
            return Optional.of(constructor.newInstance(arguments.toArray()));
        } catch (InvocationTargetException e) {
            if (e.getCause() instanceof IllegalArgumentException refused) {
                problems.add(keys.located(path, value, refused));
                return Optional.empty();
            }
            throw new IllegalStateException(type + " failed on " + arguments, e.getCause());
        } catch (ReflectiveOperationException e) {
            throw new IllegalStateException(type + " has no canonical constructor", e);
        }
    }

    private Optional<Object> choice(Class<?> type, ConfigValue value, String path) {
        Map<String, Class<?>> cases = new LinkedHashMap<>();
        for (Class<?> permitted : type.getPermittedSubclasses()) {
            cases.put(Names.kebab(permitted.getSimpleName()), permitted);
        }
        ConfigValue name = value instanceof ConfigObject object ? object.get(TYPE) : value;
        if (name == null) {
            return wrong(value, path, "a section whose key type is " + alternatives(cases.keySet()));
        }
        String at = value instanceof ConfigObject ? path + "." + TYPE : path;
        Class<?> chosen = name.valueType() == ConfigValueType.STRING ? cases.get(name.unwrapped()) : null;
        if (chosen == null) {
            return wrong(name, at, alternatives(cases.keySet()) + Names.didYouMean(text(name), cases.keySet()));
        }
        return chosenCase(chosen, cases, value, path);
    }

    private Optional<Object> chosenCase(Class<?> chosen, Map<String, Class<?>> cases, ConfigValue value, String path) {
        Set<String> own = componentsOf(chosen).keySet();
        if (value instanceof ConfigObject object) {
            return section(chosen, withoutOtherCases(object, own, cases), path);
        }
        boolean mayBeLeftOut =
                componentsOf(chosen).values().stream().allMatch(component -> component.getType() == Optional.class);
        if (!mayBeLeftOut) {
            return wrong(
                    value,
                    path,
                    "a section: { type = " + value.unwrapped() + ", " + String.join(" = ..., ", own) + " = ... }");
        }
        return section(chosen, ConfigFactory.empty().root(), path);
    }

    /** What base.conf says about the case that it would have chosen is no mistake of the user's. */
    private static ConfigObject withoutOtherCases(ConfigObject object, Set<String> own, Map<String, Class<?>> cases) {
        Set<String> others = new LinkedHashSet<>();
        cases.values().forEach(other -> others.addAll(componentsOf(other).keySet()));
        ConfigObject left = object.withoutKey(TYPE);
        for (Map.Entry<String, ConfigValue> entry : object.entrySet()) {
            String key = entry.getKey();
            boolean fromBase = entry.getValue().origin().description().startsWith(Layers.BASE);
            if (!own.contains(key) && others.contains(key) && fromBase) {
                left = left.withoutKey(key);
            }
        }
        return left;
    }

    private Optional<Object> constant(Class<?> type, ConfigValue value, String path) {
        Map<String, Object> constants = new LinkedHashMap<>();
        for (Object constant : type.getEnumConstants()) {
            constants.put(Names.word((Enum<?>) constant), constant);
        }
        Object found = value.valueType() == ConfigValueType.STRING ? constants.get(value.unwrapped()) : null;
        return found == null
                ? wrong(
                        value,
                        path,
                        alternatives(constants.keySet()) + Names.didYouMean(text(value), constants.keySet()))
                : Optional.of(found);
    }

    private Optional<Object> scalar(Class<?> type, ConfigValue value, String path) {
        if (type == String.class) {
            return string(value, path);
        }
        if (type == boolean.class) {
            return value.unwrapped() instanceof Boolean truth
                    ? Optional.of(truth)
                    : wrong(value, path, "true or false");
        }
        if (type == int.class || type == Integer.class) {
            return whole(value, path, Integer.MAX_VALUE).map(Long::intValue);
        }
        if (type == OptionalInt.class) {
            return whole(value, path, Integer.MAX_VALUE).map(number -> OptionalInt.of(number.intValue()));
        }
        if (type == long.class || type == Long.class) {
            return whole(value, path, Long.MAX_VALUE).map(Long.class::cast);
        }
        if (type == OptionalLong.class) {
            return whole(value, path, Long.MAX_VALUE).map(OptionalLong::of);
        }
        if (type == double.class || type == Double.class) {
            return real(value, path).map(Double.class::cast);
        }
        if (type == OptionalDouble.class) {
            return real(value, path).map(OptionalDouble::of);
        }
        throw new IllegalStateException(path + " has the type " + type + ", which no configuration can hold");
    }

    private Optional<Object> string(ConfigValue value, String path) {
        return switch (value.valueType()) {
            case STRING, NUMBER, BOOLEAN -> Optional.of(text(value));
            default -> wrong(value, path, "a text");
        };
    }

    private Optional<Long> whole(ConfigValue value, String path, long largest) {
        if (value.unwrapped() instanceof Number number) {
            double real = number.doubleValue();
            // 2^63 is a double and no long; beneath it every whole double is one.
            boolean isWhole = number instanceof Integer
                    || number instanceof Long
                    || (real == Math.rint(real) && Math.abs(real) < 0x1p63);
            if (isWhole && number.longValue() <= largest && number.longValue() >= -largest - 1) {
                return Optional.of(number.longValue());
            }
        }
        wrong(value, path, largest == Integer.MAX_VALUE ? "a whole number below 2^31" : "a whole number below 2^63");
        return Optional.empty();
    }

    private Optional<Double> real(ConfigValue value, String path) {
        if (value.unwrapped() instanceof Number number && Double.isFinite(number.doubleValue())) {
            return Optional.of(number.doubleValue());
        }
        wrong(value, path, "a number");
        return Optional.empty();
    }

    private Optional<Object> wrong(ConfigValue value, String path, String must) {
        problems.add(Keys.where(value) + path + " = " + shown(value) + ", but it must be " + must);
        return Optional.empty();
    }

    private static Map<String, RecordComponent> componentsOf(Class<?> type) {
        Map<String, RecordComponent> components = new LinkedHashMap<>();
        for (RecordComponent component : type.getRecordComponents()) {
            components.put(Names.kebab(component.getName()), component);
        }
        return components;
    }

    private static String alternatives(Set<String> names) {
        return (names.size() == 1 ? "" : "one of ") + String.join(", ", names);
    }

    /** As the user wrote it: 007 stays 007. */
    private static String text(ConfigValue value) {
        return switch (value.valueType()) {
            case STRING, NUMBER, BOOLEAN -> value.atKey(TYPE).getString(TYPE);
            default -> value.render(ConfigRenderOptions.concise());
        };
    }

    private static String shown(ConfigValue value) {
        String all =
                value.valueType() == ConfigValueType.STRING ? value.render(ConfigRenderOptions.concise()) : text(value);
        return all.length() <= LONGEST_SHOWN ? all : all.substring(0, LONGEST_SHOWN) + "...";
    }
}
