package apportion.spark.tensorboard;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.HexFormat;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.zip.CRC32C;
import org.junit.jupiter.api.Test;

final class EventFileTest {

    /** What TensorBoard 2.21's own writer makes of its version and of loss 1.5 at step 300, both at time 2. */
    private static final String KNOWN = "1800000000000000a37f4b22"
            + "0900000000000000401a0d627261696e2e4576656e743a32ff2ee0e7"
            + "1b000000000000001a0d9e13"
            + "09000000000000004010ac022a0d0a0b0a046c6f7373150000c03f87bdd566";

    private record Read(double time, long step, String version, Map<String, Float> scalars) {}

    @Test
    void whatIsWrittenIsReadBack() {
        List<Read> events = read(EventFile.of(List.of(
                new EventFile.Event(1.7e9, 1, Map.of("loss/training", 3.25)),
                new EventFile.Event(1.7e9 + 1, 1L << 40, Map.of("a", -1.0, "b", 1e-3)))));

        assertThat(events)
                .containsExactly(
                        new Read(1.7e9, 0, "brain.Event:2", Map.of()),
                        new Read(1.7e9, 1, "", Map.of("loss/training", 3.25f)),
                        new Read(1.7e9 + 1, 1L << 40, "", Map.of("a", -1f, "b", 1e-3f)));
    }

    @Test
    void theBytesAreThoseThatTensorBoardKnows() {
        byte[] file = EventFile.of(List.of(new EventFile.Event(2, 300, Map.of("loss", 1.5))));
        assertThat(HexFormat.of().formatHex(file)).isEqualTo(KNOWN);
    }

    /** Every record, with its checksums checked. */
    private static List<Read> read(byte[] file) {
        List<Read> events = new ArrayList<>();
        ByteBuffer in = ByteBuffer.wrap(file).order(ByteOrder.LITTLE_ENDIAN);
        while (in.hasRemaining()) {
            byte[] length = new byte[8];
            in.get(length);
            checkChecksum(length, in.getInt());
            byte[] data = new byte
                    [(int) ByteBuffer.wrap(length)
                            .order(ByteOrder.LITTLE_ENDIAN)
                            .getLong()];
            in.get(data);
            checkChecksum(data, in.getInt());
            events.add(event(ByteBuffer.wrap(data).order(ByteOrder.LITTLE_ENDIAN)));
        }
        return events;
    }

    private static void checkChecksum(byte[] data, int masked) {
        CRC32C crc = new CRC32C();
        crc.update(data);
        assertThat(Integer.rotateLeft(masked - 0xA282EAD8, 15)).isEqualTo((int) crc.getValue());
    }

    private static Read event(ByteBuffer in) {
        double time = 0;
        long step = 0;
        String version = "";
        Map<String, Float> scalars = new TreeMap<>();
        while (in.hasRemaining()) {
            switch (in.get()) {
                case (1 << 3) | 1 -> time = in.getDouble();
                case 2 << 3 -> step = varint(in);
                case (3 << 3) | 2 -> version = text(in);
                case (5 << 3) | 2 -> scalars.putAll(summary(nested(in)));
                default -> throw new AssertionError("an unknown field");
            }
        }
        return new Read(time, step, version, scalars);
    }

    private static Map<String, Float> summary(ByteBuffer in) {
        Map<String, Float> scalars = new TreeMap<>();
        while (in.hasRemaining()) {
            assertThat(in.get()).isEqualTo((byte) ((1 << 3) | 2));
            ByteBuffer value = nested(in);
            assertThat(value.get()).isEqualTo((byte) ((1 << 3) | 2));
            String name = text(value);
            assertThat(value.get()).isEqualTo((byte) ((2 << 3) | 5));
            scalars.put(name, value.getFloat());
        }
        return scalars;
    }

    private static String text(ByteBuffer in) {
        return StandardCharsets.UTF_8.decode(nested(in)).toString();
    }

    private static ByteBuffer nested(ByteBuffer in) {
        int length = (int) varint(in);
        ByteBuffer part = in.slice(in.position(), length).order(ByteOrder.LITTLE_ENDIAN);
        in.position(in.position() + length);
        return part;
    }

    private static long varint(ByteBuffer in) {
        long value = 0;
        for (int shift = 0; ; shift += 7) {
            byte next = in.get();
            value |= (long) (next & 0x7F) << shift;
            if (next >= 0) {
                return value;
            }
        }
    }
}
