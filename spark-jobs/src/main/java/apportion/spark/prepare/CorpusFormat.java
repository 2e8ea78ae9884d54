package apportion.spark.prepare;

import apportion.data.corpus.RecordFormat;
import java.util.function.Function;

/** What the files of a corpus are. */
public sealed interface CorpusFormat {

    /** Goes the way of what the files are: records between bytes, or a column of a table. */
    <T> T choose(Function<RecordFormat, T> files, Function<String, T> tables);

    /** Plain text, which may be compressed. */
    record Text(TextDocument document) implements CorpusFormat {
        @Override
        public <T> T choose(Function<RecordFormat, T> files, Function<String, T> tables) {
            return files.apply(document.records());
        }
    }

    /** JSON lines, which may be compressed, with the text in a field. */
    record Jsonl(String field) implements CorpusFormat {
        public Jsonl {
            if (field.isEmpty()) {
                throw new IllegalArgumentException("field must name the field that holds the text, got an empty name");
            }
        }

        @Override
        public <T> T choose(Function<RecordFormat, T> files, Function<String, T> tables) {
            return files.apply(new RecordFormat.JsonLines(field));
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

        @Override
        public <T> T choose(Function<RecordFormat, T> files, Function<String, T> tables) {
            return tables.apply(column);
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
