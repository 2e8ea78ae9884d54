package apportion.spark.cluster;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatCode;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import apportion.spark.failure.UserError;
import apportion.spark.storage.Storage;
import apportion.spark.train.LocalSpark;
import java.io.File;
import java.nio.file.Files;
import java.nio.file.Path;
import org.apache.hadoop.conf.Configuration;
import org.apache.hadoop.fs.FileSystem;
import org.apache.hadoop.fs.RawLocalFileSystem;
import org.apache.spark.TaskContext;
import org.apache.spark.api.java.JavaSparkContext;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

final class SharedFilesTest {

    @TempDir
    private Path folder;

    /** Local files of a machine whose tasks see another disk. */
    public static final class TwoDisks extends RawLocalFileSystem {

        @Override
        public File pathToFile(org.apache.hadoop.fs.Path path) {
            File here = super.pathToFile(path);
            return TaskContext.get() == null ? here : new File("/disk-of-another-host" + here);
        }
    }

    @Test
    void aPathThatIsAnotherForExecutorsIsRefusedAndNothingIsLeft() throws Exception {
        Configuration hadoop = new Configuration(false);
        hadoop.setClass("fs.file.impl", TwoDisks.class, FileSystem.class);
        hadoop.setBoolean("fs.file.impl.disable.cache", true);
        Path input = Files.writeString(folder.resolve("manifest.json"), "{}");
        String directory = folder.toString();
        try (JavaSparkContext spark = LocalSpark.start("local[2]")) {
            Storage two = new Storage(hadoop);
            assertThatThrownBy(() -> SharedFiles.requireAnswers(spark, two, directory, "runs/a"))
                    .isInstanceOf(UserError.class)
                    .hasMessageContainingAll("runs/a is not shared: an executor on ", "hdfs:", "mounted");
            assertThat(folder.toFile().list()).containsExactly("manifest.json");

            Storage one = Storage.withDefaults();
            assertThatCode(() -> SharedFiles.requireAnswers(spark, one, directory, "runs/a"))
                    .doesNotThrowAnyException();
            assertThat(folder.toFile().list()).containsExactly("manifest.json");
            // In local mode nobody is asked.
            SharedFiles.requireShared(spark, two, directory, "runs/a");
        }
        assertThatThrownBy(() -> SharedFiles.requireVisible(Storage.withDefaults(), input + "s"))
                .isInstanceOf(UserError.class)
                .hasMessageContaining("is not shared");
    }
}
