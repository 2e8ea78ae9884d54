package apportion.model.checkpoint;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.FilterInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.io.RandomAccessFile;
import java.io.SequenceInputStream;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;

class SafetensorsTest {

    private static final String FILE = "model.safetensors";
    private static final String ONE_FLOAT = "{\"a\":{\"dtype\":\"F32\",\"shape\":[1],\"data_offsets\":[0,4]}}";

    @Test
    void theBytesAreThoseOfTheFormat() throws Exception {
        ByteArrayOutputStream out = new ByteArrayOutputStream();
        try (SafetensorsWriter writer =
                new SafetensorsWriter(out, List.of(TensorSpec.of("a", Dtype.F32, 1)), Map.of())) {
            writer.write(new float[] {1});
        }

        String padding = " ".repeat(7 - (ONE_FLOAT.length() - 1) % 8);
        ByteBuffer expected = ByteBuffer.allocate(8 + ONE_FLOAT.length() + padding.length() + 4)
                .order(ByteOrder.LITTLE_ENDIAN)
                .putLong(ONE_FLOAT.length() + padding.length())
                .put((ONE_FLOAT + padding).getBytes(StandardCharsets.US_ASCII))
                .putInt(0x3f80_0000);
        assertThat(out.toByteArray()).isEqualTo(expected.array());
    }

    @Test
    void anotherParserReadsWhatWasWritten() throws Exception {
        Random random = new Random(5);
        for (int trial = 0; trial < 50; trial++) {
            Map<String, double[]> values = new LinkedHashMap<>();
            byte[] file = randomFile(random, values);

            Map<String, double[]> read = parseIndependently(file);

            assertThat(read.keySet()).containsExactlyElementsOf(values.keySet());
            values.forEach((name, expected) -> assertThat(read.get(name)).containsExactly(expected));
        }
    }

    private static byte[] randomFile(Random random, Map<String, double[]> values) throws IOException {
        List<TensorSpec> tensors = random.ints(0, 5)
                .limit(random.nextInt(6))
                .mapToObj(rank -> TensorSpec.of(
                        "tensor." + Integer.toUnsignedString(random.nextInt()),
                        random.nextBoolean() ? Dtype.F32 : Dtype.F64,
                        random.longs(rank, 0, 7).toArray()))
                .toList();
        ByteArrayOutputStream out = new ByteArrayOutputStream();
        try (SafetensorsWriter writer = new SafetensorsWriter(out, tensors, Map.of("key", "text \"quoted\""))) {
            for (TensorSpec tensor : tensors) {
                double[] numbers =
                        random.doubles(tensor.size()).map(x -> (float) x).toArray();
                values.put(tensor.name(), numbers);
                if (tensor.dtype() == Dtype.F64) {
                    writer.write(numbers);
                } else {
                    writer.write(FlatVector.of(numbers).floats());
                }
            }
        }
        return out.toByteArray();
    }

    /** Shares nothing with the product: a regular expression for the header, arithmetic for the numbers. */
    private static Map<String, double[]> parseIndependently(byte[] file) {
        int headerLength = (int) unsigned(file, 0, 8);
        assertThat(headerLength % 8).isZero();
        String header = new String(file, 8, headerLength, StandardCharsets.UTF_8);
        Matcher entry = Pattern.compile("\"([^\"]+)\":\\{\"dtype\":\"F(32|64)\",\"shape\":\\[([0-9,]*)],"
                        + "\"data_offsets\":\\[(\\d+),(\\d+)]}")
                .matcher(header);
        Map<String, double[]> tensors = new LinkedHashMap<>();
        while (entry.find()) {
            int width = Integer.parseInt(entry.group(2)) / 8;
            int begin = 8 + headerLength + Integer.parseInt(entry.group(4));
            int end = 8 + headerLength + Integer.parseInt(entry.group(5));
            long size = Pattern.compile(",")
                    .splitAsStream(entry.group(3))
                    .filter(extent -> !extent.isEmpty())
                    .mapToLong(Long::parseLong)
                    .reduce(1, (a, b) -> a * b);
            assertThat((long) end - begin).isEqualTo(size * width);
            double[] numbers = new double[(end - begin) / width];
            for (int i = 0; i < numbers.length; i++) {
                long bits = unsigned(file, begin + i * width, width);
                numbers[i] = width == 8 ? Double.longBitsToDouble(bits) : Float.intBitsToFloat((int) bits);
            }
            tensors.put(entry.group(1), numbers);
        }
        return tensors;
    }

