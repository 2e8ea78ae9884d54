package apportion.model.checkpoint;

import java.io.FilterOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.util.List;

/**
 * A file system on which the process dies at the n-th operation, and never does anything again.
 *
 * <p>Each store call, each write and each close is an operation; a fatal write still lets half of its bytes through. A
 * directory is deleted file by file, and renamed in one operation or, as object stores do, copied file by file.
 */
final class FailingStore implements CheckpointStore {

    /** How a directory gets another name. */
    enum Rename {
        ATOMIC,
        COPYING
    }

    static final class Killed extends RuntimeException {
        Killed() {
            super("killed");
        }
    }

    private final CheckpointStore store;
    private final Rename rename;
    private int operationsLeft;

    FailingStore(CheckpointStore store, Rename rename, int operationsLeft) {
        this.store = store;
        this.rename = rename;
        this.operationsLeft = operationsLeft;
    }

    private void operation() {
        if (operationsLeft-- <= 0) {
            throw new Killed();
        }
    }

    @Override
    public OutputStream create(String file) throws IOException {
        operation();
        return new FilterOutputStream(store.create(file)) {
            @Override
            public void write(byte[] bytes, int from, int count) throws IOException {
                if (operationsLeft == 0) {
                    out.write(bytes, from, count / 2);
                }
                operation();
                out.write(bytes, from, count);
            }

            @Override
            public void close() throws IOException {
                operation();
                out.close();
            }
        };
    }

    @Override
    public InputStream open(String file, long offset) throws IOException {
        operation();
        return store.open(file, offset);
    }

    @Override
    public long length(String file) throws IOException {
        operation();
        return store.length(file);
    }

    @Override
    public boolean exists(String path) throws IOException {
        operation();
        return store.exists(path);
    }

    @Override
    public List<String> list(String directory) throws IOException {
        operation();
        return store.list(directory);
    }

    @Override
    public void rename(String from, String to) throws IOException {
        operation();
        if (rename == Rename.ATOMIC) {
            store.rename(from, to);
            return;
        }
        for (String name : store.list(from)) {
            try (InputStream in = open(from + "/" + name, 0);
                    OutputStream out = create(to + "/" + name)) {
                out.write(in.readAllBytes());
            }
        }
        delete(from);
    }

    @Override
    public void delete(String path) throws IOException {
        operation();
        for (String name : store.list(path)) {
            operation();
            store.delete(path + "/" + name);
        }
        store.delete(path);
    }
}
