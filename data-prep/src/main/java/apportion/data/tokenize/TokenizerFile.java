package apportion.data.tokenize;

import com.fasterxml.jackson.core.JsonFactory;
import com.fasterxml.jackson.core.JsonGenerator;
import com.fasterxml.jackson.core.JsonLocation;
import com.fasterxml.jackson.core.JsonParser;
import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.core.StreamReadConstraints;
import com.fasterxml.jackson.core.util.DefaultPrettyPrinter;
import com.fasterxml.jackson.databind.DeserializationFeature;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.IOException;
import java.io.StringWriter;
import java.io.UncheckedIOException;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/**
 * Hugging Face's {@code tokenizer.json}, read and written.
 *
 * <p>Reading is strict: each setting that changes how a text is encoded must be the one that {@link Tokenizer} follows.
 * An unknown token needs no refusal, because every byte is in the vocabulary and the unknown token is never used.
 */
final class TokenizerFile {

    private static final ObjectMapper JSON = new ObjectMapper(JsonFactory.builder()
                    .streamReadConstraints(
                            StreamReadConstraints.builder().maxNestingDepth(100).build())
                    .build())
            .enable(JsonParser.Feature.STRICT_DUPLICATE_DETECTION)
            .enable(DeserializationFeature.FAIL_ON_TRAILING_TOKENS);

    private TokenizerFile() {}

    static Tokenizer read(String json) {
        JsonNode file = parse(json, "tokenizer.json");
        refuseForeignSettings(file);
        JsonNode model = object(file, "model", "model");
        Map<String, Integer> vocabulary = vocabulary(object(model, "vocab", "model.vocab"));
        return build(vocabulary, specials(file.path("added_tokens")), pairs(model.path("merges")));
    }

    static Tokenizer readGpt2(String vocabularyJson, String mergesText) {
        Map<String, Integer> vocabulary = vocabulary(parse(vocabularyJson, "vocab.json"));
        Integer end = vocabulary.get(Tokenizer.END_OF_DOCUMENT);
        Map<Integer, String> specials = end == null ? Map.of() : Map.of(end, Tokenizer.END_OF_DOCUMENT);
        List<String[]> pairs = mergesText
                .lines()
                .filter(line -> !line.isBlank() && !line.startsWith("#version"))
                .map(TokenizerFile::pair)
                .toList();
        return build(vocabulary, specials, pairs);
    }

    static String write(Tokenizer tokenizer) {
        StringWriter text = new StringWriter();
        try (JsonGenerator json = JSON.createGenerator(text)) {
            DefaultPrettyPrinter printer = new DefaultPrettyPrinter();
            json.setPrettyPrinter(printer);
            json.writeStartObject();
            json.writeStringField("version", "1.0");
            json.writeNullField("truncation");
            json.writeNullField("padding");
            writeSpecials(tokenizer, json);
            json.writeNullField("normalizer");
            json.writeFieldName("pre_tokenizer");
            writeByteLevel(json);
            json.writeNullField("post_processor");
            json.writeFieldName("decoder");
            writeByteLevel(json);
            writeModel(tokenizer, json);
            json.writeEndObject();
        } catch (IOException e) {
            throw new UncheckedIOException("a string can always be written to", e);
        }
        return text + "\n";
    }

    private static JsonNode parse(String json, String name) {
        try {
            JsonNode tree = JSON.readTree(json);
            if (!tree.isObject()) {
                throw new IllegalArgumentException(name + " is " + describe(tree) + ", but it must be a JSON object");
            }
            return tree;
        } catch (JsonProcessingException e) {
            // Jackson has no place for an error in an empty text.
            JsonLocation place = e.getLocation();
            String where = place == null ? "" : " at line " + place.getLineNr();
            throw new IllegalArgumentException(
                    name + " cannot be read as JSON" + where + ": " + e.getOriginalMessage() + "; it may be cut short",
                    e);
        }
    }

    private static void refuseForeignSettings(JsonNode file) {
        requireAbsent(file, "normalizer");
        requireAbsent(file, "truncation");
        requireAbsent(file, "padding");
        JsonNode cutter = object(file, "pre_tokenizer", "pre_tokenizer");
        requireText(cutter, "type", "ByteLevel", "pre_tokenizer.type");
        requireFlag(cutter, "add_prefix_space", true, false, "pre_tokenizer.add_prefix_space");
        requireFlag(cutter, "use_regex", true, true, "pre_tokenizer.use_regex");
        if (present(file.path("post_processor")) && !addsNothing(file.path("post_processor"))) {
            requireText(file.path("post_processor"), "type", "ByteLevel", "post_processor.type");
        }
        if (present(file.path("decoder"))) {
            requireText(file.path("decoder"), "type", "ByteLevel", "decoder.type");
        }
        refuseForeignModel(object(file, "model", "model"));
    }

