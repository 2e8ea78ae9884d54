package apportion.spark.cli;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** The launcher in a repository of its own, with a Java, a Maven and a Spark that only say how they were called. */
final class LauncherTest {

    private static final String SAY = """
            #!/bin/bash
            [[ ${1:-} == -version ]] && { echo 'openjdk version "%s"' >&2; exit; }
            printf '%%s ' "$(basename "$0")" OMP=$OMP_NUM_THREADS "$@"
            exit %d
            """;

    @TempDir
    Path folder;

    private Path root;
    private Path launcher;

    @BeforeEach
    void layOutARepository() throws IOException {
        root = Files.createDirectory(folder.resolve("a repository"));
        launcher = root.resolve("spark-jobs/bin/apportion");
        Files.createDirectories(launcher.getParent());
        Files.copy(Path.of("bin/apportion"), launcher);
        for (String directory :
                List.of("conf", "spark-jobs/src/main", "spark-jobs/target/spark/jars", "tools", "jdk/bin")) {
            Files.createDirectories(root.resolve(directory));
        }
        Files.writeString(root.resolve("pom.xml"), "");
        Files.writeString(root.resolve("spark-jobs/pom.xml"), "");
        Files.writeString(root.resolve("spark-jobs/target/apportion.jar"), "");
        program("jdk/bin/java", SAY.formatted("17.0.1", 7));
    }

    private void program(String path, String text) throws IOException {
        Path file = root.resolve(path);
        Files.createDirectories(file.getParent());
        Files.writeString(file, text);
        Files.setPosixFilePermissions(file, PosixFilePermissions.fromString("rwxr-xr-x"));
    }

    private record Ran(int exitCode, String output) {}

    private Ran launch(Path script, Map<String, String> environment, String... arguments)
            throws IOException, InterruptedException {
        List<String> command = new ArrayList<>(List.of("/bin/bash", script.toString()));
        command.addAll(List.of(arguments));
        ProcessBuilder builder = new ProcessBuilder(command).redirectErrorStream(true);
        builder.environment().keySet().removeIf(name -> name.startsWith("SPARK") || name.startsWith("O"));
        builder.environment().put("JAVA_HOME", root.resolve("jdk").toString());
        // The system's tools, but no Maven.
        builder.environment().put("PATH", toolsWithoutMaven().toString());
        builder.environment().putAll(environment);
        Process process = builder.start();
        String output = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
        return new Ran(process.waitFor(), output);
    }

    private Path toolsWithoutMaven() throws IOException {
        for (String tool : List.of(
                "dirname",
                "readlink",
                "sed",
                "head",
                "find",
                "basename",
                "touch",
                "tr",
                "xargs",
                "grep",
                "flock",
                "mkdir",
                "rm",
                "id",
                "sleep")) {
            program("tools/" + tool, "#!/bin/bash\nPATH=/usr/bin:/bin exec " + tool + " \"$@\"\n");
        }
        return root.resolve("tools");
    }

    @Test
    void theEmbeddedSparkRunsAndItsExitCodePasses() throws Exception {
        Ran ran = launch(launcher, Map.of("APPORTION_JAVA_OPTS", "-Xmx1g -Da=b"), "train", "a b.conf", "--json");

        assertThat(ran.exitCode()).isEqualTo(7);
        assertThat(ran.output())
                .startsWith("java OMP=1 --add-opens=java.base/java.lang=ALL-UNNAMED ")
                .contains(" -Dspark.authenticate=true -Xmx1g -Da=b -cp " + root + "/spark-jobs/target/apportion.jar:"
                        + root + "/spark-jobs/target/spark/jars/* ")
                .endsWith("apportion.spark.Main train a b.conf --json ");
    }

    @ParameterizedTest
    @CsvSource({
        "C, C C.utf8, C.UTF-8",
        "C, C POSIX de_DE@euro en_US.utf8, en_US.utf8",
        "C, '', C.UTF-8",
        "de_DE.UTF-8, C de_DE.UTF-8, de_DE.UTF-8"
    })
    void fileNamesAreReadAsUtf8InAnyLocale(String given, String known, String expected) throws Exception {
        program("jdk/bin/java", SAY.formatted("17.0.1", 0).replace("OMP=$OMP_NUM_THREADS", "LC_ALL=$LC_ALL"));
        program("spark/bin/spark-submit", "#!/bin/bash\necho submit LC_ALL=$LC_ALL\n");
        program("tools/locale", """
                #!/bin/bash
                [[ $1 == -a ]] && { printf '%%s\\n' %1$s; exit; }
                for name in %1$s; do [[ ${name/utf8/UTF-8} == *UTF-8 && ${name/utf8/UTF-8} == "$LC_ALL" ]] && echo UTF-8; done
                """.formatted(known));

        Map<String, String> locale = Map.of("LC_ALL", given);
        assertThat(launch(launcher, locale, "x").output()).contains("java LC_ALL=" + expected + " ");
        Map<String, String> submit =
                Map.of("LC_ALL", given, "SPARK_HOME", root.resolve("spark").toString());
        assertThat(launch(launcher, submit, "x").output()).contains("submit LC_ALL=" + expected + "\n");
    }