    private static long unsigned(byte[] bytes, int at, int width) {
        long value = 0;
        for (int i = width - 1; i >= 0; i--) {
            value = value * 256 + (bytes[at + i] & 0xff);
        }
        return value;
    }

    @Test
    void tensorsAreReadInOrderAloneAndInPieces() throws Exception {
        MemoryStore store = new MemoryStore();
        List<TensorSpec> tensors = List.of(
                TensorSpec.of("empty", Dtype.F32, 0, 5),
                TensorSpec.of("long", Dtype.F32, 700, 1000),
                TensorSpec.of("scalar", Dtype.F32),
                TensorSpec.of("last", Dtype.F32, 3));
        float[] all = new float[700_004];
        for (int i = 0; i < all.length; i++) {
            all[i] = i;
        }
        try (SafetensorsWriter writer = new SafetensorsWriter(store.create(FILE), tensors, Map.of("made", "here"))) {
            writer.write(all);
        }

        SafetensorsFile file = SafetensorsFile.open(store, FILE);
        assertThat(file.tensors()).isEqualTo(tensors);
        assertThat(file.metadata()).containsExactly(Map.entry("made", "here"));
        assertThat(file.floats("empty")).isEmpty();
        assertThat(file.floats("scalar")).containsExactly(700_000);
        assertThat(file.doubles("last")).containsExactly(700_001, 700_002, 700_003);
        float[] read = new float[all.length];
        try (SafetensorsReader reader =
                SafetensorsReader.of(FILE, store.length(FILE), new Trickle(store.open(FILE, 0)))) {
            for (int at = 0; at < read.length; at += 333_333) {
                reader.read(read, at, Math.min(333_333, read.length - at));
            }
            assertThatThrownBy(() -> reader.read(new float[1], 0, 1))
                    .hasMessage("model.safetensors: all values are read, but 1 more are asked for");
        }
        assertThat(read).isEqualTo(all);
    }

    /** A network, say: never gives as much as was asked for. */
    private static final class Trickle extends FilterInputStream {

        Trickle(InputStream in) {
            super(in);
        }

        @Override
        public int read(byte[] bytes, int from, int count) throws IOException {
            return super.read(bytes, from, Math.min(count, 1013));
        }
    }

    @Test
    void numbersOfSixteenBitsAreReadExactly() throws Exception {
        short[] halves = {
            0x0000,
            (short) 0x8000,
            0x3c00,
            (short) 0xc000,
            0x7bff,
            0x0001,
            0x03ff,
            0x0400,
            0x3555,
            0x7c00,
            (short) 0xfc00,
            0x7e00
        };
        double[] expected = {
            0.0,
            -0.0,
            1,
            -2,
            65504,
            Math.pow(2, -24),
            1023 * Math.pow(2, -24),
            Math.pow(2, -14),
            0.333251953125,
            Double.POSITIVE_INFINITY,
            Double.NEGATIVE_INFINITY,
            Double.NaN
        };
        assertThat(sixteenBits("F16", halves).doubles("a")).containsExactly(expected);
        assertThat(sixteenBits("BF16", (short) 0x3f80, (short) 0xc049, (short) 0xff80)
                        .floats("a"))
                .containsExactly(1f, -3.140625f, Float.NEGATIVE_INFINITY);
    }

