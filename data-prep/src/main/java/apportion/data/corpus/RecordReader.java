package apportion.data.corpus;

import java.io.IOException;
import java.util.Arrays;
import java.util.Optional;

/**
 * The records that start in a range of a file, in order.
 *
 * <p>Memory: one buffer, and one record up to the limit; the rest of a longer record is read past without being kept.
 */
final class RecordReader implements RawRecords {

    private static final int END = -1;

    /** Bytes kept beyond the limit, so that the line ends after a record of just that length are seen and dropped. */
    private static final int LINE_ENDS = 4;

    private final RecordFormat format;
    private final ByteRange range;
    private final int limit;
    private final FileContent in;
    private boolean refused;
    private final byte[] buffer = new byte[1 << 16];
    private int next;
    private int filled;
    private long offset;

    private byte[] record = new byte[1 << 10];
    private int kept;
    private long length;

    RecordReader(CorpusFile file, RecordFormat format, ByteRange range, int limit) throws IOException {
        if (range.start() > 0 && !format.splittable()) {
            throw new IllegalArgumentException(
                    file.name() + " is one document and cannot be read from byte " + range.start() + " on");
        }
        this.format = format;
        this.range = range;
        this.limit = limit;
        this.offset = Math.max(0, range.start() - format.lookBehind());
        this.in = offset == 0 ? FileContent.of(file) : FileContent.from(file, offset);
        skipToFirstRecord();
    }

    /** The next record that starts in the range; one bad one stands for a file that is no text at all. */
    @Override
    public Optional<RawRecord> next() throws IOException, BadRecord {
        if (in.refusal().isPresent()) {
            return refuseOnce(in.refusal().get());
        }
        while (offset < range.end()) {
            long start = offset;
            kept = 0;
            length = 0;
            boolean more = readRecord();
            dropLineEnds();
            if (length > 0) {
                return Optional.of(new RawRecord(start, length, record));
            }
            if (!more) {
                break;
            }
        }
        return Optional.empty();
    }

    private Optional<RawRecord> refuseOnce(BadRecord refusal) throws BadRecord {
        if (refused) {
            return Optional.empty();
        }
        refused = true;
        throw refusal;
    }

    @Override
    public String place(RawRecord raw, long at) {
        return "offset " + (raw.offset() + at);
    }

    @Override
    public String conversion(String encoding) {
        return "convert the file (iconv -f " + encoding + " -t UTF-8)";
    }

    @Override
    public String exclusion() {
        return "leave the file out of data.corpus";
    }

    @Override
    public void close() throws IOException {
        in.close();
    }

    /**
     * Reads up to where the range's first record may start. For lines that is behind the first line end at or after the
     * byte before the range; for blocks the line end must be that of an empty line.
     */
    private void skipToFirstRecord() throws IOException {
        if (range.start() == 0) {
            return;
        }
        boolean blocks = format instanceof RecordFormat.Blocks;
        LineState line = new LineState(offset == 0);
        int value = 0;
        while (value != END && !(offset >= range.start() && (blocks ? line.afterEmpty() : line.started()))) {
            value = read();
            line.see(value);
        }
    }

    /** Says whether there may be more after this one. */
    private boolean readRecord() throws IOException {
        if (format instanceof RecordFormat.WholeFile) {
            return readAll();
        }
        return format instanceof RecordFormat.Blocks ? readBlock() : readLine();
    }

    private boolean readAll() throws IOException {
        int value = read();
        while (value != END && length <= limit) {
            keep(value);
            value = read();
        }
        return false;
    }

    private boolean readLine() throws IOException {
        int value = read();
        while (value != END && value != '\n') {
            keep(value);
            value = read();
        }
        if (value == '\n') {
            keep(value);
        }
        return value != END;
    }

    private boolean readBlock() throws IOException {
        LineState line = new LineState(true);
        int value = 0;
        do {
            value = read();
            if (value != END) {
                keep(value);
                line.see(value);
            }
        } while (value != END && !line.afterEmpty());
        return value != END;
    }

    private void keep(int value) {
        if (kept < (long) limit + LINE_ENDS) {
            if (kept == record.length) {
                record = Arrays.copyOf(record, (int) Math.min((long) limit + LINE_ENDS, kept * 2L));
            }
            record[kept++] = (byte) value;
        }
        length++;
    }

    /** A whole file keeps its last line end: it is part of the document. */
    private void dropLineEnds() {
        if (format instanceof RecordFormat.WholeFile) {
            return;
        }
        while (kept > 0 && kept == length && record[kept - 1] == '\n') {
            drop();
            if (kept > 0 && record[kept - 1] == '\r') {
                drop();
            }
        }
    }

    private void drop() {
        kept--;
        length--;
    }

    private int read() throws IOException {
        if (next == filled) {
            filled = in.read(buffer);
            next = 0;
            if (filled <= 0) {
                filled = 0;
                return END;
            }
        }
        offset++;
        return buffer[next++] & 0xFF;
    }

    /** Follows line ends, to know at the start of a line whether the one before was empty. */
    private static final class LineState {

        private boolean started;
        private boolean afterEmpty;
        private boolean empty;
        private boolean onlyReturn;

        /** A file starts as if after an empty line; in its middle nothing is known until a line has ended. */
        LineState(boolean atStart) {
            started = atStart;
            empty = atStart;
        }

        void see(int value) {
            if (value == '\n') {
                afterEmpty = empty || onlyReturn;
                started = true;
                empty = true;
                onlyReturn = false;
            } else {
                onlyReturn = value == '\r' && empty;
                afterEmpty = false;
                started = false;
                empty = false;
            }
        }

        boolean started() {
            return started;
        }

        boolean afterEmpty() {
            return afterEmpty;
        }
    }
}
