package apportion.spark.prepare;

import apportion.data.corpus.RecordFormat;

/** What the files of a corpus are. */
public sealed interface CorpusFormat {

    /** Plain text, which may be compressed. */
    record Text(TextDocument document) implements CorpusFormat {}

    /** JSON lines, which may be compressed, with the text in a field. */
    record Jsonl(String field) implements CorpusFormat {
        public Jsonl {
            if (field.isEmpty()) {
                throw new IllegalArgumentException("field must name the field that holds the text, got an empty name");
            }
        }
    }

    /** Tables with the text in a column. */
    record Parquet(String column) implements CorpusFormat {
        public Parquet {
            if (column.isEmpty()) {
                throw new IllegalArgumentException(
                        "column must name the column that holds the text, got an empty name");
            }
        }
    }

    /** What one document of a plain text is. */
    enum TextDocument {
        FILE,
        LINE,
        BLOCK;

        RecordFormat records() {
            return switch (this) {
                case FILE -> new RecordFormat.WholeFile();
                case LINE -> new RecordFormat.Lines();
                case BLOCK -> new RecordFormat.Blocks();
            };
        }
    }
}