    private static SafetensorsFile sixteenBits(String dtype, short... values) throws IOException {
        ByteBuffer data = ByteBuffer.allocate(2 * values.length).order(ByteOrder.LITTLE_ENDIAN);
        data.asShortBuffer().put(values);
        MemoryStore store = new MemoryStore();
        store.put(FILE, file(header(dtype, "[" + values.length + "]", 0, data.capacity()), data.array()));
        return SafetensorsFile.open(store, FILE);
    }

    @Test
    void doublesAreRoundedWhereFloatsAreAskedFor() throws Exception {
        MemoryStore store = new MemoryStore();
        try (SafetensorsWriter writer =
                new SafetensorsWriter(store.create(FILE), List.of(TensorSpec.of("pi", Dtype.F64, 1)), Map.of())) {
            writer.write(new double[] {Math.PI});
        }

        assertThat(SafetensorsFile.open(store, FILE).floats("pi")).containsExactly((float) Math.PI);
    }

    @Test
    void wholeNumbersAreListedAndRefusedByName() throws Exception {
        MemoryStore store = new MemoryStore();
        store.put(FILE, file(header("I64", "[2]", 0, 16), new byte[16]));

        SafetensorsFile file = SafetensorsFile.open(store, FILE);

        assertThat(file.tensors()).containsExactly(TensorSpec.of("a", Dtype.I64, 2));
        assertThatThrownBy(() -> file.floats("a"))
                .isInstanceOf(CheckpointError.class)
                .hasMessage("model.safetensors: tensor a is I64, but only F64, F32, F16 and BF16 can be read as"
                        + " numbers; do not ask for this one");
    }

    @Test
    void aTensorThatIsNotThereIsNamed() throws Exception {
        MemoryStore store = new MemoryStore();
        store.put(FILE, file(ONE_FLOAT, new byte[4]));

        assertThatThrownBy(() -> SafetensorsFile.open(store, FILE).floats("b"))
                .hasMessage("model.safetensors: has no tensor b among its 1");
    }

    @Test
    void tensorsMayStandInTheHeaderInAnyOrder() throws Exception {
        MemoryStore store = new MemoryStore();
        String second = "\"b\":{\"data_offsets\":[4,8],\"shape\":[1],\"dtype\":\"F32\"}";
        String first = "\"a\":{\"dtype\":\"F32\",\"shape\":[1],\"data_offsets\":[0,4]}";
        store.put(FILE, file("{" + second + "," + first + "}", new byte[] {0, 0, -128, 63, 0, 0, 0, 64}));

        SafetensorsFile file = SafetensorsFile.open(store, FILE);

        assertThat(file.tensors()).extracting(TensorSpec::name).containsExactly("a", "b");
        assertThat(file.floats("b")).containsExactly(2f);
    }

