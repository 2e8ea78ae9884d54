package apportion.spark.fuzz;

import static org.assertj.core.api.Assertions.assertThat;

import apportion.data.tokenize.Tokenizer;
import apportion.spark.dataset.DatasetManifest;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;

/** Tokenizers and manifests of datasets. */
final class DatasetFilesFuzzTest {

    private static final String TEXT = "It's 1234\n\tna\u00EFve \uD83D\uDE00 text, isn't it?";

    private static Fuzz refusingArguments(String format, List<byte[]> files) {
        return new Fuzz(
                format,
                List.of(IllegalArgumentException.class),
                "",
                files,
                List.of(Mutation::bytes, Mutation::text, Mutation::json, Mutation::json),
                Fuzz.SMALL);
    }

    @Test
    void tokenizers() throws IOException {
        byte[] small = Files.readAllBytes(Path.of("../core-model/src/test/resources/huggingface/gpt2/tokenizer.json"));
        byte[] bytes = Tokenizer.bytes().toJson().getBytes(StandardCharsets.UTF_8);
        refusingArguments("tokenizer.json", List.of(small, bytes)).read(file -> {
            Tokenizer tokenizer = Tokenizer.fromJson(new String(file, StandardCharsets.UTF_8));
            assertThat(tokenizer.decode(tokenizer.encode(TEXT))).isEqualTo(TEXT);
            assertThat(Tokenizer.fromJson(tokenizer.toJson()).sha256()).isEqualTo(tokenizer.sha256());
        });
    }

    @Test
    void manifestsOfDatasets() {
        DatasetManifest.SplitInfo split = new DatasetManifest.SplitInfo(
                2,
                300,
                310,
                5,
                List.of(
                        new DatasetManifest.PartInfo("train/part-00000.parquet", 3, 200, 1234, "a".repeat(64)),
                        new DatasetManifest.PartInfo("train/part-00001.parquet", 2, 110, 1000, "b".repeat(64))));
        byte[] whole = new DatasetManifest(
                        DatasetManifest.FORMAT_VERSION,
                        "c".repeat(64),
                        64,
                        new DatasetManifest.TokenizerInfo(257, 256, "d".repeat(64)),
                        split,
                        split,
                        3.25,
                        new DatasetManifest.Provenance(
                                List.of(new DatasetManifest.SourceInfo("file:/a.txt", 300, "e".repeat(64))),
                                Map.of("too-short", 3L),
                                "{\"data\":{}}"))
                .toJson()
                .getBytes(StandardCharsets.UTF_8);
        refusingArguments("manifest of a dataset", List.of(whole)).read(file -> {
            DatasetManifest manifest = DatasetManifest.fromJson(new String(file, StandardCharsets.UTF_8));
            assertThat(DatasetManifest.fromJson(manifest.toJson())).isEqualTo(manifest);
        });
    }
}
