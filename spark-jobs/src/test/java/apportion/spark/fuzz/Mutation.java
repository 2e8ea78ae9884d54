package apportion.spark.fuzz;

import com.fasterxml.jackson.core.JsonFactory;
import com.fasterxml.jackson.core.StreamReadConstraints;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import com.fasterxml.jackson.databind.util.RawValue;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.random.RandomGenerator;
import java.util.regex.MatchResult;
import java.util.regex.Pattern;

/** One way to damage a file. */
@FunctionalInterface
public interface Mutation {

    /**
     * Damages a file.
     *
     * @param file left as it is
     * @param other a whole file of the same format, to take parts from
     */
    byte[] damaged(byte[] file, byte[] other, RandomGenerator random);

    /** Of any file: bits flipped, bytes replaced, inserted, removed, repeated, cut off, or taken from another file. */
    static byte[] bytes(byte[] file, byte[] other, RandomGenerator random) {
        int from = random.nextInt(file.length + 1);
        int to = Math.min(file.length, from + 1 + (int) Math.abs(random.nextGaussian() * 16));
        return switch (random.nextInt(9)) {
            case 0 -> file.length == 0 ? file : spliced(file, from, from, new byte[0], flip(file, random));
            case 1 -> Arrays.copyOf(file, from);
            case 2 -> spliced(file, from, to, new byte[0]);
            case 3 -> spliced(file, from, from, random(random, 1 + random.nextInt(16)));
            case 4 -> spliced(file, from, to, random(random, to - from));
            case 5 -> spliced(file, to, to, Arrays.copyOfRange(file, from, to));
            case 6 -> extreme(file, from, random);
            case 7 -> {
                int at = random.nextInt(other.length + 1);
                yield spliced(file, from, file.length, Arrays.copyOfRange(other, at, other.length));
            }
            default -> {
                int at = random.nextInt(other.length + 1);
                yield spliced(file, from, to, Arrays.copyOfRange(other, at, Math.min(other.length, at + to - from)));
            }
        };
    }

    private static int flip(byte[] file, RandomGenerator random) {
        return random.nextInt(file.length * Byte.SIZE);
    }

    private static byte[] spliced(byte[] file, int from, int to, byte[] between, int... flips) {
        ByteArrayOutputStream out = new ByteArrayOutputStream(file.length + between.length);
        out.write(file, 0, from);
        out.writeBytes(between);
        out.write(file, to, file.length - to);
        byte[] bytes = out.toByteArray();
        for (int flip : flips) {
            bytes[flip / Byte.SIZE] ^= (byte) (1 << flip % Byte.SIZE);
        }
        return bytes;
    }

    private static byte[] random(RandomGenerator random, int count) {
        byte[] bytes = new byte[count];
        random.nextBytes(bytes);
        return bytes;
    }

    /** Writes a number over four or eight bytes at which a length, a count or an offset may stand. */
    private static byte[] extreme(byte[] file, int at, RandomGenerator random) {
        long[] values = {
            0,
            1,
            -1,
            file.length,
            file.length + 1,
            Short.MAX_VALUE,
            Integer.MAX_VALUE,
            Integer.MIN_VALUE,
            1L << 32,
            Long.MAX_VALUE,
            Long.MIN_VALUE
        };
        long value = values[random.nextInt(values.length)];
        ByteOrder order = random.nextBoolean() ? ByteOrder.LITTLE_ENDIAN : ByteOrder.BIG_ENDIAN;
        boolean wide = random.nextBoolean();
        ByteBuffer number =
                ByteBuffer.allocate(wide ? Long.BYTES : Integer.BYTES).order(order);
        byte[] bytes = (wide ? number.putLong(value) : number.putInt((int) value)).array();
        return spliced(file, at, Math.min(file.length, at + bytes.length), bytes);
    }