    static Stream<Arguments> hostileFiles() {
        byte[] four = new byte[4];
        return Stream.of(
                Arguments.of(new byte[0], "has 0 bytes, but must begin with 8 for the header's length"),
                Arguments.of(new byte[7], "has 7 bytes, but must begin with 8"),
                Arguments.of(
                        withLength(-1, "{}", four), "says that its header has -1 bytes, but in a file of 14 bytes"),
                Arguments.of(withLength(Long.MIN_VALUE, "{}", four), "says that its header has -9223372036854775808"),
                Arguments.of(withLength(0, "{}", four), "says that its header has 0 bytes"),
                Arguments.of(withLength(Long.MAX_VALUE, "{}", four), "it must have 2 to 6"),
                Arguments.of(withLength(7, "{}", four), "it must have 2 to 6"),
                Arguments.of("not a tensor file at all".getBytes(StandardCharsets.UTF_8), "says that its header has"),
                Arguments.of(file(" {}", four), "has a header that does not begin with {"),
                Arguments.of(file("[]", four), "has a header that does not begin with {"),
                Arguments.of(file("{\"a\"", four), "holds JSON that cannot be read: Unexpected end"),
                Arguments.of(file("{}{}", four), "holds JSON that cannot be read: Trailing token"),
                Arguments.of(file("{\"a\":NaN}", four), "holds JSON that cannot be read"),
                Arguments.of(file("{".repeat(50_000), four), "holds JSON that cannot be read"),
                Arguments.of(file("{\"a\":" + "[".repeat(50_000), four), "holds JSON that cannot be read"),
                Arguments.of(
                        file("{\"\u00e9\":1}".getBytes(StandardCharsets.ISO_8859_1), four),
                        "holds bytes that are not UTF-8"),
                Arguments.of(file("{\"a\":1}".getBytes(StandardCharsets.UTF_16LE), four), "cannot be read"),
                Arguments.of(file("{\"a\":1}", four), "tensor a: shape is missing"),
                Arguments.of(file("{\"a\":{}}", four), "tensor a: shape is missing"),
                Arguments.of(file("{\"a\":{\"shape\":{}}}", four), "shape is {}, but it must be a list"),
                Arguments.of(
                        file(ONE_FLOAT.replace("}}", "},\"a\"" + ONE_FLOAT.substring(4)), four),
                        "holds JSON that cannot be read: Duplicate field 'a'"),
                Arguments.of(
                        file(ONE_FLOAT.replace("F32", "F31"), four), "tensor a: dtype is F31, but it must be one of"),
                Arguments.of(file(ONE_FLOAT.replace("\"F32\"", "32"), four), "dtype is 32, but it must be a text"),
                Arguments.of(file(header("F32", "[1.0]", 0, 4), four), "an element of shape is 1.0, but it must be a"),
                Arguments.of(file(header("F32", "[null]", 0, 4), four), "an element of shape is null"),
                Arguments.of(
                        file(header("F32", "[-1]", 0, 4), four), "has the shape [-1], but extents must be at least 0"),
                Arguments.of(file(header("F32", "[-1,-1]", 0, 4), four), "has the shape [-1, -1], but extents must be"),
                Arguments.of(file(header("F32", "[18446744073709551617]", 0, 4), four), "a whole number of 64 bits"),
                Arguments.of(file(header("F32", "[4294967296,4294967296]", 0, 4), four), "their product below 2^63"),
                Arguments.of(
                        file(header("F32", "[4611686018427387905]", 0, 4), four), "their product below 2^63 bytes"),
                Arguments.of(
                        file(header("F32", "[2]", 0, 4), four), "data_offsets is [0, 4], but F32 of shape [2] needs 8"),
                Arguments.of(file(header("F32", "[1]", 4, 0), four), "data_offsets is [4, 0]"),
                Arguments.of(file(header("F32", "[1]", -4, 0), four), "data_offsets is [-4, 0]"),
                Arguments.of(
                        file(header("F32", "[1]", Long.MAX_VALUE, Long.MIN_VALUE + 3), four),
                        "data_offsets is [9223372036854775807, -9223372036854775805]"),
                Arguments.of(
                        file(ONE_FLOAT.replace("[0,4]", "[4]"), four), "data_offsets is [4], but must be [begin, end]"),
                Arguments.of(
                        file(header("F32", "[1]", 4, 8), new byte[8]),
                        "tensor a begins at byte 4, behind a gap, but it must begin at 0"),
                Arguments.of(
                        file(two(0, 4, 2, 6), new byte[6]),
                        "tensor b begins at byte 2, inside the one before it, but it must begin at 4"),
                Arguments.of(file(two(0, 4, 8, 12), new byte[12]), "tensor b begins at byte 8, behind a gap"),
                Arguments.of(file(ONE_FLOAT, new byte[3]), "has 3 bytes of values, but its header describes 4"),
                Arguments.of(file(ONE_FLOAT, new byte[5]), "has 5 bytes of values, but its header describes 4"),
                Arguments.of(
                        file("{\"__metadata__\":{\"k\":1}}", new byte[0]),
                        "__metadata__.k is 1, but it must be a text"),
                Arguments.of(
                        file("{\"__metadata__\":[]}", new byte[0]), "__metadata__ is [], but it must be an object"),
                Arguments.of(file(ONE_FLOAT.replace("\"a\"", "\"\""), four), "a tensor's name is \"\""));
    }

