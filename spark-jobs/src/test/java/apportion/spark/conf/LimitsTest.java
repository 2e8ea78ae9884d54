package apportion.spark.conf;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.io.RandomAccessFile;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

final class LimitsTest {

    @TempDir
    private Path folder;

    private Settings load(String text) throws IOException {
        return Settings.load(
                Optional.of(Files.writeString(folder.resolve("my.conf"), text).toString()), List.of());
    }

    private static void refused(String problem, Runnable loading) {
        long began = System.nanoTime();

        assertThatThrownBy(loading::run).isInstanceOf(ConfigError.class).hasMessageContaining(problem);
        assertThat((System.nanoTime() - began) * 1e-9).isLessThan(2);
    }

    private void refused(String problem, String text) {
        refused(problem, () -> {
            try {
                load(text);
            } catch (IOException e) {
                throw new IllegalStateException(e);
            }
        });
    }

    private static String doubling(String first, String format) {
        StringBuilder text = new StringBuilder("data { a0 = ").append(first).append('\n');
        for (int level = 1; level <= 60; level++) {
            text.append("a").append(level).append(" = ");
            text.append(format.replace("X", "${data.a" + (level - 1) + "}")).append('\n');
        }
        return text.append("}\n").toString();
    }

    @Test
    void nestingThatNoKeyHasIsRefused() {
        refused("my.conf: 1: sections and lists are nested more than 64 deep", "a = " + "[".repeat(100_000));
        refused("my.conf: 2: sections", "\n" + "a {".repeat(100_000) + "}".repeat(100_000));
        refused("my.conf: 1: sections", "{\"a\":".repeat(100_000) + "1" + "}".repeat(100_000));
        refused("nested more than 64 deep", "a" + ".a".repeat(1_000_000) + " = 1");
        refused("nested more than 64 deep", "b = 1\na = ${a" + ".a".repeat(1_000_000) + "}");
        refused("--set", () -> Settings.load(Optional.empty(), List.of("a" + ".a".repeat(60_000) + "=1")));
        refused("nested more than 64 deep", () -> Settings.load(Optional.empty(), List.of("a=" + "[".repeat(60_000))));
    }

    @Test
    void substitutionsThatDoubleEachOtherAreRefused() {
        refused("substitutions make the configuration longer", doubling("[x]", "[X, X]"));
        refused("substitutions make the configuration longer", doubling("[x]", "X X"));
        refused("substitutions make the configuration longer", doubling("text", "X\" \"X"));
        refused("substitutions make the configuration longer", doubling("{ b = 1 }", "{ b = X, c = X }"));
        StringBuilder chain = new StringBuilder("a0 = 1\n");
        for (int link = 1; link < 20_000; link++) {
            chain.append("a").append(link).append(" = ${a").append(link - 1).append("}\n");
        }
        refused("more than 200 in a chain", chain.toString());
    }

    @Test
    void aFileThatIsNoConfigurationIsNotReadToItsEnd() throws IOException {
        Path corpus = folder.resolve("corpus.txt");
        try (RandomAccessFile file = new RandomAccessFile(corpus.toFile(), "rw")) {
            file.setLength(1L << 30);
        }
        refused("more than 4194304 bytes", () -> Settings.load(Optional.of(corpus.toString()), List.of()));
    }

    @Test
    void aStoredConfigurationObeysTheSameLimits() {
        refused("nested more than 64 deep", () -> Settings.stored("run", "{\"a\":".repeat(100_000)));
        refused("substitutions", () -> Settings.stored("run", doubling("[x]", "[X, X]")));
        refused("more than 4194304 bytes", () -> Settings.stored("run", " ".repeat(5_000_000)));
    }

    @Test
    void whatLooksDeepInQuotesAndCommentsIsNot() throws IOException {
        String deep = "[{".repeat(100);
        Settings settings = load("# " + deep + "\n// " + deep + "\ndata.corpus = \"" + deep + "\\\"" + deep
                + "\"\ndata.output = \"\"\"" + deep + "\n" + deep + "\"\"\"\ntrain.output = ${data.output}/train\n");

        assertThat(settings.text("data.corpus")).isEqualTo(deep + "\"" + deep);
        assertThat(settings.text("train.output")).endsWith(deep + "/train");
    }
}
