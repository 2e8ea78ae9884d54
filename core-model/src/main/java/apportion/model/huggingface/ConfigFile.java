package apportion.model.huggingface;

import apportion.model.checkpoint.CheckpointError;
import apportion.model.checkpoint.CheckpointStore;
import apportion.model.checkpoint.Json;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.MissingNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.io.IOException;
import java.io.InputStream;
import java.util.Map;

/** A file of JSON in a model's directory, whose keys are read with the type that they must have. */
record ConfigFile(String where, ObjectNode json) {

    private static final int LONGEST_SHOWN = 80;

    /**
     * Reads a file.
     *
     * @param most bytes that it may have, so that a wrong file does not fill the memory
     */
    static ConfigFile read(CheckpointStore store, String file, int most) throws IOException {
        if (!store.exists(file)) {
            throw new CheckpointError(file, "is missing; name a directory as Hugging Face's save_pretrained writes it");
        }
        try (InputStream in = store.open(file, 0)) {
            byte[] bytes = in.readNBytes(most);
            if (in.read() >= 0) {
                throw new CheckpointError(file, "has more than " + most + " bytes, so it is no description of a model");
            }
            return new ConfigFile(file, Json.parseObject(file, bytes));
        }
    }

    /** A key's value; what is null is not there, as their library writes both for the same. */
    private JsonNode value(String key) {
        JsonNode value = json.get(key);
        return value == null || value.isNull() ? MissingNode.getInstance() : value;
    }

    boolean has(String key) {
        return !value(key).isMissingNode();
    }

    /** A whole number of at least 1. */
    int count(String key) {
        JsonNode value = value(key);
        if (!value.isIntegralNumber() || !value.canConvertToInt() || value.intValue() < 1) {
            throw refused(key, "a whole number from 1 to 2147483647");
        }
        return value.intValue();
    }

    int count(String key, int absent) {
        return has(key) ? count(key) : absent;
    }

    double number(String key, double absent) {
        if (!has(key)) {
            return absent;
        }
        double value = value(key).asDouble();
        if (!value(key).isNumber() || !(value > 0) || Double.isInfinite(value)) {
            throw refused(key, "a positive number");
        }
        return value;
    }

    boolean flag(String key, boolean absent) {
        if (has(key) && !value(key).isBoolean()) {
            throw refused(key, "true or false");
        }
        return value(key).asBoolean(absent);
    }

    String text(String key, String absent) {
        if (has(key) && !value(key).isTextual()) {
            throw refused(key, "a text");
        }
        return value(key).asText(absent);
    }

    /** What one of a few words stands for. */
    <T> T choice(String key, String absent, Map<String, T> meanings) {
        T meaning = meanings.get(text(key, absent));
        if (meaning == null) {
            throw refused(
                    key,
                    "one of "
                            + String.join(
                                    ", ", meanings.keySet().stream().sorted().toList()));
        }
        return meaning;
    }

    /** An object of the file as one of its own; an empty one where there is none. */
    ConfigFile section(String key) {
        if (!has(key)) {
            return new ConfigFile(where + ": " + key, Json.object());
        }
        if (value(key) instanceof ObjectNode object) {
            return new ConfigFile(where + ": " + key, object);
        }
        throw refused(key, "an object");
    }

    /** An error that says what a key is and what it must be. */
    CheckpointError refused(String key, String must) {
        String shown = has(key) ? value(key).toString() : "absent";
        String brief = shown.length() <= LONGEST_SHOWN ? shown : shown.substring(0, LONGEST_SHOWN) + "...";
        return new CheckpointError(where, key + " is " + brief + ", but it must be " + must);
    }

    void require(boolean fits, String key, String must) {
        if (!fits) {
            throw refused(key, must);
        }
    }
}
