package apportion.model.checkpoint;

import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.util.List;

/** Passes everything on; tests change single operations. */
class ForwardingStore implements CheckpointStore {

    private final CheckpointStore store;

    ForwardingStore(CheckpointStore store) {
        this.store = store;
    }

    @Override
    public OutputStream create(String file) throws IOException {
        return store.create(file);
    }

    @Override
    public InputStream open(String file, long offset) throws IOException {
        return store.open(file, offset);
    }

    @Override
    public long length(String file) throws IOException {
        return store.length(file);
    }

    @Override
    public boolean exists(String path) throws IOException {
        return store.exists(path);
    }

    @Override
    public List<String> list(String directory) throws IOException {
        return store.list(directory);
    }

    @Override
    public void rename(String from, String to) throws IOException {
        store.rename(from, to);
    }

    @Override
    public void delete(String path) throws IOException {
        store.delete(path);
    }
}