    /** Whether it is a template of the text alone, which later versions of their library write where there was none. */
    private static boolean addsNothing(JsonNode processor) {
        JsonNode single = processor.path("single");
        return processor.path("type").asText().equals("TemplateProcessing")
                && single.size() == 1
                && single.path(0).path("Sequence").path("id").asText().equals("A");
    }

    private static void refuseForeignModel(JsonNode model) {
        requireText(model, "type", "BPE", "model.type");
        if (model.path("dropout").asDouble(0) != 0) {
            throw foreign("model.dropout", model.path("dropout"), "null");
        }
        for (String affix : List.of("continuing_subword_prefix", "end_of_word_suffix")) {
            if (present(model.path(affix)) && !model.path(affix).asText().isEmpty()) {
                throw foreign("model." + affix, model.path(affix), "null");
            }
        }
        requireFlag(model, "byte_fallback", false, false, "model.byte_fallback");
        requireFlag(model, "ignore_merges", false, false, "model.ignore_merges");
    }

    private static void requireAbsent(JsonNode file, String name) {
        if (present(file.path(name))) {
            throw foreign(name, file.path(name), "null");
        }
    }

    private static void requireText(JsonNode parent, String name, String wanted, String where) {
        if (!parent.path(name).asText().equals(wanted)) {
            throw foreign(where, parent.path(name), '"' + wanted + '"');
        }
    }

    private static void requireFlag(JsonNode parent, String name, boolean absent, boolean wanted, String where) {
        JsonNode value = parent.path(name);
        boolean actual = present(value) ? value.asBoolean(!wanted) : absent;
        if (actual != wanted) {
            throw foreign(where, value, Boolean.toString(wanted));
        }
    }

    private static IllegalArgumentException foreign(String where, JsonNode value, String wanted) {
        return new IllegalArgumentException("tokenizer.json: " + where + " = " + describe(value) + ", but it must be "
                + wanted + ": only byte-level BPE as GPT-2 has it is supported");
    }

    private static String describe(JsonNode value) {
        if (value.isMissingNode()) {
            return "absent";
        }
        String text = value.toString();
        return text.length() <= 60 ? text : text.substring(0, 57) + "...";
    }

    private static boolean present(JsonNode value) {
        return !value.isMissingNode() && !value.isNull();
    }

    private static JsonNode object(JsonNode parent, String name, String where) {
        JsonNode value = parent.path(name);
        if (!value.isObject()) {
            throw new IllegalArgumentException(
                    "tokenizer.json: " + where + " = " + describe(value) + ", but it must be an object");
        }
        return value;
    }

    private static Map<String, Integer> vocabulary(JsonNode entries) {
        Map<String, Integer> vocabulary = new HashMap<>();
        entries.fields()
                .forEachRemaining(entry -> vocabulary.put(entry.getKey(), id(entry.getKey(), entry.getValue())));
        return vocabulary;
    }

    private static int id(String token, JsonNode value) {
        if (!value.isInt() || value.intValue() < 0) {
            throw new IllegalArgumentException("vocabulary: token \"" + token + "\" has the id " + describe(value)
                    + ", but it must be an integer of at least 0");
        }
        return value.intValue();
    }

    private static Map<Integer, String> specials(JsonNode added) {
        Map<Integer, String> specials = new HashMap<>();
        for (JsonNode token : added) {
            String content = token.path("content").asText();
            if (!token.path("special").asBoolean(false)) {
                throw new IllegalArgumentException(
                        "tokenizer.json: added token \"" + content
                                + "\" is not special, but added tokens must be: texts would be encoded by other rules than BPE");
            }
            if (specials.put(id(content, token.path("id")), content) != null) {
                throw new IllegalArgumentException("tokenizer.json: two added tokens have the id " + token.path("id"));
            }
        }
        return specials;
    }

    private static List<String[]> pairs(JsonNode merges) {
        if (!merges.isArray()) {
            throw new IllegalArgumentException(
                    "tokenizer.json: model.merges = " + describe(merges) + ", but it must be an array");
        }
        List<String[]> pairs = new ArrayList<>(merges.size());
        for (JsonNode merge : merges) {
            boolean couple = merge.isArray() && merge.size() == 2;
            pairs.add(couple ? new String[] {merge.get(0).asText(), merge.get(1).asText()} : pair(merge.asText()));
        }
        return pairs;
    }