    @ParameterizedTest
    @MethodSource("hostileFiles")
    void aFileThatIsNotAsItMustBeIsRefusedWithItsReason(byte[] file, String reason) {
        MemoryStore store = new MemoryStore();
        store.put(FILE, file);

        assertThatThrownBy(() -> SafetensorsFile.open(store, FILE))
                .isInstanceOf(CheckpointError.class)
                .hasMessageStartingWith("model.safetensors: ")
                .hasMessageContaining(reason);
    }

    @Test
    void aStreamThatEndsEarlyIsSaidToBeTruncated() throws Exception {
        byte[] whole = file(header("F32", "[1000]", 0, 4000), new byte[4000]);
        for (int length : new int[] {0, 7, 8, 30, whole.length - 4000, whole.length - 1}) {
            InputStream in = new ByteArrayInputStream(Arrays.copyOf(whole, length));
            assertThatThrownBy(() -> {
                        try (SafetensorsReader reader = SafetensorsReader.of(FILE, whole.length, in)) {
                            reader.read(new float[1000], 0, 1000);
                        }
                    })
                    .isInstanceOf(CheckpointError.class)
                    .hasMessageMatching(
                            "model.safetensors: ends (inside its header|\\d+ bytes or more inside the values"
                                    + " of tensor a); .*");
        }
    }

    @Test
    void theWriterRefusesWhatWouldNotBeThatFile() throws Exception {
        TensorSpec two = TensorSpec.of("a", Dtype.F32, 2);
        assertThatThrownBy(() -> writer(two).close()).hasMessage("2 values were announced and not written");
        assertThatThrownBy(() -> writer(two).write(new float[3]))
                .hasMessage("all tensors are written, but there are 1 more values; the shapes must fit them");
        assertThatThrownBy(() -> writer(two).write(new double[2]))
                .hasMessage("tensor a was announced as F32, but its values are F64");
        assertThatThrownBy(() -> writer(two, two))
                .hasMessage("two tensors are named a, but names must differ; write a shared one once");
        assertThatThrownBy(() -> writer(TensorSpec.of("a", Dtype.I64, 2)))
                .hasMessage("tensor a is I64, but only F32 and F64 can be written");
        assertThatThrownBy(() -> TensorSpec.of("__metadata__", Dtype.F32)).hasMessageContaining("name it otherwise");
        assertThatThrownBy(() -> TensorSpec.of("a", Dtype.F32, Long.MAX_VALUE, 2))
                .isInstanceOf(IllegalArgumentException.class);
        assertThatThrownBy(() -> writer(TensorSpec.of("\ud800", Dtype.F32)))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageContaining("half a surrogate pair");
    }

    private static SafetensorsWriter writer(TensorSpec... tensors) throws IOException {
        return new SafetensorsWriter(new ByteArrayOutputStream(), List.of(tensors), Map.of());
    }

    @Test
    void aTensorOfMoreThanTwoGibibytesIsWrittenAndReadInPieces() throws Exception {
        int pieces = 600;
        float[] piece = new float[1 << 20];
        piece[piece.length - 1] = 7;
        TensorSpec tensor = TensorSpec.of("large", Dtype.F32, pieces, piece.length);
        Counted counted = new Counted();
        try (SafetensorsWriter writer = new SafetensorsWriter(counted, List.of(tensor), Map.of())) {
            for (int i = 0; i < pieces; i++) {
                writer.write(piece);
            }
        }
        assertThat(tensor.sizeInBytes()).isGreaterThan(Integer.MAX_VALUE);
        assertThat(counted.bytes - counted.header.length).isEqualTo(tensor.sizeInBytes());

        InputStream file =
                new SequenceInputStream(new ByteArrayInputStream(counted.header), new Repeated(counted.last, pieces));
        try (SafetensorsReader reader = SafetensorsReader.of(FILE, counted.bytes, file)) {
            for (int i = 0; i < pieces; i++) {
                piece[piece.length - 1] = 0;
                reader.read(piece, 0, piece.length);
                assertThat(piece[piece.length - 1]).isEqualTo(7);
            }
            assertThatThrownBy(() -> reader.read(new float[1], 0, 1)).isInstanceOf(IllegalStateException.class);
        }
    }

