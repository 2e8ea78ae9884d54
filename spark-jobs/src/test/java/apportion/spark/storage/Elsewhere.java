package apportion.spark.storage;

import java.io.FilterOutputStream;
import java.io.IOException;
import java.io.OutputStream;
import java.net.URI;
import java.net.URISyntaxException;
import java.nio.file.Files;
import java.util.concurrent.atomic.AtomicLong;
import org.apache.hadoop.conf.Configuration;
import org.apache.hadoop.fs.DelegateToFileSystem;
import org.apache.hadoop.fs.FSDataOutputStream;
import org.apache.hadoop.fs.FileSystem;
import org.apache.hadoop.fs.Path;
import org.apache.hadoop.fs.RawLocalFileSystem;
import org.apache.hadoop.security.AccessControlException;
import org.apache.hadoop.util.Progressable;

/** A file system that is not {@code file:}, kept in local directories; its disk can be full, its doors can be shut. */
public class Elsewhere extends RawLocalFileSystem {

    static final URI ROOT = URI.create("elsewhere:///");

    /** Bytes that were written to all of them. */
    static final AtomicLong WRITTEN = new AtomicLong();

    /** What its next writes meet. */
    enum Mood {
        FINE,
        FULL,
        FORBIDDEN
    }

    static Configuration configuration(Mood mood) {
        Configuration hadoop = new Configuration(false);
        hadoop.setClass("fs.elsewhere.impl", Elsewhere.class, FileSystem.class);
        hadoop.set("fs.AbstractFileSystem.elsewhere.impl", Context.class.getName());
        hadoop.setBoolean("fs.elsewhere.impl.disable.cache", true);
        hadoop.setClass("fs.s3test.impl", Objects.class, FileSystem.class);
        hadoop.setEnum("elsewhere.mood", mood);
        return hadoop;
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
    public FSDataOutputStream create(
            Path file, boolean overwrite, int buffer, short replication, long block, Progressable progress)
            throws IOException {
        if (!overwrite) {
            // The local file system looks first and creates then.
            java.nio.file.Path local = pathToFile(file).toPath();
            Files.createDirectories(local.getParent());
            Files.createFile(local);
        }
        FSDataOutputStream real = super.create(file, true, buffer, replication, block, progress);
        Mood mood = getConf().getEnum("elsewhere.mood", Mood.FINE);
        if (mood == Mood.FORBIDDEN) {
            real.close();
            throw new AccessControlException("Permission denied: user=nobody");
        }
        return new FSDataOutputStream(mood == Mood.FULL ? new FullDisk(real) : new Counted(real), null) {
            @Override
            public void hsync() throws IOException {
                real.hsync();
            }
        };
    }

    /** An object store: it can neither sync nor rename a directory, and has no second interface. */
    public static final class Objects extends Elsewhere {

        @Override
        public String getScheme() {
            return "s3test";
        }

        @Override
        public URI getUri() {
            return URI.create("s3test:///");
        }

        @Override
        public FSDataOutputStream create(
                Path file, boolean overwrite, int buffer, short replication, long block, Progressable progress)
                throws IOException {
            FSDataOutputStream real = super.create(file, overwrite, buffer, replication, block, progress);
            return new FSDataOutputStream(real, null) {
                @Override
                public void hsync() {
                    throw new UnsupportedOperationException("S3 cannot sync");
                }
            };
        }

        @Override
        public boolean rename(Path from, Path to) throws IOException {
            if (getFileStatus(from).isDirectory()) {
                throw new IOException("S3 cannot rename a directory");
            }
            return super.rename(from, to);
        }
    }

    private static final class Counted extends FilterOutputStream {

        Counted(OutputStream real) {
            super(real);
        }

        @Override
        public void write(int value) throws IOException {
            WRITTEN.incrementAndGet();
            out.write(value);
        }

        @Override
        public void write(byte[] bytes, int from, int count) throws IOException {
            WRITTEN.addAndGet(count);
            out.write(bytes, from, count);
        }
    }

    private static final class FullDisk extends OutputStream {
        private final OutputStream real;
        private int room = 10;

        FullDisk(OutputStream real) {
            this.real = real;
        }

        @Override
        public void write(int b) throws IOException {
            if (room-- == 0) {
                throw new IOException("No space left on device");
            }
            real.write(b);
        }

        @Override
        public void close() throws IOException {
            real.close();
        }
    }

    /** Hadoop's second interface to the same files, which renames over an existing file. */
    public static final class Context extends DelegateToFileSystem {
        public Context(URI uri, Configuration hadoop) throws IOException, URISyntaxException {
            super(uri, started(hadoop), hadoop, ROOT.getScheme(), false);
        }

        private static Elsewhere started(Configuration hadoop) throws IOException {
            Elsewhere files = new Elsewhere();
            files.initialize(ROOT, hadoop);
            return files;
        }
    }
}