    private static String[] pair(String line) {
        String[] pair = line.split(" ", -1);
        if (pair.length != 2 || pair[0].isEmpty() || pair[1].isEmpty()) {
            throw new IllegalArgumentException("merge \"" + line + "\" must be two tokens with one space between them");
        }
        return pair;
    }

    private static Tokenizer build(
            Map<String, Integer> vocabulary, Map<Integer, String> specials, List<String[]> pairs) {
        Map<String, Integer> ids = new HashMap<>(vocabulary);
        specials.forEach((id, content) -> ids.put(content, id));
        byte[][] tokens = new byte[ids.size()][];
        ids.forEach((spelling, id) -> {
            if (id >= tokens.length) {
                throw new IllegalArgumentException("vocabulary: token \"" + spelling + "\" has the id " + id + ", but "
                        + tokens.length + " tokens must have the ids 0 to " + (tokens.length - 1));
            }
            if (tokens[id] != null) {
                throw new IllegalArgumentException("vocabulary: two tokens have the id " + id);
            }
            tokens[id] = specials.containsKey(id) ? new byte[0] : ByteAlphabet.read(spelling);
        });
        return new Tokenizer(tokens, specials, merges(ids, specials, pairs));
    }

    private static Merges merges(Map<String, Integer> ids, Map<Integer, String> specials, List<String[]> pairs) {
        int[] lefts = new int[pairs.size()];
        int[] rights = new int[pairs.size()];
        int[] results = new int[pairs.size()];
        for (int rank = 0; rank < lefts.length; rank++) {
            String[] pair = pairs.get(rank);
            lefts[rank] = member(ids, specials, pair[0], rank);
            rights[rank] = member(ids, specials, pair[1], rank);
            results[rank] = member(ids, specials, pair[0] + pair[1], rank);
        }
        return new Merges(lefts, rights, results);
    }

    private static int member(Map<String, Integer> ids, Map<Integer, String> specials, String spelling, int rank) {
        Integer id = ids.get(spelling);
        if (id == null || specials.containsKey(id)) {
            throw new IllegalArgumentException("merge " + rank + " needs the token \"" + spelling
                    + "\", which is not in the vocabulary or is special");
        }
        return id;
    }

    private static void writeSpecials(Tokenizer tokenizer, JsonGenerator json) throws IOException {
        json.writeArrayFieldStart("added_tokens");
        for (Map.Entry<Integer, String> special : tokenizer.specials().entrySet()) {
            json.writeStartObject();
            json.writeNumberField("id", special.getKey());
            json.writeStringField("content", special.getValue());
            for (String flag : List.of("single_word", "lstrip", "rstrip", "normalized")) {
                json.writeBooleanField(flag, false);
            }
            json.writeBooleanField("special", true);
            json.writeEndObject();
        }
        json.writeEndArray();
    }

    private static void writeByteLevel(JsonGenerator json) throws IOException {
        json.writeStartObject();
        json.writeStringField("type", "ByteLevel");
        json.writeBooleanField("add_prefix_space", false);
        json.writeBooleanField("trim_offsets", true);
        json.writeBooleanField("use_regex", true);
        json.writeEndObject();
    }

    private static void writeModel(Tokenizer tokenizer, JsonGenerator json) throws IOException {
        json.writeObjectFieldStart("model");
        json.writeStringField("type", "BPE");
        for (String none : List.of("dropout", "unk_token", "continuing_subword_prefix", "end_of_word_suffix")) {
            json.writeNullField(none);
        }
        for (String flag : List.of("fuse_unk", "byte_fallback", "ignore_merges")) {
            json.writeBooleanField(flag, false);
        }
        json.writeObjectFieldStart("vocab");
        for (int id = 0; id < tokenizer.vocabularySize(); id++) {
            json.writeNumberField(spelling(tokenizer, id), id);
        }
        json.writeEndObject();
        json.writeArrayFieldStart("merges");
        Merges merges = tokenizer.merges();
        for (int rank = 0; rank < merges.count(); rank++) {
            json.writeString(spelling(tokenizer, merges.left(rank)) + " " + spelling(tokenizer, merges.right(rank)));
        }
        json.writeEndArray();
        json.writeEndObject();
    }

    private static String spelling(Tokenizer tokenizer, int id) {
        String special = tokenizer.specials().get(id);
        return special != null ? special : ByteAlphabet.spell(tokenizer.token(id));
    }
}
