package apportion.spark.sweep;

import apportion.spark.dataset.MemoryFile;
import apportion.spark.report.Outcome;
import apportion.spark.report.TrialResult;
import java.io.IOException;
import java.util.List;
import java.util.Locale;
import org.apache.hadoop.conf.Configuration;
import org.apache.parquet.example.data.Group;
import org.apache.parquet.example.data.simple.SimpleGroupFactory;
import org.apache.parquet.hadoop.ParquetWriter;
import org.apache.parquet.hadoop.example.ExampleParquetWriter;
import org.apache.parquet.schema.MessageType;
import org.apache.parquet.schema.MessageTypeParser;

/** The trials of a sweep as a table for other tools, such as Spark SQL, DuckDB and pandas: one row a trial. */
final class ResultsFile {

    /**
     * Heads and attention width are those of the first layer where a schedule gives each its own. Losses are in nats
     * per token; a trial that diverged or failed has none, but a message.
     */
    private static final MessageType SCHEMA = MessageTypeParser.parseMessageType("""
            message trial {
              required binary trial (STRING);
              required binary purpose (STRING);
              required binary layout (STRING);
              required int32 heads;
              required int32 attention_width;
              required binary schedule (STRING);
              required binary scoring (STRING);
              required int32 feed_forward;
              required int64 seed;
              required double learning_rate;
              required int64 parameters;
              required int64 forward_flops;
              required int64 key_value_bytes;
              required double seconds;
              required int64 tokens;
              required binary status (STRING);
              optional double loss;
              optional double perplexity;
              optional double bits_per_byte;
              optional int64 validation_tokens;
              optional int64 validation_bytes;
              optional binary message (STRING);
            }
            """);

    private ResultsFile() {}

    /** The bytes of the file. */
    static byte[] of(List<TrialResult> results) {
        MemoryFile file = new MemoryFile();
        try (ParquetWriter<Group> writer = ExampleParquetWriter.builder(file)
                .withConf(new Configuration(false))
                .withType(SCHEMA)
                .build()) {
            for (TrialResult result : results) {
                writer.write(row(result));
            }
        } catch (IOException e) {
            throw new IllegalStateException("a table could not be written to memory", e);
        }
        return file.bytes();
    }

    private static Group row(TrialResult result) {
        Group row = new SimpleGroupFactory(SCHEMA)
                .newGroup()
                .append("trial", result.id())
                .append("purpose", result.setting().purpose().name().toLowerCase(Locale.ROOT))
                .append("layout", result.layout().toString())
                .append("heads", result.layout().heads())
                .append("attention_width", result.layout().attention().width())
                .append("schedule", result.layout().schedule())
                .append("scoring", result.layout().scoring().name().toLowerCase(Locale.ROOT))
                .append("feed_forward", result.layout().feedForward())
                .append("seed", result.seed())
                .append("learning_rate", result.setting().learningRate())
                .append("parameters", result.cost().parameters())
                .append("forward_flops", result.cost().forwardFlops())
                .append("key_value_bytes", result.cost().keyValueBytes())
                .append("seconds", result.cost().seconds())
                .append("tokens", result.cost().tokens());
        if (result.outcome() instanceof Outcome.Done done) {
            Outcome.Validation validation = done.validation();
            return row.append("status", "done")
                    .append("loss", validation.loss())
                    .append("perplexity", validation.perplexity())
                    .append("bits_per_byte", validation.bitsPerByte())
                    .append("validation_tokens", validation.tokens())
                    .append("validation_bytes", validation.bytes());
        }
        return result.outcome() instanceof Outcome.Diverged diverged
                ? row.append("status", "diverged").append("message", diverged.message())
                : row.append("status", "failed").append("message", ((Outcome.Failed) result.outcome()).message());
    }
}
