package apportion.spark.storage;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import apportion.spark.failure.UserError;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Arrays;
import java.util.List;
import java.util.concurrent.atomic.AtomicInteger;
import org.apache.hadoop.conf.Configuration;
import org.junit.jupiter.api.Assertions;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.condition.EnabledOnOs;
import org.junit.jupiter.api.condition.OS;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

final class InputFilesTest {

    @TempDir
    Path folder;

    private void file(String name) throws IOException {
        Path file = folder.resolve(name);
        Files.createDirectories(file.getParent());
        Files.writeString(file, "x");
    }

    private List<String> found(String scheme, String... inputs) {
        Configuration hadoop =
                scheme.isEmpty() ? new Configuration(false) : Elsewhere.configuration(Elsewhere.Mood.FINE);
        int root = (scheme.isEmpty() ? "file:" : scheme).length()
                + folder.toString().length()
                + 1;
        return new Storage(hadoop)
                        .expand(Arrays.stream(inputs)
                                .map(input -> scheme + folder.resolve(input))
                                .toList())
                        .stream()
                        .map(file -> file.path().substring(root))
                        .toList();
    }

    @ParameterizedTest
    @CsvSource(delimiter = '|', textBlock = """
                            | *.txt              | a.txt
                            | [a-b].txt          | a.txt
                            | {a,x/b}.txt        | a.txt x/b.txt
                            | ?/*.txt            | x/b.txt
                            | **/*.txt           | a.txt x/b.txt x/y/c.txt
                            | x/**               | x/b.txt x/y/c.txt x/y/z.md
                            | **/y/*             | x/y/c.txt x/y/z.md
                            | .*.txt             | .hidden.txt
                            | _*/*               | _logs/d.txt
                            | *                  | a.txt x/b.txt x/y/c.txt x/y/z.md
                elsewhere:  | **/*.txt           | a.txt x/b.txt x/y/c.txt
                elsewhere:  | {a,x/b}.txt        | a.txt x/b.txt
                elsewhere:  | .*.txt             | .hidden.txt
                elsewhere:  | x                  | x/b.txt x/y/c.txt x/y/z.md
                """)
    void globsLeaveHiddenNamesOutAndReachAnyDepth(String scheme, String glob, String expected) throws IOException {
        for (String name : List.of("a.txt", "x/b.txt", "x/y/c.txt", "x/y/z.md", ".hidden.txt", "_logs/d.txt")) {
            file(name);
        }

        assertThat(found(scheme == null ? "" : scheme, glob)).containsExactly(expected.split(" "));
    }

    @ParameterizedTest
    @ValueSource(
            strings = {"a[1].txt", "a{1,2}.txt", "a:b", "10%41 #1?.txt", "Größe.txt", "文本", "*.txt", "a\\b", " a "})
    void namesAreLiteralWhereSuchAFileExists(String name) throws IOException {
        file("in/" + name);
        file("in/a1.txt");

        assertThat(found("", "in/" + name)).containsExactly("in/" + name);
        assertThat(found("", "in")).containsExactlyInAnyOrder("in/" + name, "in/a1.txt");
    }

    @Test
    void whatSeveralLinksLeadToIsReadOnce() throws IOException {
        file("in/deep/a.txt");
        Files.createSymbolicLink(folder.resolve("in/deep/up"), folder.resolve("in"));
        Files.createSymbolicLink(folder.resolve("in/again"), Path.of("deep"));
        Files.createSymbolicLink(folder.resolve("in/b.txt"), Path.of("deep/a.txt"));
        file("elsewhere.txt");
        Files.createSymbolicLink(folder.resolve("in/only.txt"), folder.resolve("elsewhere.txt"));

        assertThat(found("", "in")).containsExactly("in/deep/a.txt", "in/only.txt");
        assertThat(found("", "in/**/*.txt", "in/b.txt")).containsExactly("in/deep/a.txt", "in/only.txt");
    }

    @Test
    void aLinkThatLeadsNowhereIsNamed() throws IOException {
        file("in/a.txt");
        Files.createSymbolicLink(folder.resolve("in/.#lock"), Path.of("nobody@host"));
        assertThat(found("", "in")).containsExactly("in/a.txt");

        Files.createSymbolicLink(folder.resolve("in/b.txt"), Path.of("gone.txt"));
        assertThatThrownBy(() -> found("", "in"))
                .isInstanceOf(UserError.class)
                .hasMessageContaining("in/b.txt is a link to gone.txt, which does not exist");
    }

    @Test
    @EnabledOnOs(OS.LINUX)
    void aPipeIsRefusedRatherThanWaitedFor() throws Exception {
        file("in/a.txt");
        new ProcessBuilder("mkfifo", folder.resolve("in/pipe").toString())
                .start()
                .waitFor();

        for (String input : List.of("in", "in/pipe", "in/p*")) {
            assertThatThrownBy(() -> found("", input))
                    .isInstanceOf(UserError.class)
                    .hasMessageContaining("in/pipe is a pipe");
        }
    }

    @Test
    void aGlobThatIsNoneIsNamed() {
        assertThatThrownBy(() -> found("", "in[/x"))
                .isInstanceOf(UserError.class)
                .hasMessageContaining("in[/x");
    }

    /** Hadoop's listing starts a process for each file: 14 ms of processor time. */
    @Test
    void manyFilesAreListedInNoTimeAndCounted() throws IOException {
        Path many = Files.createDirectory(folder.resolve("many"));
        for (int i = 0; i < 20_000; i++) {
            Files.createFile(many.resolve(i + ".txt"));
        }
        AtomicInteger last = new AtomicInteger();

        Assertions.assertTimeout(
                Duration.ofSeconds(10),
                () -> assertThat(new Storage(new Configuration(false)).expand(List.of(many.toString()), last::set))
                        .hasSize(20_000));
        assertThat(last).hasValue(20_000);
    }

    @Test
    void onlyAUnicodeLocaleNamesEveryFile() {
        assertThat(FileNames.isUnicode("UTF-8")).isTrue();
        assertThat(FileNames.isUnicode("ANSI_X3.4-1968")).isFalse();
        assertThat(FileNames.isUnicode("")).isFalse();
        assertThat(FileNames.isEncodable("/data/Größe.txt", "ANSI_X3.4-1968")).isFalse();
        assertThat(FileNames.isEncodable("/data/size.txt", "ANSI_X3.4-1968")).isTrue();
    }
}
