package apportion.data.corpus;

import java.io.IOException;
import java.io.Serializable;
import java.nio.ByteBuffer;
import java.nio.CharBuffer;
import java.nio.charset.CharsetDecoder;
import java.nio.charset.CoderResult;
import java.nio.charset.StandardCharsets;
import java.util.Optional;

/**
 * The documents of records, whatever the format that holds them: decoded from UTF-8, taken out of their JSON, and
 * within the limits.
 */
public final class DocumentReader implements AutoCloseable {

    static final String SKIP_REMEDY = "or skip such records with data.on-bad-text = skip";

    private final String source;
    private final RawRecords records;
    private final Optional<JsonText> json;
    private final OnBadText onBadText;
    private final int maxRecordBytes;
    private final int maxDocumentBytes;

    /**
     * How a corpus is read.
     *
     * @param maxDocumentBytes a longer document is refused, which bounds the memory that reading takes
     */
    public record Rules(RecordFormat format, OnBadText onBadText, int maxDocumentBytes) implements Serializable {
        public Rules {
            if (maxDocumentBytes < 1) {
                throw new IllegalArgumentException(
                        "max-document-bytes = " + maxDocumentBytes + ", but it must be at least 1");
            }
        }

        private int maxRecordBytes() {
            return format.recordLimit(maxDocumentBytes);
        }
    }

    /** The documents that start in a range of a file. */
    public DocumentReader(CorpusFile file, ByteRange range, Rules rules) throws IOException {
        this.source = file.name();
        this.records = new RecordReader(file, rules.format(), range, rules.maxRecordBytes());
        this.json = rules.format().jsonField().map(JsonText::new);
        this.onBadText = rules.onBadText();
        this.maxRecordBytes = rules.maxRecordBytes();
        this.maxDocumentBytes = rules.maxDocumentBytes();
    }

    /**
     * Documents out of records each of which is one text, such as the values of a column.
     *
     * @param source how messages and documents call the file
     */
    public DocumentReader(String source, RawRecords records, OnBadText onBadText, int maxDocumentBytes) {
        this.source = source;
        this.records = records;
        this.json = Optional.empty();
        this.onBadText = onBadText;
        this.maxRecordBytes = maxDocumentBytes;
        this.maxDocumentBytes = maxDocumentBytes;
    }

    /** Whether a file may be read in ranges of bytes: what is compressed, or no text, is read from its start. */
    public static boolean isSplittable(CorpusFile file, RecordFormat format) throws IOException {
        return format.splittable() && FileContent.isPlainText(file);
    }

    /** What became of the next record, or nothing after the last. */
    public Optional<Reading> next() throws IOException {
        try {
            Optional<RawRecord> raw = records.next();
            return raw.isEmpty() ? Optional.empty() : Optional.of(new Reading.Kept(document(raw.get())));
        } catch (BadRecord e) {
            if (onBadText == OnBadText.FAIL) {
                throw new CorpusException(source + ": " + e.getMessage());
            }
            return Optional.of(new Reading.Dropped(e.reason()));
        }
    }

    @Override
    public void close() throws IOException {
        records.close();
    }

    private Document document(RawRecord raw) throws BadRecord {
        refuseTooLong(raw, raw.length(), maxRecordBytes);
        String record = decode(raw);
        String text = withoutMark(json.isPresent() ? field(json.get(), raw, record) : record);
        return new Document(source, raw.offset(), text);
    }

    private String decode(RawRecord raw) throws BadRecord {
        String text = new String(raw.bytes(), 0, (int) raw.length(), StandardCharsets.UTF_8);
        // Only a text with U+FFFD can have had bytes replaced.
        if (text.indexOf('\uFFFD') >= 0) {
            refuseMalformed(raw, text);
        }
        int zero = text.indexOf('\0');
        if (zero >= 0) {
            throw bad(
                    Drop.BINARY,
                    "the byte at " + place(raw, text, zero) + " is NUL, so this is binary and not text; "
                            + records.exclusion());
        }
        return text;
    }

