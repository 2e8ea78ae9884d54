package apportion.model.checkpoint;

import java.io.FilterOutputStream;
import java.io.IOException;
import java.io.OutputStream;
import java.security.MessageDigest;
import java.util.ArrayList;
import java.util.Iterator;
import java.util.List;
import java.util.Map;

/** Writes the files of one checkpoint into a directory, in the order of the manifest, and the manifest last. */
final class CheckpointFiles {

    private final CheckpointStore store;
    private final String directory;
    private final List<Manifest.FileEntry> written = new ArrayList<>();

    private CheckpointFiles(CheckpointStore store, String directory) {
        this.store = store;
        this.directory = directory;
    }

    static void write(CheckpointStore store, String directory, CheckpointContents contents) throws IOException {
        CheckpointFiles files = new CheckpointFiles(store, directory);
        files.model(contents.parameters());
        files.optimizer(contents);
        files.small(Manifest.STATE, StateJson.write(contents.state()));
        files.small(Manifest.CONFIG, Json.utf8(contents.config()));
        byte[] manifest = new Manifest(files.written).toJson();
        files.small(Manifest.NAME, manifest);
    }

    private void model(Parameters parameters) throws IOException {
        Summed out = create(Manifest.MODEL);
        try (out;
                SafetensorsWriter writer = new SafetensorsWriter(out, parameters.tensors(), Map.of())) {
            parameters.values().writeTo(writer);
        }
        written.add(out.entry());
    }

    private void optimizer(CheckpointContents contents) throws IOException {
        FlatVector parameters = contents.parameters().values();
        int replicas = contents.state().replicas().size();
        List<TensorSpec> tensors = OptimizerTensors.of(
                replicas,
                contents.residuals(),
                contents.outerMomentum().isPresent(),
                parameters.dtype(),
                parameters.length());
        Summed out = create(Manifest.OPTIMIZER);
        try (out;
                SafetensorsWriter writer = new SafetensorsWriter(out, tensors, Map.of())) {
            for (int replica = 0; replica < replicas; replica++) {
                ReplicaState state = next(contents, replica, parameters);
                state.firstMoment().writeTo(writer);
                state.secondMoment().writeTo(writer);
                if (state.residual().isPresent()) {
                    state.residual().get().writeTo(writer);
                }
            }
            if (contents.outerMomentum().isPresent()) {
                contents.outerMomentum().get().writeTo(writer);
            }
        }
        if (contents.replicas().hasNext()) {
            throw new IllegalArgumentException(
                    "the state names " + replicas + " replicas, but there are states of more; give one for each");
        }
        written.add(out.entry());
    }

    private static ReplicaState next(CheckpointContents contents, int expected, FlatVector parameters) {
        Iterator<ReplicaState> replicas = contents.replicas();
        if (!replicas.hasNext()) {
            throw new IllegalArgumentException(
                    "the state of replica " + expected + " is missing; give one for each replica of the run");
        }
        ReplicaState replica = replicas.next();
        if (replica.replica() != expected) {
            throw new IllegalArgumentException("the state of replica " + replica.replica() + " came where that of "
                    + expected + " was due; give them in order");
        }
        CheckpointContents.requireLike(parameters, "the first moment of replica " + expected, replica.firstMoment());
        CheckpointContents.requireLike(parameters, "the second moment of replica " + expected, replica.secondMoment());
        if (replica.residual().isPresent() != contents.residuals()) {
            throw new IllegalArgumentException("replica " + expected + " has "
                    + (contents.residuals() ? "no residual" : "a residual")
                    + ", unlike what the contents say; give one for each replica or for none");
        }
        replica.residual()
                .ifPresent(residual ->
                        CheckpointContents.requireLike(parameters, "the residual of replica " + expected, residual));
        return replica;
    }

    private void small(String name, byte[] bytes) throws IOException {
        Summed out = create(name);
        try (out) {
            out.write(bytes);
        }
        written.add(out.entry());
    }

    private Summed create(String name) throws IOException {
        return new Summed(name, store.create(directory + "/" + name));
    }

    /** Counts and sums what passes. */
    private static final class Summed extends FilterOutputStream {

        private final String name;
        private final MessageDigest digest = Sha256.digest();
        private long length;

        Summed(String name, OutputStream out) {
            super(out);
            this.name = name;
        }

        @Override
        public void write(int value) throws IOException {
            write(new byte[] {(byte) value}, 0, 1);
        }

        @Override
        public void write(byte[] bytes, int from, int count) throws IOException {
            out.write(bytes, from, count);
            digest.update(bytes, from, count);
            length += count;
        }

        Manifest.FileEntry entry() {
            return new Manifest.FileEntry(name, length, Sha256.hex(digest));
        }
    }
}
