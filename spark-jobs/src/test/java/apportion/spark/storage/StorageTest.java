package apportion.spark.storage;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import apportion.model.checkpoint.CheckpointStore;
import apportion.spark.failure.Failure;
import apportion.spark.failure.UserError;
import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.ObjectInputStream;
import java.io.ObjectOutputStream;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.apache.hadoop.conf.Configuration;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.condition.EnabledOnOs;
import org.junit.jupiter.api.condition.OS;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

final class StorageTest {

    @TempDir
    Path folder;

    private final Storage local = new Storage(new Configuration(false));

    private Storage on(String scheme) {
        return scheme.isEmpty() || scheme.equals("file:") ? local : elsewhere(Elsewhere.Mood.FINE);
    }

    private static Storage elsewhere(Elsewhere.Mood mood) {
        return new Storage(Elsewhere.configuration(mood));
    }

    private String path(String scheme, String name) {
        return scheme + folder.resolve(name);
    }

    private String file(String name, String text) throws IOException {
        Path file = folder.resolve(name);
        Files.createDirectories(file.getParent());
        Files.writeString(file, text);
        return file.toString();
    }

    private List<String> everything() {
        try (Stream<Path> all = Files.walk(folder)) {
            return all.filter(Files::isRegularFile)
                    .map(each -> folder.relativize(each).toString())
                    .sorted()
                    .toList();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    @ParameterizedTest
    @ValueSource(strings = {"", "file:", "elsewhere:", "s3test:"})
    void aFileIsWrittenOverAnOlderOneWithItsSumAndNoLitter(String scheme) {
        Storage storage = on(scheme);
        String path = path(scheme, "a/b/c.txt");
        storage.writeAtomically(path, "old and longer");
        Written written = storage.writeAtomically(path, "abc");

        // The sum of "abc" stands in FIPS 180-2, appendix B.1.
        assertThat(written)
                .isEqualTo(new Written(3, "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad"));
        assertThat(storage.sha256(path)).isEqualTo(written.sha256());
        assertThat(storage.read(path, 3)).asString().isEqualTo("abc");
        assertThat(everything()).containsExactly("a/b/c.txt");
    }

    @Test
    void aWriteThatFailsLeavesTheOldFileAndNothingElse() throws IOException {
        String path = file("a.txt", "old");

        assertThatThrownBy(() -> local.writeAtomically(path, out -> {
                    out.write(1);
                    throw new IllegalStateException("defect");
                }))
                .hasMessage("defect");
        assertThat(everything()).containsExactly("a.txt");
        assertThat(local.read(path, 9)).asString().isEqualTo("old");
    }

    @Test
    void aFullDiskIsOneClearLineAndLosesNothing() throws IOException {
        file("a.txt", "old");
        String path = path("elsewhere:", "a.txt");

        assertThatThrownBy(() -> elsewhere(Elsewhere.Mood.FULL).writeAtomically(path, "longer than ten bytes"))
                .isInstanceOf(Failure.class)
                .hasMessage("no space left to write " + path + "; free some and start again, what was finished is kept")
                .satisfies(e -> assertThat(((Failure) e).exitCode()).isEqualTo(1));
        assertThat(everything()).containsExactly("a.txt");
        assertThat(local.read(folder.resolve("a.txt").toString(), 9)).asString().isEqualTo("old");
    }

    @Test
    @EnabledOnOs(OS.LINUX)
    void theKernelsOwnFullDiskIsAnOrdinaryException() {
        Place full = Place.of("/dev/full", new Configuration(false));

        assertThatThrownBy(() -> full.write(out -> out.write(1)))
                .isInstanceOf(IOException.class)
                .hasMessageContaining("No space left on device");
    }

    @Test
    void aForbiddenWriteIsOneClearLine() {
        String path = path("elsewhere:", "a.txt");

        assertThatThrownBy(() -> elsewhere(Elsewhere.Mood.FORBIDDEN).writeAtomically(path, "x"))
                .isInstanceOf(Failure.class)
                .hasMessage(path + " may not be written by this user");
    }

    @Test
    void whatCannotBeReadOrWrittenIsNamed() throws IOException {
        String file = file("plain", "x");

        assertThatThrownBy(() -> local.open(path("", "absent")))
                .isInstanceOf(UserError.class)
                .hasMessage(path("", "absent") + " does not exist");
        assertThatThrownBy(() -> local.open(folder.toString()))
                .isInstanceOf(UserError.class)
                .hasMessageContaining("is a directory");
        assertThatThrownBy(() -> local.read(file("big", "12345"), 4))
                .isInstanceOf(UserError.class)
                .hasMessageContaining("at most 4 bytes");
        assertThatThrownBy(() -> local.writeAtomically(file + "/below", "x"))
                .isInstanceOf(UserError.class)
                .hasMessageContaining("a file stands where a directory must be");
        assertThatThrownBy(() -> local.open("gopher://x/y"))
                .isInstanceOf(UserError.class)
                .hasMessageContaining("the file system of gopher://x/y is not on the class path");
        assertThatThrownBy(() -> local.open("s3a://bucket/y"))
                .isInstanceOf(UserError.class)
                .hasMessageContaining("hadoop-aws");
        assertThatThrownBy(() -> local.open("hdfs:///y"))
                .isInstanceOf(UserError.class)
                .hasMessageContaining("names no host");
        assertThatThrownBy(() -> local.open("hdfs://no.such.host.invalid/y"))
                .isInstanceOf(Failure.class)
                .hasMessage("cannot reach hdfs://no.such.host.invalid/y: no.such.host.invalid (UnknownHostException);"
                        + " check its host and port, and that it runs");
        assertThatThrownBy(() -> local.open("")).isInstanceOf(UserError.class).hasMessageContaining("is no path");
    }

    @Test
    void inputsAreFilesDirectoriesAndGlobsInOneOrderAndEachOnce() throws IOException {
        file("b.txt", "12");
        file("a.txt", "");
        file("deep/er/c.txt", "");
        file("deep/_temporary/x", "");
        file("deep/.hidden", "");
        file("odd[1].txt", "");

        List<StoredFile> found = local.expand(
                List.of(path("", "*.txt"), path("", "deep"), path("file:", "b.txt"), path("", "odd[1].txt")));

        assertThat(found).extracting(StoredFile::name).containsExactly("a.txt", "b.txt", "c.txt", "odd[1].txt");
        assertThat(found.get(1)).isEqualTo(new StoredFile("file:" + folder.resolve("b.txt"), 2));
    }

    @ParameterizedTest
    @ValueSource(strings = {"absent.txt", "*.absent", "empty", "no/such/*"})
    void anInputThatNamesNoFileIsRefused(String input) throws IOException {
        Files.createDirectory(folder.resolve("empty"));

        assertThatThrownBy(() -> local.expand(List.of(path("", input))))
                .isInstanceOf(UserError.class)
                .hasMessageStartingWith(path("", input) + " names no file");
    }

    @ParameterizedTest
    @ValueSource(strings = {"file:", "elsewhere:"})
    void aStagedDirectoryAppearsWhenItIsCommitted(String scheme) {
        Storage storage = on(scheme);
        try (StagedDirectory staged = storage.stage(path(scheme, "run/checkpoint-1"))) {
            staged.write("model", out -> out.write(new byte[1000]));
            staged.write("manifest", out -> out.write(1));
            assertThat(storage.names(path(scheme, "run"))).isEmpty();
            staged.commit();
        }

        assertThat(everything()).containsExactly("run/checkpoint-1/manifest", "run/checkpoint-1/model");
        assertThat(storage.names(path(scheme, "run"))).containsExactly("checkpoint-1");
    }

    @Test
    void aStagedDirectoryThatFailsOrIsKilledLeavesNothing() throws IOException {
        try (StagedDirectory staged = local.stage(path("", "run/c"))) {
            staged.write("model", out -> out.write(1));
        }
        assertThat(everything()).isEmpty();

        local.stage(path("", "run/c")).write("torn", out -> out.write(1));
        file("run/.c.tmp/torn", "of an earlier release");
        try (Claim claim = local.claimWhole(path("", "run/c"));
                StagedDirectory staged = local.stage(path("", "run/c"))) {
            assertThat(claim).isNotNull();
            staged.write("whole", out -> out.write(1));
            staged.commit();
        }
        assertThat(everything()).containsExactly("run/c/whole");
    }

    @Test
    void anObjectStoreShowsWhatIsNotFinished() {
        Storage storage = on("s3test:");
        String directory = path("s3test:", "run/c");
        storage.stage(directory).write("torn", out -> out.write(1));
        assertThat(storage.isUnfinished(directory)).isTrue();

        try (StagedDirectory staged = storage.stage(directory)) {
            staged.write("whole", out -> out.write(1));
            staged.commit();
        }
        assertThat(storage.isUnfinished(directory)).isFalse();
        assertThat(everything()).containsExactly("run/c/whole");
        assertThatThrownBy(() -> storage.stage(directory).close()).hasMessageContaining("it exists already");
    }

    @Test
    void aCheckpointThatWasHalfCopiedIsNotThere() throws IOException {
        CheckpointStore checkpoints = on("s3test:").checkpoints();
        String run = path("s3test:", "run");
        file("run/.writing-round-1/manifest.json", "{}");
        file("run/.writing-round-1/model", "abc");
        file("run/round-1/manifest.json", "{}");
        file("run/round-1/_unfinished", "");

        assertThat(checkpoints.list(run)).containsExactly(".writing-round-1");
        assertThat(checkpoints.exists(run + "/round-1")).isFalse();
        checkpoints.delete(run + "/round-1");
        checkpoints.rename(run + "/.writing-round-1", run + "/round-1");
        assertThat(everything()).containsExactly("run/round-1/manifest.json", "run/round-1/model");
        assertThat(checkpoints.list(run)).containsExactly("round-1");
    }

    @Test
    void aStagedDirectoryNeverReplacesAnother() throws IOException {
        file("run/c/model", "x");

        assertThatThrownBy(() -> local.stage(path("", "run/c")).close()).hasMessageContaining("it exists already");
        assertThat(everything()).containsExactly("run/c/model");
    }

    @ParameterizedTest
    @ValueSource(strings = {"file:", "elsewhere:", "s3test:"})
    void aLogKeepsEveryLineAcrossRestarts(String scheme) throws IOException {
        Storage storage = on(scheme);
        String path = path(scheme, "run/ledger.jsonl");
        storage.lineLog(path).append("one");
        LineLog again = storage.lineLog(path);
        again.append("zwölf");

        assertThat(storage.lineLog(path).lines()).containsExactly("one", "zwölf");
        assertThat(folder.resolve("run/ledger.jsonl")).content().isEqualTo("one\nzwölf\n");
        assertThat(everything()).containsExactly("run/ledger.jsonl");
    }

    /** Of a round of training, about. */
    private static String line(int number) {
        return "{\"round\":" + number + ",\"rest\":\"" + "x".repeat(300) + "\"}";
    }

    private static List<String> lines(int count) {
        return IntStream.range(0, count).mapToObj(StorageTest::line).toList();
    }

    private static long bytes(int count) {
        return lines(count).stream().mapToLong(line -> line.length() + 1).sum();
    }

    @ParameterizedTest
    @ValueSource(strings = {"elsewhere:", "s3test:"})
    void bytesWrittenGrowWithThoseOfALog(String scheme) throws IOException {
        long before = Elsewhere.WRITTEN.get();
        LineLog log = on(scheme).lineLog(path(scheme, "run/metrics.jsonl"));
        int most = 0;
        for (int round = 0; round < 800; round++) {
            log.append(line(round));
            most = round % 100 == 0 ? Math.max(most, everything().size()) : most;
        }

        assertThat(on(scheme).lineLog(path(scheme, "run/metrics.jsonl")).lines())
                .isEqualTo(lines(800));
        assertThat(most).as("files").isLessThan(80);
        log.merge();
        assertThat(everything()).containsExactly("run/metrics.jsonl");
        assertThat(folder.resolve("run/metrics.jsonl")).hasSize(bytes(800));
        assertThat(Elsewhere.WRITTEN.get() - before).isLessThan(8 * bytes(800));
    }

    @ParameterizedTest
    @ValueSource(strings = {"elsewhere:", "s3test:"})
    void aLogThatWasLeftAnywhereHasAllItsLines(String scheme) throws IOException {
        String path = path(scheme, "run/metrics.jsonl");
        for (int round = 0; round < 200; round++) {
            // A new process for every line, which finds what the last one has left.
            on(scheme).lineLog(path).append(line(round));
            if (round % 50 == 0 || round > 180) {
                assertThat(on(scheme).lineLog(path).lines()).hasSize(round + 1).endsWith(line(round));
            }
        }
        LineLog log = on(scheme).lineLog(path);
        log.keep(150);
        log.append("other");

        assertThat(on(scheme).lineLog(path).lines())
                .hasSize(151)
                .startsWith(line(0))
                .endsWith(line(149), "other");
        log.keep(3);
        assertThat(on(scheme).lineLog(path).lines()).isEqualTo(lines(3));
        assertThat(everything()).containsExactly("run/metrics.jsonl");
    }

    @Test
    void aMergeThatWasKilledLosesAndRepeatsNoLine() throws IOException {
        String path = path("s3test:", "run/metrics.jsonl");
        Files.createDirectories(folder.resolve("run/.metrics.jsonl.parts"));
        // The merged part is there, and one of those that it was made of; the file has been written with one of them.
        file("run/metrics.jsonl", "0\n1\n2\n3\n");
        file("run/.metrics.jsonl.parts/000000003-000000004", "3\n");
        file("run/.metrics.jsonl.parts/000000003-000000006", "3\n4\n5\n");
        file("run/.metrics.jsonl.parts/000000005-000000006", "5\n");
        file("run/.metrics.jsonl.parts/000000006-000000007", "6\n");

        LineLog log = on("s3test:").lineLog(path);

        assertThat(log.lines()).containsExactly("0", "1", "2", "3", "4", "5", "6");
        log.append("7");
        assertThat(everything()).containsExactly("run/metrics.jsonl");
        assertThat(folder.resolve("run/metrics.jsonl")).content().isEqualTo("0\n1\n2\n3\n4\n5\n6\n7\n");
        file("run/.metrics.jsonl.parts/000000009-000000010", "9\n");
        assertThatThrownBy(() -> on("s3test:").lineLog(path)).hasMessageContaining("lines are missing");
    }

    @Test
    void aLineThatACrashCutOffIsDropped() throws IOException {
        String path = file("ledger.jsonl", "one\n{\"torn\":");
        LineLog log = local.lineLog(path);
        log.append("two");

        assertThat(log.lines()).containsExactly("one", "two");
        assertThat(folder.resolve("ledger.jsonl")).content().isEqualTo("one\ntwo\n");
    }

    @Test
    void aLineThatFindsNoRoomIsNotInTheLog() throws IOException {
        file("ledger.jsonl", "one\n");
        LineLog log = elsewhere(Elsewhere.Mood.FULL).lineLog(path("elsewhere:", "ledger.jsonl"));

        assertThatThrownBy(() -> log.append("two, which is long")).hasMessageStartingWith("no space left");
        assertThat(log.lines()).containsExactly("one");
        assertThat(folder.resolve("ledger.jsonl")).content().isEqualTo("one\n");
    }

    @ParameterizedTest
    @ValueSource(strings = {"file:", "elsewhere:", "s3test:"})
    void aDirectoryStaysItsRunsOwn(String scheme) throws IOException {
        Storage storage = on(scheme);
        String run = path(scheme, "run");
        storage.claim(run, "train", "1234").close();
        storage.claim(run, "train", "1234").close();

        assertThatThrownBy(() -> storage.claim(run, "train", "5678"))
                .isInstanceOf(UserError.class)
                .hasMessageContaining("belongs to another run (train 1234; this one is train 5678)");
        assertThatThrownBy(() -> storage.claim(run, "sweep", "1234")).isInstanceOf(UserError.class);
    }

    @Test
    void aDirectoryWithForeignFilesIsRefused() throws IOException {
        file("mine/thesis.tex", "x");

        assertThatThrownBy(() -> local.claim(path("", "mine"), "train", "1234"))
                .isInstanceOf(UserError.class)
                .hasMessageContaining("is not empty and belongs to no run");
        assertThat(everything()).containsExactly("mine/thesis.tex");
    }

    @Test
    void aDirectoryInUseIsRefused() throws IOException {
        try (Claim claim = local.claim(path("", "run"), "train", "1234")) {
            assertThat(claim).isNotNull();
            assertThatThrownBy(() -> local.claim(path("", "run"), "train", "1234"))
                    .isInstanceOf(UserError.class)
                    .hasMessageContaining("is in use by another process");
        }
    }

    @ParameterizedTest
    @ValueSource(strings = {"file:", "elsewhere:", "s3test:"})
    void anOutputIsClaimedOnceAndLeavesNoTrace(String scheme) {
        Storage storage = on(scheme);
        String output = path(scheme, "data/set:1 100%#[a]");
        try (Claim claim = storage.claimWhole(output)) {
            claim.require();
            assertThatThrownBy(() -> storage.claimWhole(output))
                    .isInstanceOf(UserError.class)
                    .hasMessageContaining(output.substring(output.indexOf(':') + 1) + " is in use by another process");
            try (StagedDirectory staged = storage.stage(output)) {
                staged.write("manifest", out -> out.write(1));
                staged.require(Map.of("manifest", 1L));
                staged.commit();
            }
        }
        assertThat(everything()).containsExactly("data/set:1 100%#[a]/manifest");
        storage.claimWhole(output).close();
    }

    @Test
    void stagedFilesThatAreNotAsTheyWereWrittenAreNamed() throws IOException {
        try (StagedDirectory staged = local.stage(path("", "set"))) {
            staged.write("whole", out -> out.write(1));
            staged.write("cut", out -> out.write(1));
            Map<String, Long> three = Map.of("whole", 1L, "cut", 2L, "gone", 3L);
            assertThatThrownBy(() -> staged.require(three))
                    .isInstanceOf(Failure.class)
                    .hasMessageContaining("of 3 files, 2 are not as they were written (cut has 1 bytes, but 2 were");
            assertThatThrownBy(() -> staged.require(Map.of("whole", 1L))).hasMessageContaining("cut is too many");
        }
    }

    @Test
    void whatAKilledProcessLeftGoesWithTheNextClaim() throws IOException {
        String id = ".0f8fad5b-d9cb-469f-a165-70867728950e.tmp";
        file("run/.metrics.jsonl" + id, "torn");
        file("run/.writing-round-000003/model", "torn");
        file("run/.set" + id + "/part", "of a process that is at work beside the run");
        file("run/.set.lock", "");
        file("run/._owner" + id, "torn");
        file(".run" + id, "of another output");
        file("run/_owner", "train 1234\n");
        file("run/_lock", "");
        local.claim(path("", "run"), "train", "1234").close();
        assertThat(everything()).containsExactly(".run" + id, "run/.set" + id + "/part", "run/.set.lock", "run/_owner");
        local.claimWhole(path("", "run/set")).close();
        assertThat(everything()).containsExactly(".run" + id, "run/_owner");
    }

    @Test
    void aDirectoryThatIsDeletedUnderItsRunIsNamed() throws IOException {
        try (Claim claim = local.claim(path("", "run"), "train", "1234")) {
            local.delete(path("", "run"));
            assertThatThrownBy(claim::require)
                    .isInstanceOf(Failure.class)
                    .hasMessageContaining(path("", "run") + " was deleted or moved while");
        }
        assertThat(everything()).isEmpty();
    }

    @Test
    void anOutputThatCannotBeWrittenIsNamedWithWhatIsInTheWay() throws IOException {
        String text = file("austen.txt", "x");
        assertThatThrownBy(() -> local.claimWhole(text + "/set"))
                .isInstanceOf(UserError.class)
                .hasMessageContaining(text + " is a file, but must be a directory");
        assertThatThrownBy(() -> local.claim(text, "train", "1234"))
                .isInstanceOf(UserError.class)
                .hasMessageContaining("is a file, but must be a directory")
                .hasMessageNotContaining("delete");
        assertThatThrownBy(() -> local.claimFiles(text)).isInstanceOf(UserError.class);
        assertThatThrownBy(() -> local.exists("set:1")).hasMessageContaining("written ./set:1");
        assertThatThrownBy(() -> local.claimWhole("/proc/set"))
                .isInstanceOf(UserError.class)
                .hasMessageContainingAll(
                        "cannot write file:/proc/set", "file:/proc belongs to root", System.getProperty("user.name"));
        assertThatThrownBy(() -> elsewhere(Elsewhere.Mood.FORBIDDEN).claimWhole(path("elsewhere:", "set")))
                .isInstanceOf(UserError.class)
                .hasMessageContaining("set: permission denied");
        assertThat(everything()).containsExactly("austen.txt");
    }

    @Test
    void anOwnerThatWasNotWrittenHereIsNotAdvisedToBeDeleted() throws IOException {
        file("mine/_owner", "Jane Austen");

        assertThatThrownBy(() -> local.claim(path("", "mine"), "train", "1234"))
                .isInstanceOf(UserError.class)
                .hasMessageNotContaining("delete");
    }

    @Test
    void storageTravelsToExecutors() throws IOException, ClassNotFoundException {
        ByteArrayOutputStream bytes = new ByteArrayOutputStream();
        new ObjectOutputStream(bytes).writeObject(elsewhere(Elsewhere.Mood.FINE));
        Storage there = (Storage) new ObjectInputStream(new ByteArrayInputStream(bytes.toByteArray())).readObject();

        there.writeAtomically(path("elsewhere:", "a"), "x");
        assertThat(everything()).containsExactly("a");
    }

    @Test
    void deletingWhatIsNotThereIsFine() {
        local.delete(path("", "absent"));
        assertThat(local.exists(path("", "absent"))).isFalse();
    }
}
