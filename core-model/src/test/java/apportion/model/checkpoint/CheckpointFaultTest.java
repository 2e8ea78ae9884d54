package apportion.model.checkpoint;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.catchThrowable;

import java.io.FilterOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

class CheckpointFaultTest {

    private static final String RUN = "run";

    @ParameterizedTest
    @EnumSource(FailingStore.Rename.class)
    void aWriterKilledAnywhereLeavesTheNewestWholeCheckpointReadable(FailingStore.Rename rename) throws Exception {
        int operations = 0;
        boolean finished = false;
        for (; !finished; operations++) {
            MemoryStore disk = new MemoryStore();
            finished = writtenThirdUnlessKilled(disk, RUN, rename, operations);

            for (MemoryStore left : List.of(disk, disk.afterPowerLoss())) {
                requireIntactAndGoOn(left, RUN, finished);
            }
        }
        assertThat(operations).isGreaterThan(30);
    }

    @Test
    void aWriterKilledOnTheLocalDiskLeavesTheNewestWholeCheckpointReadable(@TempDir Path directory) throws Exception {
        boolean finished = false;
        for (int operations = 0; !finished; operations++) {
            LocalStore disk = new LocalStore();
            String run = directory.resolve("run-" + operations).toString();
            finished = writtenThirdUnlessKilled(disk, run, FailingStore.Rename.ATOMIC, operations);

            requireIntactAndGoOn(disk, run, finished);
        }
    }

    private static boolean writtenThirdUnlessKilled(
            CheckpointStore disk, String run, FailingStore.Rename rename, int operations) throws IOException {
        Checkpoints checkpoints = new Checkpoints(disk, run);
        checkpoints.write(Samples.contents(1), 2);
        checkpoints.write(Samples.contents(2), 2);
        try {
            new Checkpoints(new FailingStore(disk, rename, operations), run).write(Samples.contents(3), 2);
            return true;
        } catch (FailingStore.Killed killed) {
            return false;
        }
    }

    private static void requireIntactAndGoOn(CheckpointStore disk, String run, boolean finished) throws IOException {
        Checkpoint newest = new Checkpoints(disk, run).newest().newest().orElseThrow();
        long round = newest.state().round();
        assertThat(round).isBetween(finished ? 3L : 2L, 3L);
        assertThat(Samples.everything(newest)).isEqualTo(Samples.everythingOf(round));

        new Checkpoints(disk, run).write(Samples.contents(round + 1), 2);

        assertThat(disk.list(run)).containsExactlyInAnyOrder("round-00000" + round, "round-00000" + (round + 1));
        Checkpoints.Search search = new Checkpoints(disk, run).newest();
        assertThat(search.skipped()).isEmpty();
        assertThat(Samples.everything(search.newest().orElseThrow())).isEqualTo(Samples.everythingOf(round + 1));
    }

    @Test
    void everyFlippedBitIsFoundAndItsFileNamed() throws Exception {
        MemoryStore disk = new MemoryStore();
        String directory = new Checkpoints(disk, RUN).write(Samples.contents(1), 1);

        for (String file : List.copyOf(disk.files.keySet())) {
            byte[] whole = disk.get(file);
            for (int bit = 0; bit < 8 * whole.length; bit++) {
                byte[] flipped = whole.clone();
                flipped[bit / 8] ^= (byte) (1 << bit % 8);
                disk.put(file, flipped);
                Throwable error = catchThrowable(() -> Checkpoint.open(disk, directory));
                assertThat(error)
                        .as("bit %s of %s", bit, file)
                        .isInstanceOf(CheckpointError.class)
                        .hasMessageContaining(file.endsWith(Manifest.NAME) ? directory : file);
                if (!file.endsWith(Manifest.NAME)) {
                    assertThat(error).hasMessageContaining("has the SHA-256 " + Sha256.hex(flipped));
                }
            }
            disk.put(file, whole);
        }
        assertThat(Samples.everything(Checkpoint.open(disk, directory))).isEqualTo(Samples.everythingOf(1));
    }

    @Test
    void everyTruncationAndEveryMissingFileIsFound() throws Exception {
        MemoryStore disk = new MemoryStore();
        String directory = new Checkpoints(disk, RUN).write(Samples.contents(1), 1);

        for (Map.Entry<String, byte[]> file : Map.copyOf(disk.files).entrySet()) {
            for (int length = 0; length < file.getValue().length; length++) {
                disk.put(file.getKey(), Arrays.copyOf(file.getValue(), length));
                assertUnusable(disk, directory, file.getKey() + " of length " + length);
            }
            disk.put(file.getKey(), Arrays.copyOf(file.getValue(), file.getValue().length + 1));
            assertUnusable(disk, directory, file.getKey() + " with a byte more");
            disk.delete(file.getKey());
            assertUnusable(disk, directory, file.getKey() + " missing");
            disk.put(file.getKey(), file.getValue());
        }
    }

    private static void assertUnusable(CheckpointStore disk, String directory, String what) {
        assertThat(catchThrowable(() -> Checkpoint.open(disk, directory)))
                .as("opening with %s", what)
                .isInstanceOf(CheckpointError.class);
        assertThat(catchThrowable(() -> Checkpoint.reopen(disk, directory)))
                .as("reopening with %s", what)
                .isInstanceOf(CheckpointError.class);
    }

