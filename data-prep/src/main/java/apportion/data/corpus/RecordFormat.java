package apportion.data.corpus;

import java.io.Serializable;
import java.util.Optional;

/** What one record of a file is. */
public sealed interface RecordFormat extends Serializable {

    /** Bytes before a range that tell whether a record starts at its first byte. */
    int lookBehind();

    /** Whether a file may be read in ranges. */
    default boolean splittable() {
        return true;
    }

    /** Bytes that a record may have if its document may have so many. */
    default int recordLimit(int maxDocumentBytes) {
        return maxDocumentBytes;
    }

    /** The field that has the text, where a record is a JSON object. */
    default Optional<String> jsonField() {
        return Optional.empty();
    }

    /** The whole file is one document. */
    record WholeFile() implements RecordFormat {
        @Override
        public int lookBehind() {
            return 0;
        }

        @Override
        public boolean splittable() {
            return false;
        }
    }

    /** Every line is a document; lines end with LF or CR LF, and empty ones are none. */
    record Lines() implements RecordFormat {
        @Override
        public int lookBehind() {
            return 1;
        }
    }

    /** Documents are separated by empty lines; a line of spaces is not empty. */
    record Blocks() implements RecordFormat {
        @Override
        public int lookBehind() {
            // LF CR LF, the longest end of an empty line.
            return 3;
        }
    }

    /**
     * Every line is a JSON object, one of whose fields is the text; empty lines are none.
     *
     * @param field name of that field
     */
    record JsonLines(String field) implements RecordFormat {

        private static final int OTHER_FIELDS = 1 << 20;
        private static final int LONGEST_ARRAY = Integer.MAX_VALUE - 64;

        public JsonLines {
            if (field.isEmpty()) {
                throw new IllegalArgumentException(
                        "the field of JSON lines is empty, but it must name the field that holds the text");
            }
        }

        @Override
        public int lookBehind() {
            return 1;
        }

        /** JSON may spell one byte as six, and there are other fields. */
        @Override
        public int recordLimit(int maxDocumentBytes) {
            return (int) Math.min(LONGEST_ARRAY, 6L * maxDocumentBytes + OTHER_FIELDS);
        }

        @Override
        public Optional<String> jsonField() {
            return Optional.of(field);
        }
    }
}
