package apportion.data.corpus;

import com.fasterxml.jackson.core.JsonFactory;
import com.fasterxml.jackson.core.JsonLocation;
import com.fasterxml.jackson.core.JsonParser;
import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.core.JsonToken;
import com.fasterxml.jackson.core.StreamReadConstraints;
import com.fasterxml.jackson.core.json.JsonReadFeature;
import java.io.IOException;
import java.util.Optional;
import java.util.function.IntFunction;
import org.jspecify.annotations.Nullable;

/** Takes the text out of a line of JSON, which must be one object and nothing else. */
final class JsonText {

    /**
     * The length of a line bounds the memory already, and the values of other fields are only walked over. Names are
     * kept in no table, which lines of many names could fill.
     */
    private static final JsonFactory JSON = JsonFactory.builder()
            .streamReadConstraints(StreamReadConstraints.builder()
                    .maxStringLength(Integer.MAX_VALUE)
                    .maxNumberLength(Integer.MAX_VALUE)
                    .build())
            // Not JSON; read here so that the message can say what it is.
            .enable(JsonReadFeature.ALLOW_NON_NUMERIC_NUMBERS)
            .disable(JsonFactory.Feature.CANONICALIZE_FIELD_NAMES)
            .build();

    private static final String ONE_OBJECT_A_LINE = "write one object a line (as jq -c . does)";

    private final String field;

    JsonText(String field) {
        this.field = field;
    }

    /**
     * The text of a line; the empty one if the field is null.
     *
     * @param place how messages call the place of a character of the line
     */
    String of(String line, IntFunction<String> place) throws BadRecord {
        try (JsonParser parser = JSON.createParser(line)) {
            String text = text(parser, place);
            refuseMore(line, character(parser.currentLocation()), place);
            return text;
        } catch (JsonProcessingException e) {
            throw bad("the line at " + place.apply(0) + " is not JSON (" + e.getOriginalMessage() + ", at "
                    + place.apply(character(e.getLocation())) + "); " + ONE_OBJECT_A_LINE);
        } catch (IOException e) {
            throw new IllegalStateException("reading a string does no input", e);
        }
    }

    /** Walks over the whole object, to see a second field of the name and what is no JSON. */
    private String text(JsonParser parser, IntFunction<String> place) throws IOException, BadRecord {
        JsonToken first = parser.nextToken();
        if (first != JsonToken.START_OBJECT) {
            throw bad("the line at " + place.apply(0) + " is " + kind(first)
                    + ", but must be an object with its text in the field \"" + field + "\"; " + ONE_OBJECT_A_LINE);
        }
        Optional<String> text = Optional.empty();
        for (int depth = 1; depth > 0; ) {
            JsonToken token = parser.nextToken();
            if (token == JsonToken.FIELD_NAME
                    && depth == 1
                    && parser.currentName().equals(field)) {
                if (text.isPresent()) {
                    throw bad("the line at " + place.apply(0) + " has the field \"" + field + "\" twice, again at "
                            + place.apply(character(parser.currentTokenLocation())) + "; keep one of them");
                }
                text = Optional.of(value(parser, place));
            } else if (token.isStructStart()) {
                depth++;
            } else if (token.isStructEnd()) {
                depth--;
            } else if (token == JsonToken.VALUE_NUMBER_FLOAT && parser.isNaN()) {
                throw bad("the line at " + place.apply(0) + " has " + parser.getText() + " at "
                        + place.apply(character(parser.currentTokenLocation()))
                        + ", which Python writes but JSON does not know; write null instead (json.dumps with"
                        + " allow_nan=False finds such numbers)");
            }
        }
        return text.orElseThrow(() -> bad("the line at " + place.apply(0) + " has no text in the field \"" + field
                + "\"; name the field that has it in data.format.field"));
    }

    private String value(JsonParser parser, IntFunction<String> place) throws IOException, BadRecord {
        JsonToken token = parser.nextToken();
        if (token == JsonToken.VALUE_STRING) {
            return parser.getText();
        }
        if (token == JsonToken.VALUE_NULL) {
            return "";
        }
        throw bad("the line at " + place.apply(0) + " has no text in the field \"" + field + "\", but " + kind(token)
                + "; name the field that has it in data.format.field");
    }

    private static void refuseMore(String line, int end, IntFunction<String> place) throws BadRecord {
        for (int i = end; i < line.length(); i++) {
            if (" \t\r\n".indexOf(line.charAt(i)) < 0) {
                throw bad("the line at " + place.apply(0) + " has more behind its object, at " + place.apply(i) + "; "
                        + ONE_OBJECT_A_LINE);
            }
        }
    }

    private static BadRecord bad(String message) {
        return new BadRecord(Drop.BAD_JSON, message + ", " + DocumentReader.SKIP_REMEDY);
    }

    private static int character(@Nullable JsonLocation location) {
        return location == null ? 0 : (int) Math.max(0, location.getCharOffset());
    }

    private static String kind(@Nullable JsonToken token) {
        if (token == null) {
            return "blank";
        }
        return switch (token) {
            case START_OBJECT -> "an object";
            case START_ARRAY -> "an array";
            case VALUE_STRING -> "a string";
            case VALUE_NUMBER_INT, VALUE_NUMBER_FLOAT -> "a number";
            default -> "" + token.asString();
        };
    }
}
