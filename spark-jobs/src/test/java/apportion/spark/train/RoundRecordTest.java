package apportion.spark.train;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;

import apportion.spark.fuzz.Fuzz;
import apportion.spark.fuzz.Mutation;
import java.nio.charset.StandardCharsets;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

final class RoundRecordTest {

    private static final RoundRecord RECORD = new RoundRecord(
            1,
            20,
            1000,
            3.5,
            0.7,
            0.01,
            List.of(10L, 11L),
            1e9,
            2.5,
            2.25,
            new RoundRecord.Split(0.1, 0.2, 1.5, 0.3, 0.1, 0.3),
            new RoundRecord.Bytes(4000, 4000),
            0.001,
            3.25,
            null,
            List.of(5L),
            null);

    @Test
    void damagedLines() {
        new Fuzz(
                        "metrics.jsonl",
                        List.of(IllegalArgumentException.class),
                        "no record of a round",
                        List.of(RECORD.toJson().getBytes(StandardCharsets.UTF_8)),
                        List.of(Mutation::bytes, Mutation::text, Mutation::json),
                        Fuzz.SMALL)
                .read(bytes -> {
                    RoundRecord record = RoundRecord.fromJson(new String(bytes, StandardCharsets.UTF_8));
                    assertThat(RoundRecord.fromJson(record.toJson())).isEqualTo(record);
                });
    }

    @ParameterizedTest
    @ValueSource(strings = {"null", "{}", "{\"round\":1}"})
    void aLineWithoutWhatARecordHasIsRefused(String line) {
        assertThatIllegalArgumentException().isThrownBy(() -> RoundRecord.fromJson(line));
    }
}
