package apportion.model.checkpoint;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.io.IOException;
import java.io.InputStream;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Comparator;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;

/**
 * What a safetensors file holds, and where.
 *
 * @param tensors in the order of their values, which follow each other without gaps
 * @param dataStart where in the file the first tensor's values begin
 */
record SafetensorsHeader(List<TensorSpec> tensors, Map<String, String> metadata, long dataStart) {

    static final String METADATA = "__metadata__";

    /** The format's own bound, against files that would fill the memory. */
    private static final long MAX_LENGTH = 100_000_000;

    private static final int ALIGNMENT = 8;
    private static final String NOT_USABLE = "; the file is damaged or not safetensors: use another copy";

    /** The bytes that stand before the tensors' values. */
    static byte[] encode(List<TensorSpec> tensors, Map<String, String> metadata) {
        byte[] json = Json.compact(json(tensors, metadata));
        int padded = (json.length + ALIGNMENT - 1) / ALIGNMENT * ALIGNMENT;
        byte[] bytes = new byte[Long.BYTES + padded];
        Arrays.fill(bytes, (byte) ' ');
        ByteBuffer.wrap(bytes).order(ByteOrder.LITTLE_ENDIAN).putLong(padded).put(json);
        return bytes;
    }

    private static ObjectNode json(List<TensorSpec> tensors, Map<String, String> metadata) {
        ObjectNode json = Json.object();
        if (!metadata.isEmpty()) {
            ObjectNode texts = json.putObject(METADATA);
            new TreeMap<>(metadata).forEach(texts::put);
        }
        Set<String> names = new HashSet<>();
        long begin = 0;
        for (TensorSpec tensor : tensors) {
            if (!names.add(tensor.name())) {
                throw new IllegalArgumentException(
                        "two tensors are named " + tensor.name() + ", but names must differ; write a shared one once");
            }
            long end = Math.addExact(begin, tensor.sizeInBytes());
            ObjectNode entry = json.putObject(tensor.name());
            entry.put("dtype", tensor.dtype().name());
            ArrayNode shape = entry.putArray("shape");
            tensor.shape().forEach(shape::add);
            entry.putArray("data_offsets").add(begin).add(end);
            begin = end;
        }
        return json;
    }

    /**
     * Reads a header and checks it against the file's length.
     *
     * @param where the file's name, for messages
     * @param length of the whole file, in bytes
     * @param in the file from its first byte on; left behind the header
     */
    static SafetensorsHeader read(String where, long length, InputStream in) throws IOException {
        if (length < Long.BYTES) {
            throw new CheckpointError(
                    where, "has " + length + " bytes, but must begin with 8 for the header's length" + NOT_USABLE);
        }
        long jsonLength = ByteBuffer.wrap(exactly(where, in, Long.BYTES))
                .order(ByteOrder.LITTLE_ENDIAN)
                .getLong();
        if (jsonLength < 2 || jsonLength > Math.min(MAX_LENGTH, length - Long.BYTES)) {
            throw new CheckpointError(
                    where,
                    "says that its header has " + jsonLength + " bytes, but in a file of " + length
                            + " bytes it must have 2 to " + Math.min(MAX_LENGTH, length - Long.BYTES) + NOT_USABLE);
        }
        byte[] json = exactly(where, in, (int) jsonLength);
        if (json[0] != '{') {
            throw new CheckpointError(where, "has a header that does not begin with {" + NOT_USABLE);
        }
        return parse(where, length, Long.BYTES + jsonLength, Json.parseObject(where, json));
    }

    private static byte[] exactly(String where, InputStream in, int count) throws IOException {
        byte[] bytes = in.readNBytes(count);
        if (bytes.length < count) {
            throw new CheckpointError(where, "ends inside its header" + NOT_USABLE);
        }
        return bytes;
    }

    private record Placed(TensorSpec tensor, long begin, long end) {}

    private static SafetensorsHeader parse(String where, long length, long dataStart, ObjectNode json) {
        Map<String, String> metadata = json.has(METADATA) ? Json.texts(where, json, METADATA) : Map.of();
        List<Placed> placed = new ArrayList<>();
        json.fields().forEachRemaining(entry -> {
            if (!entry.getKey().equals(METADATA)) {
                placed.add(placed(where, entry.getKey(), entry.getValue()));
            }
        });
        placed.sort(Comparator.comparingLong(Placed::begin).thenComparingLong(Placed::end));
        requireNoGap(where, placed, length - dataStart);
        return new SafetensorsHeader(placed.stream().map(Placed::tensor).toList(), metadata, dataStart);
    }

    private static Placed placed(String where, String name, JsonNode entry) {
        String place = where + ": tensor " + name;
        List<Long> shape = wholes(place, entry, "shape");
        List<Long> offsets = wholes(place, entry, "data_offsets");
        if (offsets.size() != 2) {
            throw new CheckpointError(place, "data_offsets is " + offsets + ", but must be [begin, end]" + NOT_USABLE);
        }
        TensorSpec tensor = tensor(place, name, dtype(place, Json.text(place, entry, "dtype")), shape);
        long begin = offsets.get(0);
        long end = offsets.get(1);
        if (begin < 0 || end < begin || end - begin != tensor.sizeInBytes()) {
            throw new CheckpointError(
                    place,
                    "data_offsets is " + offsets + ", but " + tensor.dtype() + " of shape " + shape + " needs "
                            + tensor.sizeInBytes() + " bytes" + NOT_USABLE);
        }
        return new Placed(tensor, begin, end);
    }

    private static List<Long> wholes(String place, JsonNode entry, String name) {
        List<Long> wholes = new ArrayList<>();
        for (JsonNode element : Json.elements(place, entry, name)) {
            wholes.add(Json.whole(place, "an element of " + name, element));
        }
        return wholes;
    }

    private static Dtype dtype(String place, String name) {
        return Arrays.stream(Dtype.values())
                .filter(dtype -> dtype.name().equals(name))
                .findFirst()
                .orElseThrow(() -> new CheckpointError(
                        place, "dtype is " + name + ", but it must be one of " + Arrays.toString(Dtype.values())));
    }

    private static TensorSpec tensor(String place, String name, Dtype dtype, List<Long> shape) {
        try {
            return new TensorSpec(name, dtype, shape);
        } catch (IllegalArgumentException e) {
            throw new CheckpointError(place, e.getMessage() + NOT_USABLE);
        }
    }

    private static void requireNoGap(String where, List<Placed> placed, long dataLength) {
        long expected = 0;
        for (Placed next : placed) {
            if (next.begin() != expected) {
                throw new CheckpointError(
                        where,
                        "tensor " + next.tensor().name() + " begins at byte " + next.begin()
                                + (next.begin() < expected ? ", inside the one before it" : ", behind a gap")
                                + ", but it must begin at " + expected + NOT_USABLE);
            }
            expected = next.end();
        }
        if (expected != dataLength) {
            throw new CheckpointError(
                    where, "has " + dataLength + " bytes of values, but its header describes " + expected + NOT_USABLE);
        }
    }

    /** Where in the tensors a name stands. */
    int indexOf(String where, String name) {
        for (int i = 0; i < tensors.size(); i++) {
            if (tensors.get(i).name().equals(name)) {
                return i;
            }
        }
        throw new CheckpointError(where, "has no tensor " + name + " among its " + tensors.size());
    }

    /** Where in the file the values of a tensor begin. */
    long offset(int index) {
        return dataStart
                + tensors.subList(0, index).stream()
                        .mapToLong(TensorSpec::sizeInBytes)
                        .sum();
    }
}
