package apportion.data.corpus;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.IOException;
import java.io.Serializable;
import java.nio.ByteBuffer;
import java.nio.CharBuffer;
import java.nio.charset.CharsetDecoder;
import java.nio.charset.CoderResult;
import java.nio.charset.StandardCharsets;
import java.util.Optional;

/** The documents that start in a range of a file, decoded from UTF-8 and taken out of their JSON. */
public final class DocumentReader implements AutoCloseable {

    private static final ObjectMapper JSON = new ObjectMapper();
    private static final String SKIP_REMEDY = "or skip such records with data.on-bad-text = skip";

    private final CorpusFile file;
    private final Rules rules;
    private final RecordReader records;

    /**
     * How a corpus is read.
     *
     * @param maxDocumentBytes a longer record is refused, which bounds the memory that reading takes
     */
    public record Rules(RecordFormat format, OnBadText onBadText, int maxDocumentBytes) implements Serializable {
        public Rules {
            if (maxDocumentBytes < 1) {
                throw new IllegalArgumentException(
                        "max-document-bytes = " + maxDocumentBytes + ", but it must be at least 1");
            }
        }
    }

    /** A record that breaks the rules, to be thrown or counted. */
    private static final class BadRecord extends Exception {
        private final Drop reason;

        BadRecord(Drop reason, String message) {
            super(message, null, false, false);
            this.reason = reason;
        }
    }

    public DocumentReader(CorpusFile file, ByteRange range, Rules rules) throws IOException {
        this.file = file;
        this.rules = rules;
        this.records = new RecordReader(file, rules.format(), range, rules.maxDocumentBytes());
    }

    /** What became of the next record, or nothing after the last. */
    public Optional<Reading> next() throws IOException {
        Optional<RecordReader.Raw> raw = records.next();
        return raw.isEmpty() ? Optional.empty() : Optional.of(reading(raw.get()));
    }

    @Override
    public void close() throws IOException {
        records.close();
    }

    private Reading reading(RecordReader.Raw raw) {
        try {
            String text = decode(raw);
            boolean json = rules.format() instanceof RecordFormat.JsonLines;
            return new Reading.Kept(new Document(file.name(), raw.offset(), json ? field(text, raw) : text));
        } catch (BadRecord e) {
            if (rules.onBadText() == OnBadText.FAIL) {
                throw new CorpusException(file.name() + ": " + e.getMessage());
            }
            return new Reading.Dropped(e.reason);
        }
    }

    private String decode(RecordReader.Raw raw) throws BadRecord {
        refuseForeignEncoding(raw);
        refuseTooLong(raw);
        byte[] bytes = raw.bytes();
        String text = new String(bytes, StandardCharsets.UTF_8);
        // Only a text with U+FFFD can have had bytes replaced.
        if (text.indexOf('\uFFFD') >= 0) {
            refuseMalformed(raw);
        }
        int zero = text.indexOf('\0');
        if (zero >= 0) {
            long at = raw.offset() + text.substring(0, zero).getBytes(StandardCharsets.UTF_8).length;
            throw new BadRecord(
                    Drop.BINARY,
                    "the byte at offset " + at + " is NUL, so this is a binary file and not text; leave it out of"
                            + " data.corpus, " + SKIP_REMEDY);
        }
        boolean marked = raw.offset() == 0 && text.startsWith("\uFEFF");
        return marked ? text.substring(1) : text;
    }

    private static void refuseForeignEncoding(RecordReader.Raw raw) throws BadRecord {
        byte[] bytes = raw.bytes();
        if (raw.offset() == 0 && bytes.length >= 2) {
            int mark = (bytes[0] & 0xFF) << 8 | (bytes[1] & 0xFF);
            if (mark == 0xFFFE || mark == 0xFEFF) {
                throw new BadRecord(
                        Drop.NOT_UTF8,
                        "the file begins as UTF-16 does, but it must be UTF-8; convert it (iconv -f UTF-16 -t UTF-8), "
                                + SKIP_REMEDY);
            }
        }
    }

    private void refuseTooLong(RecordReader.Raw raw) throws BadRecord {
        if (raw.length() > rules.maxDocumentBytes()) {
            throw new BadRecord(
                    Drop.TOO_LONG,
                    "the document at offset " + raw.offset() + " is longer than " + rules.maxDocumentBytes()
                            + " bytes; raise data.max-document-bytes, choose another data.format, " + SKIP_REMEDY);
        }
    }

    private static void refuseMalformed(RecordReader.Raw raw) throws BadRecord {
        CharsetDecoder strict = StandardCharsets.UTF_8.newDecoder();
        ByteBuffer bytes = ByteBuffer.wrap(raw.bytes());
        CharBuffer sink = CharBuffer.allocate(1 << 12);
        CoderResult result = strict.decode(bytes, sink, true);
        while (result.isOverflow()) {
            sink.clear();
            result = strict.decode(bytes, sink, true);
        }
        if (result.isMalformed()) {
            throw new BadRecord(
                    Drop.NOT_UTF8,
                    String.format(
                            "the byte 0x%02X at offset %d is not UTF-8; convert the file (iconv -f ISO-8859-1 -t UTF-8,"
                                    + " if it is Latin-1), %s",
                            raw.bytes()[bytes.position()], raw.offset() + bytes.position(), SKIP_REMEDY));
        }
    }

    private String field(String line, RecordReader.Raw raw) throws BadRecord {
        String field = ((RecordFormat.JsonLines) rules.format()).field();
        try {
            JsonNode text = JSON.readTree(line).path(field);
            if (!text.isTextual()) {
                throw new BadRecord(
                        Drop.BAD_JSON,
                        "the line at offset " + raw.offset() + " has no text in the field \"" + field
                                + "\"; name the field that has it in data.format.field, " + SKIP_REMEDY);
            }
            return text.textValue();
        } catch (JsonProcessingException e) {
            throw new BadRecord(
                    Drop.BAD_JSON,
                    "the line at offset " + raw.offset() + " is not JSON (" + e.getOriginalMessage() + "); mend it, "
                            + SKIP_REMEDY);
        }
    }
}