    /** What JSON spells with escapes must be text as well as what it spells with bytes. */
    private String field(JsonText json, RawRecord raw, String record) throws BadRecord {
        int mark = record.length() - withoutMark(record).length();
        String text = json.of(record.substring(mark), at -> place(raw, record, mark + at));
        refuseTooLong(raw, encodedLength(text, text.length()), maxDocumentBytes);
        if (text.indexOf('\0') >= 0) {
            throw bad(
                    Drop.BINARY,
                    "the text at " + records.place(raw, 0) + " holds \\u0000, so it is binary and not text; "
                            + records.exclusion());
        }
        if (hasLoneSurrogate(text)) {
            throw bad(
                    Drop.NOT_UTF8,
                    "the text at " + records.place(raw, 0) + " holds one half of a surrogate pair (\\ud800 to"
                            + " \\udfff), which is no character; write the text again from its source");
        }
        return text;
    }

    /** A byte order mark says that what follows is Unicode, and is no part of it. */
    private static String withoutMark(String text) {
        return text.startsWith("\uFEFF") ? text.substring(1) : text;
    }

    private void refuseTooLong(RawRecord raw, long length, int limit) throws BadRecord {
        if (length > limit) {
            throw bad(
                    Drop.TOO_LONG,
                    "the document at " + records.place(raw, 0) + " is longer than " + limit
                            + " bytes; raise data.max-document-bytes, choose another data.format");
        }
    }

    private void refuseMalformed(RawRecord raw, String text) throws BadRecord {
        CharsetDecoder strict = StandardCharsets.UTF_8.newDecoder();
        ByteBuffer bytes = ByteBuffer.wrap(raw.bytes(), 0, (int) raw.length());
        CharBuffer sink = CharBuffer.allocate(1 << 12);
        CoderResult result = strict.decode(bytes, sink, true);
        while (result.isOverflow()) {
            sink.clear();
            result = strict.decode(bytes, sink, true);
        }
        if (result.isMalformed()) {
            throw bad(
                    Drop.NOT_UTF8,
                    String.format(
                            "the byte 0x%02X at %s is not UTF-8; %s",
                            raw.bytes()[bytes.position()],
                            records.place(raw, bytes.position()),
                            encodingRemedy(raw, text)));
        }
    }

    /** A wrong guess would make a wrong text of it, so Latin-1 is named only where the bytes look like it. */
    private String encodingRemedy(RawRecord raw, String text) {
        int high = 0;
        int controls = 0;
        for (int i = 0; i < raw.length(); i++) {
            byte value = raw.bytes()[i];
            high += value < 0 ? 1 : 0;
            controls += value >= 0 && value < ' ' && value != '\n' && value != '\r' && value != '\t' && value != '\f'
                    ? 1
                    : 0;
        }
        long replaced = text.chars().filter(unit -> unit == '\uFFFD').count();
        long decoded = text.chars().filter(unit -> unit > 0x7F).count() - replaced;
        if (controls > 0) {
            return "as there are control characters, too, this seems to be binary and not text; " + records.exclusion();
        }
        if (decoded > replaced) {
            return "most of the others are, so it is damaged there: mend it";
        }
        return high <= raw.length() / 2
                ? records.conversion("ISO-8859-1") + ", if it is Latin-1"
                : records.conversion("ENCODING") + " from the encoding that it was written in";
    }

    private static boolean hasLoneSurrogate(String text) {
        for (int i = 0; i < text.length(); i++) {
            if (Character.isSurrogate(text.charAt(i))) {
                if (!Character.isSurrogatePair(text.charAt(i), i + 1 < text.length() ? text.charAt(i + 1) : 'x')) {
                    return true;
                }
                i++;
            }
        }
        return false;
    }

    /** How messages call the place of a character of a record. */
    private String place(RawRecord raw, String record, int character) {
        return records.place(raw, encodedLength(record, Math.min(character, record.length())));
    }

    /** Bytes of the first characters of a text in UTF-8. */
    private static long encodedLength(String text, int characters) {
        long length = 0;
        for (int i = 0; i < characters; i++) {
            char unit = text.charAt(i);
            // Two surrogates share four bytes.
            length += unit < 0x80 ? 1 : unit < 0x800 || Character.isSurrogate(unit) ? 2 : 3;
        }
        return length;
    }

    private static BadRecord bad(Drop reason, String message) {
        return new BadRecord(reason, message + ", " + SKIP_REMEDY);
    }
}