    @Test
    void linksAreFollowed() throws Exception {
        Path first = Files.createSymbolicLink(folder.resolve("first"), folder.relativize(launcher));
        Path second = Files.createSymbolicLink(folder.resolve("second"), first);

        assertThat(launch(second, Map.of(), "x").output()).contains(root + "/spark-jobs/target/apportion.jar");
    }

    @Test
    void sparkHomesSubmitRunsWithItsOptions() throws Exception {
        program("spark/bin/spark-submit", SAY.formatted("", 3));
        Ran ran = launch(
                launcher,
                Map.of(
                        "SPARK_HOME", root.resolve("spark").toString(),
                        "APPORTION_SUBMIT_OPTS", "--master yarn",
                        "OMP_NUM_THREADS", "4"),
                "train");

        assertThat(ran.exitCode()).isEqualTo(3);
        assertThat(ran.output())
                .isEqualTo("spark-submit OMP=4 --master yarn --class apportion.spark.Main " + root
                        + "/spark-jobs/target/apportion.jar train ");
    }

    @Test
    void aSparkHomeWithoutSparkIsNamed() throws Exception {
        Ran ran = launch(launcher, Map.of("SPARK_HOME", "/nowhere"), "train");

        assertThat(ran.exitCode()).isEqualTo(2);
        assertThat(ran.output()).contains("/nowhere/bin/spark-submit does not exist");
    }

    @Test
    void anotherJavaOrNoneIsRefused() throws Exception {
        program("jdk/bin/java", SAY.formatted("11.0.2", 0));
        assertThat(launch(launcher, Map.of()).output()).contains("is Java 11, but must be 17");

        Ran none = launch(launcher, Map.of("JAVA_HOME", "/nowhere"));
        assertThat(none.exitCode()).isEqualTo(2);
        assertThat(none.output()).contains("install JDK 17");
    }

    @Test
    void aSourceNewerThanTheJarIsBuilt() throws Exception {
        Files.setLastModifiedTime(
                root.resolve("spark-jobs/target/apportion.jar"), java.nio.file.attribute.FileTime.fromMillis(0));
        Ran without = launch(launcher, Map.of());
        assertThat(without.exitCode()).isEqualTo(2);
        assertThat(without.output()).contains("building needs Maven");

        program("tools/mvn", "#!/bin/bash\necho building in $PWD with \"$@\"\n");
        Ran built = launch(launcher, Map.of(), "train");
        assertThat(built.exitCode()).isEqualTo(7);
        assertThat(built.output())
                .contains("building in " + root + " with -B -q")
                .contains("apportion.spark.Main train");

        assertThat(launch(launcher, Map.of(), "train").output()).doesNotContain("building in");
    }

    @Test
    void aFailedBuildEndsHere() throws Exception {
        Files.delete(root.resolve("spark-jobs/target/apportion.jar"));
        program("tools/mvn", "#!/bin/bash\necho broken\nexit 1\n");
        Ran ran = launch(launcher, Map.of(), "train");

        assertThat(ran.exitCode()).isEqualTo(2);
        assertThat(ran.output()).contains("broken", "the build failed").doesNotContain("apportion.spark.Main");
    }

    /** What mvn wrote before it was stopped looks like a build. */
    @Test
    void whatAStoppedBuildLeftIsBuiltAgain() throws Exception {
        Files.delete(root.resolve("spark-jobs/target/apportion.jar"));
        program("tools/mvn", "#!/bin/bash\necho half > spark-jobs/target/apportion.jar\nkill -9 $$\n");
        assertThat(launch(launcher, Map.of(), "train").exitCode()).isEqualTo(2);

        program("tools/mvn", "#!/bin/bash\necho whole > spark-jobs/target/apportion.jar\n");
        Ran ran = launch(launcher, Map.of(), "train");

        assertThat(ran.exitCode()).isEqualTo(7);
        assertThat(root.resolve("spark-jobs/target/apportion.jar")).hasContent("whole");
        assertThat(launch(launcher, Map.of(), "train").output()).doesNotContain("building");
    }

