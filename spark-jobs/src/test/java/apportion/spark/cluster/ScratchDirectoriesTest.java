package apportion.spark.cluster;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import apportion.spark.failure.UserError;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.List;
import org.apache.spark.SparkConf;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

final class ScratchDirectoriesTest {

    @TempDir
    private Path root;

    private ScratchDirectories scratch() {
        return ScratchDirectories.in(List.of(root), "spark.local.dir");
    }

    @Test
    void onlyThisUserMayReadThemAndTheyGoWithTheirOwner() throws IOException {
        ScratchDirectories scratch = scratch();
        Path directory = scratch.first();
        Files.writeString(
                Files.createDirectories(directory.resolve("blockmgr-1/0a")).resolve("block"), "text");

        assertThat(PosixFilePermissions.toString(Files.getPosixFilePermissions(directory)))
                .isEqualTo("rwx------");

        scratch.close();

        assertThat(root).isEmptyDirectory();
    }

    /** What a killed process leaves is the same, with a lock that nobody holds. */
    @Test
    void whatADeadProcessLeftIsRemovedAndWhatALivingOneHasIsNot() throws IOException {
        Path dead = Files.createDirectories(root.resolve("apportion-1/blockmgr-1"));
        Files.writeString(dead.resolve("block"), "text");
        Files.writeString(root.resolve("apportion-1/lock"), "");
        Path foreign = Files.createDirectories(root.resolve("apportion-of-somebody"));
        Path elsewhere = Files.createDirectories(root.resolve("elsewhere"));
        Files.writeString(elsewhere.resolve("lock"), "");
        Path link = Files.createSymbolicLink(root.resolve("apportion-link"), elsewhere);

        try (ScratchDirectories living = scratch();
                ScratchDirectories another = scratch()) {
            assertThat(living.first()).isDirectory();
            assertThat(another.first()).isDirectory();
            assertThat(root.resolve("apportion-1")).doesNotExist();
            assertThat(foreign).isDirectory();
            assertThat(link).isSymbolicLink();
            assertThat(elsewhere.resolve("lock")).exists();
        }
    }

    @Test
    void aRootThatCannotBeMadeIsNamed() throws IOException {
        Path file = Files.writeString(root.resolve("file"), "");
        for (Path impossible : List.of(file, file.resolve("below"))) {
            SparkConf conf = new SparkConf(false).set("spark.local.dir", root + "," + impossible);

            assertThatThrownBy(() -> ScratchDirectories.of(conf))
                    .isInstanceOf(UserError.class)
                    .hasMessageContainingAll(impossible.toString(), "spark.local.dir", "may write");
            assertThat(root).isDirectoryNotContaining("glob:**apportion-*");
        }
    }
}