    /** Of a text: numbers become extreme, and what means something to a parser stands where it should not. */
    static byte[] text(byte[] file, byte[] other, RandomGenerator random) {
        // One character a byte, so that what is not touched stays as it is.
        String text = new String(file, StandardCharsets.ISO_8859_1);
        int at = random.nextInt(text.length() + 1);
        String changed = switch (random.nextInt(4)) {
            case 0 -> withNumber(text, random);
            case 1 -> withoutLine(text, random);
            case 2 -> text.substring(0, at) + nested(random) + text.substring(at);
            default ->
                text.substring(0, at) + Samples.TOKENS.get(random.nextInt(Samples.TOKENS.size())) + text.substring(at);
        };
        return changed.getBytes(StandardCharsets.ISO_8859_1);
    }

    private static String withNumber(String text, RandomGenerator random) {
        List<MatchResult> numbers = Samples.NUMBER.matcher(text).results().toList();
        if (numbers.isEmpty()) {
            return text;
        }
        MatchResult number = numbers.get(random.nextInt(numbers.size()));
        return text.substring(0, number.start())
                + Samples.NUMBERS.get(random.nextInt(Samples.NUMBERS.size()))
                + text.substring(number.end());
    }

    private static String withoutLine(String text, RandomGenerator random) {
        List<String> lines = new ArrayList<>(Arrays.asList(text.split("\n", -1)));
        int line = random.nextInt(lines.size());
        if (random.nextBoolean()) {
            lines.remove(line);
        } else {
            lines.add(random.nextInt(lines.size()), lines.get(line));
        }
        return String.join("\n", lines);
    }

    private static String nested(RandomGenerator random) {
        String open = List.of("[", "{", "{\"a\":", "(", "${", "\"").get(random.nextInt(6));
        return open.repeat(1 << random.nextInt(14));
    }

    /** Of JSON: a member is left out, renamed, given twice, of another type, or another's value. */
    static byte[] json(byte[] file, byte[] other, RandomGenerator random) {
        try {
            JsonNode tree = Samples.JSON.readTree(file);
            List<JsonNode> containers = new ArrayList<>();
            containers(tree, containers);
            if (containers.isEmpty()) {
                return text(file, other, random);
            }
            JsonNode container = containers.get(random.nextInt(containers.size()));
            JsonNode value = random.nextInt(3) == 0
                    ? containers.get(random.nextInt(containers.size())).deepCopy()
                    : value(random);
            if (container instanceof ObjectNode object) {
                change(object, value, random);
            } else if (container instanceof ArrayNode array) {
                change(array, value, random);
            }
            return Samples.JSON.writeValueAsBytes(tree);
        } catch (IOException damagedBefore) {
            return text(file, other, random);
        }
    }

    private static void containers(JsonNode node, List<JsonNode> into) {
        if (node.isContainerNode() && !node.isEmpty()) {
            into.add(node);
        }
        node.forEach(child -> containers(child, into));
    }

    private static void change(ObjectNode object, JsonNode value, RandomGenerator random) {
        List<String> names = new ArrayList<>();
        object.fieldNames().forEachRemaining(names::add);
        String name = names.get(random.nextInt(names.size()));
        switch (random.nextInt(4)) {
            case 0 -> object.remove(name);
            case 1 -> object.set(name + "x", object.remove(name));
            case 2 ->
                object.set(
                        List.of("", "type", "__metadata__", "\u0000", "\uD800").get(random.nextInt(5)), value);
            default -> object.set(name, value);
        }
    }

    private static void change(ArrayNode array, JsonNode value, RandomGenerator random) {
        int at = random.nextInt(array.size());
        switch (random.nextInt(4)) {
            case 0 -> array.remove(at);
            case 1 -> array.insert(random.nextInt(array.size()), array.get(at).deepCopy());
            case 2 -> array.insert(at, value);
            default -> array.set(at, value);
        }
    }

