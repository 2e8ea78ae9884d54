package apportion.model.checkpoint;

import java.io.IOException;
import java.io.InputStream;
import java.security.MessageDigest;
import java.util.List;
import java.util.Optional;

/** A finished checkpoint, of which the small parts are in memory and the vectors are read when asked for. */
public final class Checkpoint {

    /** Configuration and state are held in memory; a longer file is not one of ours. */
    private static final long MAX_STATE = 1 << 28;

    private static final long MAX_CONFIG = 1 << 22;

    private final String directory;
    private final String config;
    private final TrainingState state;
    private final SafetensorsFile model;
    private final SafetensorsFile optimizer;

    private Checkpoint(CheckpointStore store, String directory, Manifest manifest) throws IOException {
        this.directory = directory;
        this.config = Json.utf8(
                directory + "/" + Manifest.CONFIG,
                verifiedBytes(store, directory, manifest.file(Manifest.CONFIG), MAX_CONFIG));
        this.state = StateJson.read(
                directory + "/" + Manifest.STATE,
                verifiedBytes(store, directory, manifest.file(Manifest.STATE), MAX_STATE));
        this.model = SafetensorsFile.open(store, directory + "/" + Manifest.MODEL);
        this.optimizer = SafetensorsFile.open(store, directory + "/" + Manifest.OPTIMIZER);
        requireExpectedVectors();
    }

    /**
     * Opens a checkpoint and reads every byte of it once, to compare the checksums.
     *
     * @throws CheckpointError if anything about it is not as it was written
     */
    public static Checkpoint open(CheckpointStore store, String directory) throws IOException {
        Manifest manifest = manifest(store, directory);
        for (Manifest.FileEntry file : manifest.files()) {
            requireChecksum(directory, file, checksum(store, directory, file));
        }
        return new Checkpoint(store, directory, manifest);
    }

    /**
     * Opens a checkpoint that {@link #open} has already found to be whole, without reading all of the vectors again:
     * for an executor that wants the state of its own replica.
     *
     * @throws CheckpointError if a file is missing, has another length, or the configuration or state was changed
     */
    public static Checkpoint reopen(CheckpointStore store, String directory) throws IOException {
        return new Checkpoint(store, directory, manifest(store, directory));
    }

    private static Manifest manifest(CheckpointStore store, String directory) throws IOException {
        String file = directory + "/" + Manifest.NAME;
        if (!store.exists(file)) {
            throw new CheckpointError(
                    directory,
                    "has no " + Manifest.NAME
                            + ", so it is not a checkpoint or was not written to its end; use another one");
        }
        if (store.length(file) > Manifest.MAX_BYTES) {
            throw new CheckpointError(
                    file, "has " + store.length(file) + " bytes, but a manifest has at most " + Manifest.MAX_BYTES);
        }
        Manifest manifest;
        try (InputStream in = store.open(file, 0)) {
            manifest = Manifest.read(file, in.readNBytes(Manifest.MAX_BYTES));
        }
        for (Manifest.FileEntry entry : manifest.files()) {
            requireLength(store, directory, entry);
        }
        return manifest;
    }

    private static void requireLength(CheckpointStore store, String directory, Manifest.FileEntry entry)
            throws IOException {
        String file = directory + "/" + entry.name();
        if (!store.exists(file)) {
            throw new CheckpointError(file, "is missing; use another checkpoint");
        }
        if (store.length(file) != entry.length()) {
            throw new CheckpointError(
                    file,
                    "has " + store.length(file) + " bytes, but the manifest says " + entry.length()
                            + "; use another checkpoint");
        }
    }

    private static void requireChecksum(String directory, Manifest.FileEntry entry, String actual) {
        if (!actual.equals(entry.sha256())) {
            throw new CheckpointError(
                    directory + "/" + entry.name(),
                    "has the SHA-256 " + actual + ", but the manifest says " + entry.sha256()
                            + "; it was damaged: use another checkpoint");
        }
    }

    private static String checksum(CheckpointStore store, String directory, Manifest.FileEntry entry)
            throws IOException {
        MessageDigest digest = Sha256.digest();
        byte[] chunk = new byte[1 << 16];
        try (InputStream in = store.open(directory + "/" + entry.name(), 0)) {
            for (int read = in.read(chunk); read >= 0; read = in.read(chunk)) {
                digest.update(chunk, 0, read);
            }
        }
        return Sha256.hex(digest);
    }

    private static byte[] verifiedBytes(CheckpointStore store, String directory, Manifest.FileEntry entry, long most)
            throws IOException {
        if (entry.length() > most) {
            throw new CheckpointError(
                    directory + "/" + entry.name(),
                    "has " + entry.length() + " bytes, but it must have at most " + most);
        }
        try (InputStream in = store.open(directory + "/" + entry.name(), 0)) {
            byte[] bytes = in.readAllBytes();
            requireChecksum(directory, entry, Sha256.hex(bytes));
            return bytes;
        }
    }

    private void requireExpectedVectors() {
        Dtype dtype =
                model.tensors().isEmpty() ? Dtype.F32 : model.tensors().get(0).dtype();
        long length = model.tensors().stream().mapToLong(TensorSpec::size).reduce(0, Math::addExact);
        int replicas = state.replicas().size();
        if (!optimizer
                .tensors()
                .equals(OptimizerTensors.of(
                        replicas,
                        has(OptimizerTensors.residual(0)),
                        has(OptimizerTensors.OUTER_MOMENTUM),
                        dtype,
                        length))) {
            throw new CheckpointError(
                    directory + "/" + Manifest.OPTIMIZER,
                    "holds " + optimizer.tensors().size()
                            + " tensors that are not the moments of " + replicas + " replicas, each of " + length
                            + " numbers of"
                            + " type " + dtype + " as " + Manifest.MODEL + " and " + Manifest.STATE
                            + " ask; the files are not of one checkpoint: use another one");
        }
    }

    private boolean has(String name) {
        return optimizer.tensors().stream().anyMatch(tensor -> tensor.name().equals(name));
    }

    /** Where it lies. */
    public String directory() {
        return directory;
    }

    /** The resolved configuration, as it was given. */
    public String config() {
        return config;
    }

    public TrainingState state() {
        return state;
    }

    /** Reads the parameters. */
    public Parameters parameters() throws IOException {
        List<Parameters.Slice> slices = model.tensors().stream()
                .map(tensor -> new Parameters.Slice(tensor.name(), tensor.shape()))
                .toList();
        return new Parameters(model.vector(), slices);
    }

    /** Reads the optimizer state of one replica, and nothing of the others. */
    public ReplicaState replica(int replica) throws IOException {
        if (replica < 0 || replica >= state.replicas().size()) {
            throw new IllegalArgumentException(directory + ": has the state of "
                    + state.replicas().size() + " replicas, counted from 0, but " + replica + " was asked for");
        }
        return new ReplicaState(
                replica,
                optimizer.vector(OptimizerTensors.firstMoment(replica)),
                optimizer.vector(OptimizerTensors.secondMoment(replica)),
                vector(OptimizerTensors.residual(replica)));
    }

    /** Reads what the outer step remembers, where it does. */
    public Optional<FlatVector> outerMomentum() throws IOException {
        return vector(OptimizerTensors.OUTER_MOMENTUM);
    }

    private Optional<FlatVector> vector(String name) throws IOException {
        return has(name) ? Optional.of(optimizer.vector(name)) : Optional.empty();
    }
}
