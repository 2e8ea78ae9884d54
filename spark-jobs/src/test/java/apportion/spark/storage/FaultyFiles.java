package apportion.spark.storage;

import java.io.IOException;
import java.io.OutputStream;
import java.net.URI;
import java.net.URISyntaxException;
import java.nio.file.Files;
import java.nio.file.StandardCopyOption;
import java.util.Optional;
import java.util.concurrent.atomic.AtomicLong;
import org.apache.hadoop.conf.Configuration;
import org.apache.hadoop.fs.DelegateToFileSystem;
import org.apache.hadoop.fs.FSDataInputStream;
import org.apache.hadoop.fs.FSDataOutputStream;
import org.apache.hadoop.fs.FileStatus;
import org.apache.hadoop.fs.FileSystem;
import org.apache.hadoop.fs.Path;
import org.apache.hadoop.fs.RawLocalFileSystem;
import org.apache.hadoop.util.Progressable;

/**
 * Local files on which the process dies at a chosen change, or whose disk is full after so many bytes.
 *
 * <p>Making a file, each write to it, its closing, a new name, and the deletion of each file or directory are changes.
 * A fatal write still lets half of its bytes through. What the dead process does afterwards has no effect. On
 * {@code faulty:} all changes are counted; on {@code file:} those that go through Hadoop, and the others happen whole
 * between two of them.
 */
public class FaultyFiles extends RawLocalFileSystem {

    /** The end of the process, as far as its files can tell; nobody catches it. */
    public static final class Killed extends Error {}

    private static final URI ROOT = URI.create("faulty:///");
    /** Bytes that no test writes. */
    private static final long PLENTY = 1L << 50;

    private static final AtomicLong CHANGES = new AtomicLong();
    private static final AtomicLong ROOM = new AtomicLong();
    private static volatile long fatal;

    static {
        heal();
    }

    /** Where paths of either scheme lead to such files. */
    public static Configuration configuration() {
        Configuration hadoop = new Configuration(false);
        hadoop.setClass("fs.faulty.impl", FaultyFiles.class, FileSystem.class);
        hadoop.set("fs.AbstractFileSystem.faulty.impl", Context.class.getName());
        hadoop.setBoolean("fs.faulty.impl.disable.cache", true);
        hadoop.setClass("fs.file.impl", Local.class, FileSystem.class);
        hadoop.setBoolean("fs.file.impl.disable.cache", true);
        return hadoop;
    }

    /** All is well from now on, and changes are counted from 0. */
    public static void heal() {
        CHANGES.set(0);
        fatal = Long.MAX_VALUE;
        ROOM.set(PLENTY);
    }

    /** From now on the change of this number, counted from 0, is the last. */
    public static void dieAt(long change) {
        CHANGES.set(0);
        fatal = change;
    }

    /** Lets so many more bytes be written; what is deleted gives its own back. */
    public static void leaveRoom(long bytes) {
        ROOM.set(bytes);
    }

    /** Changes since they were last counted anew. */
    public static long changes() {
        return CHANGES.get();
    }

    private static void change() {
        if (CHANGES.getAndIncrement() >= fatal) {
            throw new Killed();
        }
    }

    private static void requireLife() {
        if (CHANGES.get() > fatal) {
            throw new Killed();
        }
    }

    private static void giveBack(java.nio.file.Path file) throws IOException {
        if (Files.isRegularFile(file)) {
            ROOM.addAndGet(Files.size(file));
        }
    }

    @Override
    public String getScheme() {
        return ROOT.getScheme();
    }

    @Override
    public URI getUri() {
        return ROOT;
    }

    @Override
    public FSDataInputStream open(Path path, int buffer) throws IOException {
        requireLife();
        return super.open(path, buffer);
    }

    @Override
    public FileStatus[] listStatus(Path path) throws IOException {
        requireLife();
        return super.listStatus(path);
    }

    @Override
    public FSDataOutputStream create(
            Path file, boolean overwrite, int buffer, short replication, long block, Progressable progress)
            throws IOException {
        change();
        return new FSDataOutputStream(
                new Output(super.create(file, overwrite, buffer, replication, block, progress)), null);
    }

    @Override
    public boolean rename(Path from, Path to) throws IOException {
        change();
        return super.rename(from, to);
    }

    @Override
    public boolean delete(Path path, boolean recursive) throws IOException {
        requireLife();
        if (exists(path) && getFileStatus(path).isDirectory()) {
            for (FileStatus inside : listStatus(path)) {
                delete(inside.getPath(), recursive);
            }
        }
        change();
        giveBack(pathToFile(path).toPath());
        return super.delete(path, false);
    }

    /** The same under the scheme of the local disk. */
    public static final class Local extends FaultyFiles {

        @Override
        public String getScheme() {
            return "file";
        }

        @Override
        public URI getUri() {
            return URI.create("file:///");
        }
    }

    /** Hadoop's second interface to the same files; its rename over an existing file is one change. */
    public static final class Context extends DelegateToFileSystem {

        public Context(URI uri, Configuration hadoop) throws IOException, URISyntaxException {
            super(uri, started(hadoop), hadoop, ROOT.getScheme(), false);
        }

        private static FaultyFiles started(Configuration hadoop) throws IOException {
            FaultyFiles files = new FaultyFiles();
            files.initialize(ROOT, hadoop);
            return files;
        }

        @Override
        public void renameInternal(Path from, Path to, boolean overwrite) throws IOException {
            change();
            java.nio.file.Path target = java.nio.file.Path.of(to.toUri().getPath());
            giveBack(target);
            Files.move(java.nio.file.Path.of(from.toUri().getPath()), target, StandardCopyOption.ATOMIC_MOVE);
        }
    }

    private static final class Output extends OutputStream {

        private final FSDataOutputStream real;
        private Optional<IOException> failure = Optional.empty();
        private boolean closed;

        Output(FSDataOutputStream real) {
            this.real = real;
        }

        @Override
        public void write(int value) throws IOException {
            write(new byte[] {(byte) value}, 0, 1);
        }

        @Override
        public void write(byte[] bytes, int from, int count) throws IOException {
            boolean last = CHANGES.get() == fatal;
            int fitting = (int) Math.min(last ? count / 2 : count, ROOM.get());
            requireLife();
            real.write(bytes, from, fitting);
            real.flush();
            change();
            ROOM.addAndGet(-fitting);
            if (fitting < count) {
                failure = Optional.of(new IOException("No space left on device"));
                throw failure.get();
            }
        }

        @Override
        public void close() throws IOException {
            if (!closed) {
                closed = true;
                change();
                real.close();
                if (failure.isPresent()) {
                    // As HDFS does.
                    throw failure.get();
                }
                // What follows may not go through Hadoop: the process can die before it, too.
                change();
            }
        }
    }
}