    @Test
    void aDamagedCheckpointIsNamedAndTheOneBeforeItUsed() throws Exception {
        MemoryStore disk = new MemoryStore();
        Checkpoints checkpoints = new Checkpoints(disk, RUN);
        checkpoints.write(Samples.contents(1), 9);
        checkpoints.write(Samples.contents(2), 9);
        checkpoints.write(Samples.contents(3), 9);
        disk.get("run/round-000003/model.safetensors")[100] ^= 1;
        disk.delete("run/round-000002/manifest.json");

        Checkpoints.Search search = checkpoints.newest();

        assertThat(search.newest().orElseThrow().directory()).isEqualTo("run/round-000001");
        assertThat(search.skipped())
                .extracting(Checkpoints.Skipped::directory)
                .containsExactly("run/round-000003", "run/round-000002");
        assertThat(search.skipped().get(0).reason())
                .startsWith("run/round-000003/model.safetensors: has the SHA-256 ")
                .contains(", but the manifest says ");
        assertThat(search.skipped().get(1).reason())
                .startsWith("run/round-000002: has no manifest.json, so it is not a checkpoint or was not written");
    }

    @Test
    void aManifestWithHalfASurrogatePairIsDamagedLikeAnyOther() throws Exception {
        MemoryStore disk = new MemoryStore();
        Checkpoints checkpoints = new Checkpoints(disk, RUN);
        checkpoints.write(Samples.contents(1), 9);
        checkpoints.write(Samples.contents(2), 9);
        String file = "run/round-000002/manifest.json";
        String manifest = new String(disk.get(file), StandardCharsets.UTF_8);
        disk.put(file, manifest.replaceFirst("\"sha256\" : \"", "$0\\\\ud800").getBytes(StandardCharsets.UTF_8));

        Checkpoints.Search search = checkpoints.newest();

        assertThat(search.newest().orElseThrow().directory()).isEqualTo("run/round-000001");
        assertThat(search.skipped())
                .singleElement()
                .satisfies(skipped -> assertThat(skipped.reason()).contains("manifest.json", "half a surrogate pair"));
    }

    @Test
    void aCheckpointThatCannotBeReadIsNamedAndTheOneBeforeItUsed() throws Exception {
        MemoryStore disk = new MemoryStore();
        new Checkpoints(disk, RUN).write(Samples.contents(1), 9);
        new Checkpoints(disk, RUN).write(Samples.contents(2), 9);
        CheckpointStore badSector = new ForwardingStore(disk) {
            @Override
            public InputStream open(String file, long offset) throws IOException {
                if (file.equals("run/round-000002/optimizer.safetensors")) {
                    throw new IOException(file + ": checksum of block 7 is wrong");
                }
                return super.open(file, offset);
            }
        };

        Checkpoints.Search search = new Checkpoints(badSector, RUN).newest();

        assertThat(search.newest().orElseThrow().state().round()).isEqualTo(1);
        assertThat(search.skipped())
                .containsExactly(new Checkpoints.Skipped(
                        "run/round-000002", "run/round-000002/optimizer.safetensors: checksum of block 7 is wrong"));
        new Checkpoints(badSector, RUN).write(Samples.contents(2), 9);
        assertThat(new Checkpoints(disk, RUN)
                        .newest()
                        .newest()
                        .orElseThrow()
                        .state()
                        .round())
                .isEqualTo(2);
    }

    @Test
    void aFullDiskLosesNothingAndLeavesNothingBehind() throws Exception {
        MemoryStore whole = new MemoryStore();
        new Checkpoints(whole, RUN).write(Samples.contents(1), 2);
        int needed = whole.files.values().stream().mapToInt(file -> file.length).sum();

        for (int space = 0; space < needed; space += 7) {
            MemoryStore disk = new MemoryStore();
            new Checkpoints(disk, RUN).write(Samples.contents(1), 2);
            Checkpoints full = new Checkpoints(new FullDisk(disk, space), RUN);

            assertThatThrownBy(() -> full.write(Samples.contents(2), 2))
                    .isInstanceOf(IOException.class)
                    .hasMessage("no space left on device");

            assertThat(disk.list(RUN)).containsExactly("round-000001");
            assertThat(Samples.everything(full.newest().newest().orElseThrow())).isEqualTo(Samples.everythingOf(1));
        }
    }

    @Test
    void filesAreDurableInTheOrderOfTheManifestAndTheManifestLast() throws Exception {
        MemoryStore disk = new MemoryStore();
        List<String> events = new ArrayList<>();
        CheckpointStore recording = new ForwardingStore(disk) {
            @Override
            public OutputStream create(String file) throws IOException {
                events.add("create " + file);
                return new FilterOutputStream(super.create(file)) {
                    @Override
                    public void close() throws IOException {
                        super.close();
                        events.add("durable " + file);
                    }
                };
            }

            @Override
            public void rename(String from, String to) throws IOException {
                events.add("rename " + to);
                super.rename(from, to);
            }
        };

        new Checkpoints(recording, RUN).write(Samples.contents(5), 1);

        assertThat(events)
                .containsExactlyElementsOf(Stream.concat(
                                Stream.of(
                                                Manifest.MODEL,
                                                Manifest.OPTIMIZER,
                                                Manifest.STATE,
                                                Manifest.CONFIG,
                                                Manifest.NAME)
                                        .map(name -> "run/.writing-round-000005/" + name)
                                        .flatMap(file -> Stream.of("create " + file, "durable " + file)),
                                Stream.of("rename run/round-000005"))
                        .toList());
    }

    private static final class FullDisk extends ForwardingStore {

        private int space;

        FullDisk(CheckpointStore store, int space) {
            super(store);
            this.space = space;
        }

        @Override
        public OutputStream create(String file) throws IOException {
            return new FilterOutputStream(super.create(file)) {
                @Override
                public void write(byte[] bytes, int from, int count) throws IOException {
                    out.write(bytes, from, Math.min(count, space));
                    if (count > space) {
                        throw new IOException("no space left on device");
                    }
                    space -= count;
                }
            };
        }
    }
}
