package apportion.spark.storage;

import apportion.spark.failure.Failure;
import apportion.spark.failure.UserError;
import java.io.IOException;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;
import java.util.List;
import java.util.stream.Stream;
import org.apache.hadoop.conf.Configuration;
import org.apache.hadoop.fs.FSDataOutputStream;
import org.apache.hadoop.fs.FSError;
import org.apache.hadoop.fs.FileContext;
import org.apache.hadoop.fs.FileSystem;
import org.apache.hadoop.fs.LocalFileSystem;
import org.apache.hadoop.fs.Options;
import org.apache.hadoop.fs.Path;
import org.apache.hadoop.fs.StreamCapabilities;
import org.apache.hadoop.fs.UnsupportedFileSystemException;

/**
 * A path together with the file system that it lies on, and what differs between file systems.
 *
 * @param path with its scheme
 */
record Place(FileSystem files, Path path, Configuration hadoop) {

    static Place of(String text, Configuration hadoop) {
        try {
            Path path = new Path(text);
            FileSystem files = path.getFileSystem(hadoop);
            // Its checksums would stand as hidden .crc files between ours.
            FileSystem plain = files instanceof LocalFileSystem local ? local.getRawFileSystem() : files;
            return new Place(plain, plain.makeQualified(path), hadoop);
        } catch (IllegalArgumentException e) {
            throw new UserError("\"" + text + "\" is no path: " + e.getMessage(), e);
        } catch (UnsupportedFileSystemException e) {
            throw unknown(text, e);
        } catch (IOException e) {
            throw new Failure("cannot reach " + text + ": " + e.getMessage(), e);
        } catch (RuntimeException e) {
            // Hadoop's defaults name classes for schemes whose jars are not there.
            throw e.getCause() instanceof ClassNotFoundException ? unknown(text, e) : e;
        }
    }

    private static UserError unknown(String text, Exception e) {
        return new UserError(
                "the file system of " + text + " is not on the class path; for s3a: add --packages"
                        + " org.apache.hadoop:hadoop-aws:3.3.4 to spark-submit",
                e);
    }

    Place at(Path other) {
        return new Place(files, other, hadoop);
    }

    Place child(String name) {
        return at(new Path(path, name));
    }

    /** A name beside this one that listings leave out. */
    Place beside(String suffix) {
        return at(new Path(path.getParent(), "." + path.getName() + suffix));
    }

    boolean isLocal() {
        return files.getUri().getScheme().equals("file");
    }

    /** Whether a file appears only when it is closed, and a rename copies. */
    boolean isObjectStore() {
        return files.getUri().getScheme().startsWith("s3");
    }

    boolean exists() throws IOException {
        return files.exists(path);
    }

    /** Writes a new file and brings its bytes to the disk. */
    Written write(Content content) throws IOException {
        try {
            FSDataOutputStream out = files.create(path, true);
            Digesting digesting = new Digesting(out);
            try {
                content.writeTo(digesting);
                out.hsync();
            } catch (IOException | RuntimeException | FSError e) {
                abandon(out);
                throw e;
            }
            out.close();
            return digesting.written();
        } catch (FSError e) {
            throw Trouble.unwrapped(e);
        }
    }

    private static void abandon(FSDataOutputStream out) {
        try {
            // Closing would publish the torn object.
            if (out.hasCapability(StreamCapabilities.ABORTABLE_STREAM)) {
                out.abort();
            }
            out.close();
        } catch (IOException | FSError e) {
            // The failure that led here says more than this one.
        }
    }

    /** Gives this the name of the target, in place of a file that had it. */
    void replace(Place target) throws IOException {
        if (isLocal()) {
            Files.move(local(), target.local(), StandardCopyOption.ATOMIC_MOVE);
            target.parent().sync();
        } else {
            FileContext.getFileContext(path.toUri(), hadoop).rename(path, target.path, Options.Rename.OVERWRITE);
        }
    }

    /** Gives this the name of the target, which nothing may have yet. */
    void moveTo(Place target) throws IOException {
        if (target.exists()) {
            throw new IOException("it exists already");
        }
        if (isLocal()) {
            replace(target);
        } else {
            FileContext.getFileContext(path.toUri(), hadoop).rename(path, target.path);
        }
    }

    private Place parent() {
        return at(path.getParent());
    }

    java.nio.file.Path local() {
        return java.nio.file.Path.of(path.toUri().getPath());
    }

    /** Brings a local file or directory to the disk; elsewhere closing a file has done so. */
    void sync() throws IOException {
        if (isLocal()) {
            try (FileChannel channel = FileChannel.open(local(), StandardOpenOption.READ)) {
                channel.force(true);
            }
        }
    }

    /** {@link #sync} for everything beneath. */
    void syncTree() throws IOException {
        if (isLocal()) {
            List<java.nio.file.Path> all;
            try (Stream<java.nio.file.Path> walk = Files.walk(local())) {
                all = walk.toList();
            }
            for (java.nio.file.Path each : all) {
                at(new Path(each.toUri())).sync();
            }
        }
    }

    void delete() throws IOException {
        files.delete(path, true);
    }

    @Override
    public String toString() {
        return path.toString();
    }
}