    private static JsonNode value(RandomGenerator random) {
        JsonNodeFactory nodes = JsonNodeFactory.instance;
        return switch (random.nextInt(8)) {
            case 0 -> nodes.nullNode();
            case 1 -> nodes.booleanNode(random.nextBoolean());
            case 2 -> nodes.textNode(Samples.TOKENS.get(random.nextInt(Samples.TOKENS.size())));
            case 3 -> nodes.textNode("x".repeat(1 << random.nextInt(16)));
            case 4 -> random.nextBoolean() ? nodes.objectNode() : nodes.arrayNode();
            // Written as it stands, so that numbers beyond any type are in it.
            default -> nodes.rawValueNode(new RawValue(Samples.NUMBERS.get(random.nextInt(Samples.NUMBERS.size()))));
        };
    }

    /** What stands behind a header's length, which is kept right so that the header is read. */
    static Mutation safetensorsHeader(Mutation header) {
        return (file, other, random) -> {
            if (file.length < Long.BYTES) {
                return bytes(file, other, random);
            }
            long length = ByteBuffer.wrap(file).order(ByteOrder.LITTLE_ENDIAN).getLong();
            int end = (int) Math.max(Long.BYTES, Math.min(file.length, Long.BYTES + Math.max(0, length)));
            byte[] json = Arrays.copyOfRange(file, Long.BYTES, end);
            byte[] changed = header.damaged(json, json, random);
            ByteArrayOutputStream out = new ByteArrayOutputStream();
            out.writeBytes(ByteBuffer.allocate(Long.BYTES)
                    .order(ByteOrder.LITTLE_ENDIAN)
                    .putLong(changed.length)
                    .array());
            out.writeBytes(changed);
            out.write(file, end, file.length - end);
            return out.toByteArray();
        };
    }

    /** Leaves a file as it is as often as not, where any damage would be refused. */
    static Mutation sometimes(Mutation mutation) {
        return (file, other, random) -> random.nextBoolean() ? file : mutation.damaged(file, other, random);
    }

    /** The last bytes alone, in which some formats keep what describes the rest. */
    static Mutation tail(int count, Mutation mutation) {
        return (file, other, random) -> {
            int start = Math.max(0, file.length - count);
            byte[] tail = Arrays.copyOfRange(file, start, file.length);
            byte[] otherTail = Arrays.copyOfRange(other, Math.max(0, other.length - count), other.length);
            return spliced(file, start, file.length, mutation.damaged(tail, otherTail, random));
        };
    }

    /** What stands for what in damaged files. */
    final class Samples {

        private static final Pattern NUMBER = Pattern.compile("-?\\d+(\\.\\d+)?([eE][+-]?\\d+)?");

        private static final List<String> NUMBERS = List.of(
                "-1",
                "0",
                "1",
                "2",
                "-0",
                "00",
                "0.5",
                "1e3",
                "1000000",
                "2147483647",
                "2147483648",
                "-2147483648",
                "4294967296",
                "9223372036854775807",
                "-9223372036854775808",
                "9223372036854775808",
                "1e308",
                "1e999",
                "-1e999",
                "1e-400",
                "1e1000000000",
                "1E-2147483647",
                "NaN",
                "Infinity",
                "9".repeat(1200));

        private static final List<String> TOKENS = List.of(
                "",
                " ",
                "\0",
                "\n",
                "\r\n",
                "\t",
                "\\",
                "\"",
                "'",
                ",",
                ":",
                "{",
                "}",
                "[",
                "]",
                "#",
                "//",
                "=",
                "+=",
                "${model.width}",
                "${?HOME}",
                "include \"x\"",
                "\"\"\"",
                "null",
                "true",
                "NaN",
                "1e1000000000",
                "../../etc/passwd",
                "\u00FF",
                "\u00EF\u00BB\u00BF",
                "\u00ED\u00A0\u0080",
                "\\ud800",
                "\\u0000",
                "$",
                "\u001B[2J",
                "a.b.c",
                "-");

        private static final ObjectMapper JSON = new ObjectMapper(JsonFactory.builder()
                .streamReadConstraints(StreamReadConstraints.builder()
                        .maxNestingDepth(200)
                        .maxNumberLength(2000)
                        .build())
                .build());

        private Samples() {}
    }
}
