package apportion.spark.tensorboard;

import java.io.ByteArrayOutputStream;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Map;
import java.util.zip.CRC32C;

/**
 * Encodes an event file.
 *
 * <p>Numbers of fields are those of TensorFlow's {@code event.proto} and {@code summary.proto}; a record is the length
 * of its data in 8 bytes, that length's checksum, the data, the data's checksum.
 */
public final class EventFile {

    /** How the names of such files begin; TensorBoard reads those of a directory in alphabetical order. */
    public static final String PREFIX = "events.out.tfevents.";

    private static final String VERSION = "brain.Event:2";

    private EventFile() {}

    /**
     * Numbers at a moment of a run.
     *
     * @param time in seconds since 1970
     * @param step where it stands on the horizontal axis
     * @param scalars by their names; those with the same text before a slash are shown together
     */
    public record Event(double time, long step, Map<String, Double> scalars) {}

    /** The bytes of a file with these events. */
    public static byte[] of(List<Event> events) {
        ByteArrayOutputStream file = new ByteArrayOutputStream();
        double begin = events.isEmpty() ? 0 : events.get(0).time;
        record(file, new Message().number(1, begin).text(3, VERSION));
        for (Event event : events) {
            Message summary = new Message();
            event.scalars.forEach((name, value) ->
                    summary.message(1, new Message().text(1, name).number(2, value.floatValue())));
            record(
                    file,
                    new Message().number(1, event.time).whole(2, event.step).message(5, summary));
        }
        return file.toByteArray();
    }

    private static void record(ByteArrayOutputStream file, Message message) {
        byte[] data = message.bytes.toByteArray();
        byte[] length = bytes(Long.BYTES).putLong(data.length).array();
        file.writeBytes(length);
        file.writeBytes(checksum(length));
        file.writeBytes(data);
        file.writeBytes(checksum(data));
    }

    /** CRC-32C, rotated by 15 bits and moved by a constant, as a checksum of data that holds checksums is weak. */
    private static byte[] checksum(byte[] data) {
        CRC32C crc = new CRC32C();
        crc.update(data);
        int masked = Integer.rotateRight((int) crc.getValue(), 15) + 0xA282EAD8;
        return bytes(Integer.BYTES).putInt(masked).array();
    }

    private static ByteBuffer bytes(int count) {
        return ByteBuffer.allocate(count).order(ByteOrder.LITTLE_ENDIAN);
    }

    /** A message that is being encoded. */
    private static final class Message {

        private static final int VARINT = 0;
        private static final int EIGHT_BYTES = 1;
        private static final int LENGTH_FIRST = 2;
        private static final int FOUR_BYTES = 5;

        private final ByteArrayOutputStream bytes = new ByteArrayOutputStream();

        Message number(int field, double value) {
            tag(field, EIGHT_BYTES);
            bytes.writeBytes(EventFile.bytes(Double.BYTES).putDouble(value).array());
            return this;
        }

        Message number(int field, float value) {
            tag(field, FOUR_BYTES);
            bytes.writeBytes(EventFile.bytes(Float.BYTES).putFloat(value).array());
            return this;
        }

        Message whole(int field, long value) {
            tag(field, VARINT);
            varint(value);
            return this;
        }

        Message text(int field, String value) {
            return nested(field, value.getBytes(StandardCharsets.UTF_8));
        }

        Message message(int field, Message value) {
            return nested(field, value.bytes.toByteArray());
        }

        private Message nested(int field, byte[] value) {
            tag(field, LENGTH_FIRST);
            varint(value.length);
            bytes.writeBytes(value);
            return this;
        }

        private void tag(int field, int type) {
            varint((long) field << 3 | type);
        }

        /** Seven bits a byte, the lowest first; the eighth says that more follow. */
        private void varint(long value) {
            long left = value;
            while ((left & ~0x7FL) != 0) {
                bytes.write((int) ((left & 0x7F) | 0x80));
                left >>>= 7;
            }
            bytes.write((int) left);
        }
    }
}