    /** Also where a source was edited during the build: it is in no jar yet. */
    @Test
    void aSourceEditedDuringTheBuildIsBuiltNextTime() throws Exception {
        Files.delete(root.resolve("spark-jobs/target/apportion.jar"));
        program(
                "tools/mvn",
                "#!/bin/bash\nsleep 0.05\ntouch spark-jobs/src/main/Edited.java\ntouch spark-jobs/target/apportion.jar\n");
        launch(launcher, Map.of(), "train");

        program("tools/mvn", "#!/bin/bash\necho built again\n");
        assertThat(launch(launcher, Map.of(), "train").output()).contains("built again");
    }

    @Test
    void twoLaunchersBuildOnce() throws Exception {
        Files.delete(root.resolve("spark-jobs/target/apportion.jar"));
        Path builds = folder.resolve("builds");
        program(
                "tools/mvn",
                "#!/bin/bash\necho one >> '%s'\nsleep 1\ntouch spark-jobs/target/apportion.jar\n".formatted(builds));
        CompletableFuture<Ran> other = CompletableFuture.supplyAsync(() -> {
            try {
                return launch(launcher, Map.of(), "train");
            } catch (IOException | InterruptedException e) {
                throw new IllegalStateException(e);
            }
        });
        Ran ran = launch(launcher, Map.of(), "train");

        assertThat(List.of(ran.exitCode(), other.get().exitCode())).containsExactly(7, 7);
        assertThat(builds).hasContent("one");
    }

    @Test
    void quotesHoldAnOptionWithBlanksTogetherAndNothingIsExpanded() throws Exception {
        assertThat(launch(
                                launcher,
                                Map.of(
                                        "APPORTION_JAVA_OPTS",
                                        " \"-Da=b c\"\n-Dd='e f' -Dspark.master=local[2] -Dg=$HOME "))
                        .output())
                .contains(" -Da=b c -Dd=e f -Dspark.master=local[2] -Dg=$HOME -cp ");

        Ran unended = launch(launcher, Map.of("APPORTION_JAVA_OPTS", "-Da='b"));
        assertThat(unended.exitCode()).isEqualTo(2);
        assertThat(unended.output()).contains("APPORTION_JAVA_OPTS", "quote");
    }

    @Test
    void directoriesToSpillToAreASettingOfTheEmbeddedSpark() throws Exception {
        assertThat(launch(launcher, Map.of("SPARK_LOCAL_DIRS", "/a b,/c")).output())
                .contains(" -Dspark.local.dir=/a b,/c -cp ");
    }

    /** A relative name is not looked for elsewhere. */
    @Test
    void anExportedCdpathChangesNothing() throws Exception {
        Files.createDirectories(folder.resolve("elsewhere/spark-jobs/bin"));
        ProcessBuilder builder = new ProcessBuilder("/bin/bash", "spark-jobs/bin/apportion", "train");
        builder.directory(root.toFile()).redirectErrorStream(true);
        builder.environment().keySet().removeIf(name -> name.startsWith("SPARK"));
        builder.environment().put("JAVA_HOME", root.resolve("jdk").toString());
        builder.environment().put("CDPATH", folder.resolve("elsewhere").toString());
        Process process = builder.start();

        assertThat(new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8))
                .contains(" -cp " + root + "/spark-jobs/target/apportion.jar:");
    }

    @Test
    void aRepositoryThatNoClassPathCanNameIsRefused() throws Exception {
        Path colon = folder.resolve("a:b");
        Files.move(root, colon);
        Ran ran = launch(colon.resolve("spark-jobs/bin/apportion"), Map.of());

        assertThat(ran.exitCode()).isEqualTo(2);
        assertThat(ran.output()).contains(colon.toString(), "colon", "move it");
    }

    @Test
    void aStandaloneMasterIsAskedForItsSecretUnlessSettingsSayOtherwise() throws Exception {
        program("spark/bin/spark-submit", SAY.formatted("", 0));
        String asked = " --conf spark.authenticate=true ";

        assertThat(submitted("--master spark://host:7077")).contains(asked + "--master spark://host:7077 ");
        assertThat(submitted("--conf spark.master=spark://host:7077")).contains(asked);
        assertThat(submitted("--master spark://host:7077 --conf spark.authenticate=false"))
                .doesNotContain(asked);
        assertThat(submitted("--master yarn")).doesNotContain(asked);

        Path properties = Files.writeString(folder.resolve("cluster.conf"), "spark.master spark://host:7077\n");
        assertThat(submitted("--properties-file " + properties)).contains(asked);
        Files.writeString(properties, "spark.master spark://host:7077\nspark.authenticate  false\n");
        assertThat(submitted("--properties-file=" + properties)).doesNotContain(asked);
    }

    private String submitted(String options) throws IOException, InterruptedException {
        return launch(
                        launcher,
                        Map.of("SPARK_HOME", root.resolve("spark").toString(), "APPORTION_SUBMIT_OPTS", options),
                        "train")
                .output();
    }
}