    /** Keeps the first write, which is the header, and the last one. */
    private static final class Counted extends OutputStream {

        private byte[] header = {};
        private byte[] last = {};
        private long bytes;

        @Override
        public void write(int value) {
            throw new IllegalStateException("single bytes are slow");
        }

        @Override
        public void write(byte[] values, int from, int count) {
            byte[] copy = Arrays.copyOfRange(values, from, from + count);
            if (bytes == 0) {
                header = copy;
            }
            last = copy;
            bytes += count;
        }
    }

    /** A piece that ends as the written one does, again and again. */
    private static final class Repeated extends InputStream {

        private final byte[] piece;
        private long left;
        private int at;

        Repeated(byte[] lastChunk, int pieces) {
            piece = new byte[4 << 20];
            System.arraycopy(lastChunk, 0, piece, piece.length - lastChunk.length, lastChunk.length);
            left = (long) pieces * piece.length;
        }

        @Override
        public int read() {
            throw new IllegalStateException("single bytes are slow");
        }

        @Override
        public int read(byte[] bytes, int from, int count) {
            if (left == 0) {
                return -1;
            }
            int read = Math.min(count, piece.length - at);
            System.arraycopy(piece, at, bytes, from, read);
            at = (at + read) % piece.length;
            left -= read;
            return read;
        }
    }

    @Test
    void aTensorBeyondTwoGibibytesIsReadAlone(@TempDir Path directory) throws Exception {
        Path path = directory.resolve("sparse.safetensors");
        long large = 3L << 30;
        byte[] header = file(
                "{\"large\":{\"dtype\":\"F32\",\"shape\":[" + large / 4 + "],\"data_offsets\":[0," + large + "]},"
                        + "\"small\":{\"dtype\":\"F32\",\"shape\":[2],\"data_offsets\":[" + large + "," + (large + 8)
                        + "]}}",
                new byte[0]);
        try (RandomAccessFile sparse = new RandomAccessFile(path.toFile(), "rw")) {
            sparse.write(header);
            sparse.seek(header.length + large);
            sparse.write(new byte[] {0, 0, -128, 63, 0, 0, 0, 64});
        }

        assertThat(SafetensorsFile.open(new LocalStore(), path.toString()).floats("small"))
                .containsExactly(1f, 2f);
    }

    private static String header(String dtype, String shape, long begin, long end) {
        return "{\"a\":{\"dtype\":\"" + dtype + "\",\"shape\":" + shape + ",\"data_offsets\":[" + begin + "," + end
                + "]}}";
    }

    private static String two(long begin, long end, long secondBegin, long secondEnd) {
        String second = header("F32", "[1]", secondBegin, secondEnd).replace("\"a\"", "\"b\"");
        return header("F32", "[1]", begin, end).replace("}}", "},") + second.substring(1);
    }

    private static byte[] file(String header, byte[] data) {
        return file(header.getBytes(StandardCharsets.UTF_8), data);
    }

    private static byte[] file(byte[] header, byte[] data) {
        return ByteBuffer.allocate(8 + header.length + data.length)
                .order(ByteOrder.LITTLE_ENDIAN)
                .putLong(header.length)
                .put(header)
                .put(data)
                .array();
    }

    private static byte[] withLength(long length, String header, byte[] data) {
        byte[] file = file(header, data);
        ByteBuffer.wrap(file).order(ByteOrder.LITTLE_ENDIAN).putLong(0, length);
        return file;
    }
}
