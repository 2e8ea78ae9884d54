package apportion.spark.storage;

import apportion.model.checkpoint.CheckpointStore;
import java.io.FileNotFoundException;
import java.io.FilterOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.util.ArrayList;
import java.util.List;
import org.apache.hadoop.fs.FSDataInputStream;
import org.apache.hadoop.fs.FSDataOutputStream;
import org.apache.hadoop.fs.FSError;
import org.apache.hadoop.fs.FileStatus;

/** Checkpoints on any file system that Hadoop knows. */
final class StoredCheckpoints implements CheckpointStore {

    private final Storage storage;

    StoredCheckpoints(Storage storage) {
        this.storage = storage;
    }

    @Override
    public OutputStream create(String file) throws IOException {
        Place place = storage.place(file);
        return new Durable(place, place.files().create(place.path(), true));
    }

    @Override
    public InputStream open(String file, long offset) throws IOException {
        FSDataInputStream in =
                storage.place(file).files().open(storage.place(file).path());
        in.seek(offset);
        return in;
    }

    @Override
    public long length(String file) throws IOException {
        return storage.place(file)
                .files()
                .getFileStatus(storage.place(file).path())
                .getLen();
    }

    @Override
    public boolean exists(String path) throws IOException {
        Place place = storage.place(path);
        return place.exists() && !place.isUnfinished();
    }

    @Override
    public List<String> list(String directory) throws IOException {
        try {
            List<String> names = new ArrayList<>();
            Place place = storage.place(directory);
            for (FileStatus status : place.files().listStatus(place.path())) {
                if (!status.isDirectory() || !place.at(status.getPath()).isUnfinished()) {
                    names.add(status.getPath().getName());
                }
            }
            return names;
        } catch (FileNotFoundException e) {
            return List.of();
        }
    }

    @Override
    public void rename(String from, String to) throws IOException {
        storage.place(from).syncTree();
        storage.place(from).moveTo(storage.place(to));
    }

    @Override
    public void delete(String path) throws IOException {
        storage.place(path).delete();
    }

    /** Closes only when the bytes are on the disk. */
    private static final class Durable extends FilterOutputStream {

        private final Place place;
        private final FSDataOutputStream file;
        private boolean closed;
        /** Closing would throw the same exception again, as HDFS does, and no exception can be added to itself. */
        private boolean failed;

        Durable(Place place, FSDataOutputStream file) {
            super(file);
            this.place = place;
            this.file = file;
        }

        @Override
        public void write(byte[] buffer, int offset, int length) throws IOException {
            try {
                file.write(buffer, offset, length);
            } catch (IOException e) {
                failed = true;
                throw e;
            } catch (FSError e) {
                failed = true;
                throw Trouble.unwrapped(e);
            }
        }

        @Override
        public void close() throws IOException {
            if (closed) {
                return;
            }
            closed = true;
            try {
                // A disk may turn out full only now, in either of the two.
                if (!failed) {
                    failed = true;
                    place.sync(file);
                    file.close();
                    failed = false;
                }
            } catch (FSError e) {
                throw Trouble.unwrapped(e);
            } finally {
                if (failed) {
                    Place.abandon(file);
                }
            }
        }
    }
}
