package apportion.model.checkpoint;

import com.fasterxml.jackson.core.JsonParser;
import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.core.util.DefaultIndenter;
import com.fasterxml.jackson.core.util.DefaultPrettyPrinter;
import com.fasterxml.jackson.databind.DeserializationFeature;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.ObjectWriter;
import com.fasterxml.jackson.databind.json.JsonMapper;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.nio.ByteBuffer;
import java.nio.CharBuffer;
import java.nio.charset.CharacterCodingException;
import java.nio.charset.StandardCharsets;
import java.util.Map;
import java.util.TreeMap;

/** JSON read strictly and written always the same way. */
public final class Json {

    private static final ObjectMapper MAPPER = JsonMapper.builder()
            .enable(JsonParser.Feature.STRICT_DUPLICATE_DETECTION)
            .enable(DeserializationFeature.FAIL_ON_TRAILING_TOKENS)
            .build();

    // The library's own pretty printer ends lines as the platform does, which would change the bytes.
    private static final DefaultPrettyPrinter PRETTY = new DefaultPrettyPrinter()
            .withObjectIndenter(new DefaultIndenter("  ", "\n"))
            .withArrayIndenter(new DefaultIndenter("  ", "\n"));

    private Json() {}

    public static ObjectNode object() {
        return JsonNodeFactory.instance.objectNode();
    }

    static byte[] compact(JsonNode node) {
        return utf8(written(MAPPER.writer(), node));
    }

    /** For files that people look at. */
    public static byte[] pretty(JsonNode node) {
        return utf8(written(MAPPER.writer(PRETTY), node) + "\n");
    }

    private static String written(ObjectWriter writer, JsonNode node) {
        try {
            return writer.writeValueAsString(node);
        } catch (JsonProcessingException e) {
            throw new IllegalStateException("a JSON tree can always be written", e);
        }
    }

    /** Unlike {@link String#getBytes}, refuses half a surrogate pair instead of writing a question mark for it. */
    static byte[] utf8(String text) {
        try {
            ByteBuffer bytes = StandardCharsets.UTF_8.newEncoder().encode(CharBuffer.wrap(text));
            byte[] array = new byte[bytes.remaining()];
            bytes.get(array);
            return array;
        } catch (CharacterCodingException e) {
            throw new IllegalArgumentException(
                    "a text has half a surrogate pair, which UTF-8 cannot hold; correct the text", e);
        }
    }

    public static ObjectNode parseObject(String where, byte[] bytes) {
        try {
            if (MAPPER.readTree(utf8(where, bytes)) instanceof ObjectNode object) {
                return object;
            }
            throw new CheckpointError(where, "holds JSON that is not an object, but it must be {...}");
        } catch (JsonProcessingException e) {
            throw new CheckpointError(where, "holds JSON that cannot be read: " + e.getOriginalMessage());
        }
    }

    static String utf8(String where, byte[] bytes) {
        try {
            return StandardCharsets.UTF_8
                    .newDecoder()
                    .decode(ByteBuffer.wrap(bytes))
                    .toString();
        } catch (CharacterCodingException e) {
            throw new CheckpointError(where, "holds bytes that are not UTF-8, but its text must be");
        }
    }

    static JsonNode field(String where, JsonNode object, String name) {
        JsonNode field = object.get(name);
        if (field == null) {
            throw new CheckpointError(where, name + " is missing");
        }
        return field;
    }

    static long whole(String where, JsonNode object, String name) {
        return whole(where, name, field(where, object, name));
    }

    static long whole(String where, String name, JsonNode value) {
        if (!value.isIntegralNumber() || !value.canConvertToLong()) {
            throw new CheckpointError(
                    where, name + " is " + brief(value) + ", but it must be a whole number of 64 bits");
        }
        return value.longValue();
    }

    static String text(String where, JsonNode object, String name) {
        return text(where, name, field(where, object, name));
    }

    static String text(String where, String name, JsonNode value) {
        if (!value.isTextual()) {
            throw new CheckpointError(where, name + " is " + brief(value) + ", but it must be a text");
        }
        // An escape can spell what no file can hold, and what is read is written again.
        if (!StandardCharsets.UTF_8.newEncoder().canEncode(value.textValue())) {
            throw new CheckpointError(where, name + " has half a surrogate pair, but it must be a text of Unicode");
        }
        return value.textValue();
    }

    public static Map<String, String> texts(String where, JsonNode object, String name) {
        Map<String, String> texts = new TreeMap<>();
        members(where, object, name)
                .fields()
                .forEachRemaining(member ->
                        texts.put(member.getKey(), text(where, name + "." + member.getKey(), member.getValue())));
        return texts;
    }

    static Map<String, Long> wholes(String where, JsonNode object, String name) {
        Map<String, Long> wholes = new TreeMap<>();
        members(where, object, name)
                .fields()
                .forEachRemaining(member ->
                        wholes.put(member.getKey(), whole(where, name + "." + member.getKey(), member.getValue())));
        return wholes;
    }

    static ObjectNode members(String where, JsonNode object, String name) {
        if (field(where, object, name) instanceof ObjectNode members) {
            return members;
        }
        throw new CheckpointError(
                where, name + " is " + brief(field(where, object, name)) + ", but it must be an object");
    }

    static Iterable<JsonNode> elements(String where, JsonNode object, String name) {
        JsonNode field = field(where, object, name);
        if (!field.isArray()) {
            throw new CheckpointError(where, name + " is " + brief(field) + ", but it must be a list");
        }
        return field;
    }

    private static String brief(JsonNode value) {
        String text = value.toString();
        return text.length() <= 60 ? text : text.substring(0, 60) + "...";
    }
}
