package apportion.model.checkpoint;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.FilterInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.FileAlreadyExistsException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collections;
import java.util.Iterator;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class CheckpointsTest {

    private static final String RUN = "run";

    private final MemoryStore store = new MemoryStore();
    private final Checkpoints checkpoints = new Checkpoints(store, RUN);

    @Test
    void whatWasWrittenIsRead() throws Exception {
        String directory = checkpoints.write(Samples.contents(123), 1);

        assertThat(directory).isEqualTo("run/round-000123");
        assertThat(Samples.everything(Checkpoint.open(store, directory))).isEqualTo(Samples.everythingOf(123));
        assertThat(Samples.everything(Checkpoint.reopen(store, directory))).isEqualTo(Samples.everythingOf(123));
    }

    @Test
    void whatWasWrittenOnTheLocalDiskIsReadThere(@TempDir Path directory) throws Exception {
        String run = directory.resolve("new/run").toString();

        new Checkpoints(new LocalStore(), run).write(Samples.contents(1), 1);

        Checkpoint newest =
                new Checkpoints(new LocalStore(), run).newest().newest().orElseThrow();
        assertThat(Samples.everything(newest)).isEqualTo(Samples.everythingOf(1));
        assertThat(new LocalStore().list(run)).containsExactly("round-000001");
    }

    @Test
    void doublesStayDoubles() throws Exception {
        FlatVector values = FlatVector.of(new double[] {1.0 / 3, Math.PI, Double.MIN_VALUE});
        TrainingState state = Samples.state(1, 1);
        Parameters parameters = new Parameters(values, List.of(Parameters.Slice.of("all", 3)));

        String directory = checkpoints.write(
                new CheckpointContents(
                        "{}",
                        state,
                        parameters,
                        Optional.empty(),
                        List.of(new ReplicaState(0, values, values)).iterator()),
                1);

        Checkpoint checkpoint = Checkpoint.open(store, directory);
        assertThat(checkpoint.parameters().values().dtype()).isEqualTo(Dtype.F64);
        assertThat(checkpoint.parameters().values().doubles()).containsExactly(values.doubles());
        assertThat(checkpoint.replica(0).secondMoment().doubles()).containsExactly(values.doubles());
        assertThat(checkpoint.outerMomentum()).isEmpty();
    }

    @Test
    void vectorsThatLieElsewhereComeInSlices() throws Exception {
        float[] moment = {1, 2, 3, 4, 5, 6, 7};
        List<Integer> asked = new ArrayList<>();
        FlatVector remote = FlatVector.remote(7, 3, (from, to) -> {
            asked.add(to - from);
            return Arrays.copyOfRange(moment, from, to);
        });
        CheckpointContents contents = new CheckpointContents(
                "{}",
                Samples.state(1, 1),
                new Parameters(FlatVector.of(moment), Samples.SLICES),
                Optional.empty(),
                List.of(new ReplicaState(0, remote, remote)).iterator());

        Checkpoint checkpoint = Checkpoint.open(store, checkpoints.write(contents, 1));

        assertThat(asked).containsExactly(3, 3, 1, 3, 3, 1);
        assertThat(checkpoint.replica(0).firstMoment().floats()).containsExactly(moment);
        assertThat(checkpoint.replica(0).secondMoment().floats()).containsExactly(moment);
        assertThat(remote.floats()).containsExactly(moment);
        assertThat(remote.doubles()).containsExactly(1, 2, 3, 4, 5, 6, 7);
    }

    @Test
    void bitPatternsSurviveEvenOfNumbersThatAreNone() throws Exception {
        float[] odd = {
            -0f, Float.NaN, Float.intBitsToFloat(0x7fc0_1234), Float.NEGATIVE_INFINITY, Float.MIN_VALUE, 1e-40f, 3f
        };
        CheckpointContents contents = new CheckpointContents(
                "{}",
                Samples.state(1, 0),
                new Parameters(FlatVector.of(odd), Samples.SLICES),
                Optional.empty(),
                Collections.emptyIterator());

        Checkpoint checkpoint = Checkpoint.open(store, checkpoints.write(contents, 1));

        float[] read = checkpoint.parameters().values().floats();
        for (int i = 0; i < odd.length; i++) {
            assertThat(Float.floatToRawIntBits(read[i])).isEqualTo(Float.floatToRawIntBits(odd[i]));
        }
    }

    @Test
    void theSameContentsGiveTheSameBytes() throws Exception {
        MemoryStore other = new MemoryStore();

        checkpoints.write(Samples.contents(4), 1);
        new Checkpoints(other, RUN).write(Samples.contents(4), 1);

        assertThat(store.files.keySet()).isEqualTo(other.files.keySet());
        store.files.forEach((file, bytes) -> assertThat(bytes).as(file).isEqualTo(other.files.get(file)));
    }

    @Test
    void eachReplicaIsWrittenBeforeTheNextIsAskedFor() throws Exception {
        int replicas = 5;
        List<Long> writtenWhenAsked = new ArrayList<>();
        Iterator<ReplicaState> states = Samples.replicas(1, replicas);
        Iterator<ReplicaState> watched = new Iterator<>() {
            @Override
            public boolean hasNext() {
                return states.hasNext();
            }

            @Override
            public ReplicaState next() {
                byte[] file = store.files.getOrDefault("run/.writing-round-000001/optimizer.safetensors", new byte[0]);
                writtenWhenAsked.add((long) file.length);
                return states.next();
            }
        };

        checkpoints.write(Samples.contents(Samples.state(1, replicas), watched), 1);

        long oneReplica = 2 * 7 * Float.BYTES;
        for (int replica = 1; replica < replicas; replica++) {
            assertThat(writtenWhenAsked.get(replica) - writtenWhenAsked.get(replica - 1))
                    .isEqualTo(oneReplica);
        }
    }

    @Test
    void anExecutorReadsItsOwnReplicaAndNotTheOthers() throws Exception {
        String directory = checkpoints.write(Samples.contents(Samples.state(1, 100), Samples.replicas(1, 100)), 1);
        long[] valuesRead = new long[1];
        CheckpointStore counting = new ForwardingStore(store) {
            @Override
            public InputStream open(String file, long offset) throws IOException {
                return new FilterInputStream(super.open(file, offset)) {
                    @Override
                    public int read(byte[] bytes, int from, int count) throws IOException {
                        int read = super.read(bytes, from, count);
                        valuesRead[0] += offset > 0 && read > 0 ? read : 0;
                        return read;
                    }
                };
            }
        };

        ReplicaState replica = Checkpoint.reopen(counting, directory).replica(42);

        assertThat(replica.firstMoment().floats())
                .containsExactly(Samples.replica(1, 42).firstMoment().floats());
        assertThat(replica.secondMoment().floats())
                .containsExactly(Samples.replica(1, 42).secondMoment().floats());
        assertThat(valuesRead[0]).isEqualTo(2 * 7 * Float.BYTES);
    }

    @Test
    void theNewestAreKept() throws Exception {
        for (long round = 1; round <= 5; round++) {
            checkpoints.write(Samples.contents(round), 3);
        }

        assertThat(store.list(RUN)).containsExactly("round-000003", "round-000004", "round-000005");
    }

    @Test
    void aDamagedLaterRoundDoesNotCrowdOutWhatWasJustWritten() throws Exception {
        checkpoints.write(Samples.contents(1), 9);
        checkpoints.write(Samples.contents(7), 9);
        store.delete("run/round-000007/state.json");

        checkpoints.write(Samples.contents(2), 1);

        assertThat(checkpoints.newest().newest().orElseThrow().state().round()).isEqualTo(2);
        assertThat(store.list(RUN)).containsExactly("round-000002", "round-000007");
    }

    @Test
    void roundsOfMoreDigitsAreNewer() throws Exception {
        checkpoints.write(Samples.contents(999_999), 9);
        checkpoints.write(Samples.contents(1_000_000), 9);

        assertThat(checkpoints.newest().newest().orElseThrow().directory()).isEqualTo("run/round-1000000");
    }

    @Test
    void otherThingsInTheRunDirectoryAreLeftAlone() throws Exception {
        for (String name :
                List.of("history.jsonl", "round-7/x", "round-0000001/x", "round-abcdef/x", "xround-000001/x")) {
            store.put(RUN + "/" + name, new byte[1]);
        }

        assertThat(checkpoints.newest()).isEqualTo(new Checkpoints.Search(Optional.empty(), List.of()));
        checkpoints.write(Samples.contents(9), 1);

        assertThat(store.list(RUN)).hasSize(6);
    }

    @Test
    void whatAKilledWriterLeftBehindIsDeletedByTheNextAndNotByReaders() throws Exception {
        store.put("run/.writing-round-000001/junk", new byte[1]);
        store.put("run/.writing-round-000007/model.safetensors", new byte[1]);

        assertThat(checkpoints.newest().skipped()).isEmpty();
        assertThat(store.list(RUN)).hasSize(2);
        String directory = checkpoints.write(Samples.contents(1), 1);

        assertThat(store.list(RUN)).containsExactly("round-000001");
        assertThat(store.list(directory)).hasSize(5);
    }

    @Test
    void aRunDirectoryThatDoesNotExistHasNoCheckpoint(@TempDir Path directory) throws Exception {
        Checkpoints none =
                new Checkpoints(new LocalStore(), directory.resolve("none").toString());

        assertThat(none.newest().newest()).isEmpty();
        assertThat(none.newest().skipped()).isEmpty();
    }

    @Test
    void aWholeCheckpointIsNotOverwrittenAndADamagedOneIs() throws Exception {
        String directory = checkpoints.write(Samples.contents(1), 1);
        assertThatThrownBy(() -> checkpoints.write(Samples.contents(1), 1))
                .isInstanceOf(CheckpointError.class)
                .hasMessage("run/round-000001: is a whole checkpoint already, and is not overwritten;"
                        + " go on from it, or move it away");

        store.get(directory + "/config.json")[0] ^= 1;
        checkpoints.write(Samples.contents(1), 1);

        assertThat(Samples.everything(Checkpoint.open(store, directory))).isEqualTo(Samples.everythingOf(1));
    }

    @Test
    void aDirectoryThatGotTheNameOfAnotherRoundIsSkipped() throws Exception {
        String directory = checkpoints.write(Samples.contents(1), 1);
        store.rename(directory, "run/round-000002");

        Checkpoints.Search search = checkpoints.newest();

        assertThat(search.newest()).isEmpty();
        assertThat(search.skipped().get(0).reason())
                .isEqualTo("run/round-000002: holds the state after round 1, but its name says another; give it the"
                        + " name it had");
        assertThat(Checkpoint.open(store, "run/round-000002").state().round()).isEqualTo(1);
    }

    @Test
    void aDirectoryThatIsNoCheckpointIsSaidToBeNone(@TempDir Path directory) {
        assertThatThrownBy(() -> Checkpoint.open(new LocalStore(), directory.toString()))
                .isInstanceOf(CheckpointError.class)
                .hasMessageContaining("has no manifest.json, so it is not a checkpoint");
    }

    @Test
    void aNewerFormatIsRefusedByItsNumber() throws Exception {
        String directory = checkpoints.write(Samples.contents(1), 1);
        String manifest = new String(store.get(directory + "/manifest.json"), StandardCharsets.UTF_8);
        store.put(
                directory + "/manifest.json",
                manifest.replace("\"format\" : 1", "\"format\" : 2").getBytes(StandardCharsets.UTF_8));

        assertThatThrownBy(() -> Checkpoint.open(store, directory))
                .hasMessageContaining("has format 2, but this version of the program reads 1");
    }

    @Test
    void aManifestCannotNameOtherFiles() throws Exception {
        String directory = checkpoints.write(Samples.contents(1), 1);
        String manifest = new String(store.get(directory + "/manifest.json"), StandardCharsets.UTF_8);
        store.put(
                directory + "/manifest.json",
                manifest.replace("config.json", "../../../etc/passwd").getBytes(StandardCharsets.UTF_8));

        assertThatThrownBy(() -> Checkpoint.open(store, directory))
                .isInstanceOf(CheckpointError.class)
                .hasMessageContaining("lists the files");
    }

    @Test
    void aHugeManifestIsNotRead() throws Exception {
        String directory = checkpoints.write(Samples.contents(1), 1);
        store.put(directory + "/manifest.json", new byte[1 << 20]);

        assertThatThrownBy(() -> Checkpoint.open(store, directory))
                .hasMessageContaining("has 1048576 bytes, but a manifest has at most 65536");
    }

    @Test
    void filesOfTwoCheckpointsDoNotMakeOne() throws Exception {
        String directory = checkpoints.write(Samples.contents(Samples.state(1, 2), Samples.replicas(1, 2)), 9);
        String other = checkpoints.write(Samples.contents(Samples.state(2, 3), Samples.replicas(2, 3)), 9);
        for (String file : List.of(Manifest.MODEL, Manifest.STATE, Manifest.CONFIG)) {
            store.put(other + "/" + file, store.get(directory + "/" + file));
        }
        List<Manifest.FileEntry> files = new ArrayList<>();
        for (String name : Manifest.NAMES) {
            byte[] bytes = store.get(other + "/" + name);
            files.add(new Manifest.FileEntry(name, bytes.length, Sha256.hex(bytes)));
        }
        store.put(other + "/" + Manifest.NAME, new Manifest(files).toJson());

        assertThatThrownBy(() -> Checkpoint.open(store, other))
                .isInstanceOf(CheckpointError.class)
                .hasMessageContaining("holds 7 tensors that are not the moments of 2 replicas");
    }

    @Test
    void replicasMustBeAllThereInOrderAndOfTheRightSize() throws Exception {
        TrainingState two = Samples.state(1, 2);
        ReplicaState first = Samples.replica(1, 0);
        ReplicaState second = Samples.replica(1, 1);
        FlatVector tooShort = FlatVector.of(new float[6]);
        FlatVector doubles = FlatVector.of(new double[7]);

        assertRefused(two, List.of(first), "the state of replica 1 is missing; give one for each replica of the run");
        assertRefused(two, List.of(first, second, second), "the state names 2 replicas, but there are states of more");
        assertRefused(two, List.of(second, first), "the state of replica 1 came where that of 0 was due");
        assertRefused(
                two,
                List.of(first, new ReplicaState(1, second.firstMoment(), tooShort)),
                "the second moment of replica 1 has 6 numbers of type F32, but it must have 7 of type F32");
        assertRefused(
                two,
                List.of(new ReplicaState(0, doubles, doubles), second),
                "the first moment of replica 0 has 7 numbers of type F64, but it must have 7 of type F32");
        assertThat(store.files).isEmpty();
    }

    private void assertRefused(TrainingState state, List<ReplicaState> replicas, String message) {
        assertThatThrownBy(() -> checkpoints.write(Samples.contents(state, replicas.iterator()), 1))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageStartingWith(message);
    }

    @Test
    void whenReplicasCannotBeFetchedTheOlderCheckpointStays() throws Exception {
        checkpoints.write(Samples.contents(1), 1);
        Iterator<ReplicaState> lost = new Iterator<>() {
            @Override
            public boolean hasNext() {
                return true;
            }

            @Override
            public ReplicaState next() {
                throw new IllegalStateException("executor lost");
            }
        };

        assertThatThrownBy(() -> checkpoints.write(Samples.contents(Samples.state(2, 2), lost), 1))
                .hasMessage("executor lost");

        assertThat(store.list(RUN)).containsExactly("round-000001");
    }

    @Test
    void aReplicaThatIsNotThereIsNamed() throws Exception {
        Checkpoint checkpoint = Checkpoint.open(store, checkpoints.write(Samples.contents(1), 1));

        assertThatThrownBy(() -> checkpoint.replica(2))
                .hasMessage("run/round-000001: has the state of 2 replicas, counted from 0, but 2 was asked for");
    }

    @Test
    void impossibleContentsAreRefused() {
        assertThatThrownBy(() -> new Parameters(Samples.vector(1), List.of(Parameters.Slice.of("w", 2, 3))))
                .hasMessage("the slices of the parameters hold 6 numbers, but the vector has 7; slice all of it");
        assertThatThrownBy(() -> new ReplicaState(-1, Samples.vector(1), Samples.vector(1)))
                .hasMessage("replica must be at least 0, got -1");
        assertThatThrownBy(() -> new TrainingState.Replica(-1, 0))
                .hasMessage("a replica's cursor must be at least 0, got -1");
        assertThatThrownBy(() -> Samples.state(-1, 0)).hasMessage("round must be at least 0, got -1");
        assertThatThrownBy(() -> new Provenance("abc", "v", Map.of(), Map.of(), Map.of()))
                .hasMessage("config hash is \"abc\", but it must be a SHA-256 of 64 hexadecimal digits in lower case");
        assertThatThrownBy(() -> new Provenance("a".repeat(64), " ", Map.of(), Map.of(), Map.of()))
                .hasMessage("code version is blank; name the commit or release");
        assertThatThrownBy(() -> checkpoints.write(Samples.contents(1), 0))
                .hasMessage("checkpoints to keep must be at least 1, got 0");
    }

    @Test
    void aStateWithAnImpossibleValueIsNamed() throws Exception {
        String state = new String(StateJson.write(Samples.state(3, 2)), StandardCharsets.UTF_8);

        assertStateRefused(state.replace("\"round\" : 3", "\"round\" : -3"), "round must be at least 0, got -3");
        assertStateRefused(state.replace("\"round\" : 3", "\"rounds\" : 3"), "round is missing");
        assertStateRefused(state.replace("\"round\" : 3", "\"round\" : 3.5"), "round is 3.5, but it must be a whole");
        assertStateRefused(state.replace("ccccc", "CCCCC"), "config hash is \"CCCCC");
        assertStateRefused("{\"round\":1,\"step\":1,\"tokens\":1,\"replicas\":[7]}", "cursor is missing");
        assertStateRefused("", "holds JSON that is not an object");
        assertStateRefused("[]", "holds JSON that is not an object");
    }

    private static void assertStateRefused(String state, String reason) {
        assertThatThrownBy(() -> StateJson.read("state.json", state.getBytes(StandardCharsets.UTF_8)))
                .isInstanceOf(CheckpointError.class)
                .hasMessageStartingWith("state.json: " + reason);
    }

    @Test
    void theLocalDiskRenamesOnlyToNamesThatAreFree(@TempDir Path directory) throws Exception {
        Files.createDirectory(directory.resolve("a"));
        Files.createDirectory(directory.resolve("b"));

        assertThatThrownBy(() -> new LocalStore()
                        .rename(
                                directory.resolve("a").toString(),
                                directory.resolve("b").toString()))
                .isInstanceOf(FileAlreadyExistsException.class);
    }

    @Test
    void theLocalDiskDeletesALinkAndNotWhatItPointsAt(@TempDir Path directory) throws Exception {
        Path precious = Files.writeString(
                Files.createDirectory(directory.resolve("elsewhere")).resolve("precious"), "x");
        Path run = Files.createDirectory(directory.resolve("run"));
        Files.createSymbolicLink(run.resolve("link"), precious.getParent());

        new LocalStore().delete(run.toString());

        assertThat(run).doesNotExist();
        assertThat(precious).exists();
    }
}
