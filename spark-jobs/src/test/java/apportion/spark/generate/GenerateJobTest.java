package apportion.spark.generate;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import apportion.spark.conf.Settings;
import apportion.spark.failure.NonFiniteLoss;
import apportion.spark.generate.GenerateJob.Generated;
import apportion.spark.progress.Progress;
import apportion.spark.storage.Storage;
import apportion.spark.trained.TinyModel;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

final class GenerateJobTest {

    @TempDir
    private static Path folder;

    @BeforeAll
    static void write() throws IOException {
        TinyModel.write(folder, 1);
    }

    private static Generated generate(String prompt, String... overrides) {
        List<String> all = new ArrayList<>(
                List.of("generate.checkpoint=" + folder, "generate.prompt=\"" + prompt + "\"", "generate.tokens=20"));
        all.addAll(List.of(overrides));
        return GenerateJob.run(
                Storage.withDefaults(),
                Settings.load(Optional.empty(), all)
                        .bind("generate", GenerateConfig.class)
                        .get(),
                Progress.SILENT);
    }

    @Test
    void theTextBeginsWithThePrompt() {
        Generated generated = generate("ROMEO: ");

        assertThat(generated.text()).startsWith("ROMEO: ");
        assertThat(generated.tokens()).isBetween(1, 20);
        assertThat(generated.ended()).isEqualTo(generated.tokens() < 20);
    }

    @Test
    void aPromptIsCleanedAsTheModelsTextsWere() throws IOException {
        TinyModel.reading(folder.resolve("reading"), "{\"clean\":{\"trim\":true}}");

        assertThat(generate(" a\\r\\nb ", "generate.checkpoint=" + folder.resolve("reading"))
                        .text())
                .startsWith(" a\nb ");
    }

    @Test
    void aModelThatDivergedHasNothingToDrawFrom() throws IOException {
        TinyModel.diverged(folder.resolve("diverged"), 8 * 'a', Float.NaN);

        assertThatThrownBy(() -> generate("a", "generate.checkpoint=" + folder.resolve("diverged")))
                .isInstanceOf(NonFiniteLoss.class)
                .hasMessageContaining("NaN");
    }

    @Test
    void aSeedAlwaysGivesTheSameText() {
        assertThat(generate("a", "generate.seed=3")).isEqualTo(generate("a", "generate.seed=3"));
        assertThat(generate("a", "generate.seed=3").text())
                .isNotEqualTo(generate("a", "generate.seed=4").text());
    }

    @Test
    void anEmptyPromptBeginsADocument() {
        Generated generated = generate("", "generate.temperature=0", "generate.tokens=5");

        assertThat(generated.tokens()).isBetween(0, 5);
        assertThat(generated.text()).doesNotContain("<|endoftext|>");
    }

    @Test
    void theModelSeesTheLastTokensThatFitItsContext() {
        String window = "12345678";

        String after = generate("a prompt that is longer than the context " + window, "generate.seed=9")
                .text();

        assertThat(after).startsWith("a prompt that is longer than the context 12345678");
        assertThat(after.substring(after.indexOf(window)))
                .isEqualTo(generate(window, "generate.seed=9").text());
    }

    @Test
    void anyUnicodeMayBeThePrompt() {
        assertThat(generate("žluťoučký 🐎").text()).startsWith("žluťoučký 🐎");
    }
}
