package apportion.spark.storage;

import apportion.spark.failure.UserError;
import java.io.IOException;
import java.net.UnknownHostException;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;
import java.util.List;
import java.util.UUID;
import java.util.stream.Stream;
import org.apache.hadoop.conf.Configuration;
import org.apache.hadoop.fs.FSDataOutputStream;
import org.apache.hadoop.fs.FSError;
import org.apache.hadoop.fs.FileContext;
import org.apache.hadoop.fs.FileStatus;
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

    /** In a directory of an object store until everything else is there. */
    private static final String UNFINISHED = "_unfinished";

    /** The end of the name of a file that is being written aside. */
    private static final String TORN = ".tmp";

    static Place of(String text, Configuration hadoop) {
        try {
            Path path = new Path(text);
            FileSystem files = path.getFileSystem(hadoop);
            // Its checksums would stand as hidden .crc files between ours.
            FileSystem plain = files instanceof LocalFileSystem local ? local.getRawFileSystem() : files;
            Place place = new Place(plain, plain.makeQualified(path), hadoop);
            FileNames.refuseUnlessEncodable(place);
            return place;
        } catch (IllegalArgumentException e) {
            throw e.getCause() instanceof UnknownHostException cause
                    ? Trouble.reading(text, cause)
                    : new UserError("\"" + text + "\" is no path: " + e.getMessage(), e);
        } catch (UnsupportedFileSystemException e) {
            throw unknown(text, e);
        } catch (IOException e) {
            throw Trouble.reading(text, e);
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

    /** Whether this is a directory that is still being written, or whose writer was killed; on an object store only. */
    boolean isUnfinished() throws IOException {
        return isObjectStore() && child(UNFINISHED).exists();
    }

    /** Makes a directory that counts as not there until {@link #finish}. */
    void begin() throws IOException {
        child(UNFINISHED).write(out -> {});
    }

    void finish() throws IOException {
        child(UNFINISHED).delete();
    }

    /** Writes a file that appears whole or not at all, in place of one that had its name. */
    Written writeAtomically(Content content) throws IOException {
        return isObjectStore() ? write(content) : writeAside(content);
    }

    /** Whether a file is what a killed process has left of {@link #writeAtomically} to this one. */
    boolean isTornWrite(Path file) {
        return file.getName().startsWith("." + path.getName() + ".")
                && file.getName().endsWith(TORN);
    }

    private Written writeAside(Content content) throws IOException {
        Place aside = beside("." + UUID.randomUUID() + TORN);
        boolean done = false;
        try {
            Written written = aside.write(content);
            aside.replace(this);
            done = true;
            return written;
        } finally {
            if (!done) {
                aside.delete();
            }
        }
    }

    /** Writes a new file and brings its bytes to the disk. */
    Written write(Content content) throws IOException {
        try {
            FSDataOutputStream out = files.create(path, true);
            Digesting digesting = new Digesting(out);
            try {
                content.writeTo(digesting);
                sync(out);
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

    /** Brings what was written so far to the disk; an object store does so when the file is closed. */
    void sync(FSDataOutputStream out) throws IOException {
        if (!isObjectStore()) {
            out.hsync();
        }
    }

    /** Closes what could not be written. */
    static void abandon(FSDataOutputStream out) {
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

    /** Gives this the name of the target, in place of a file that had it; not on an object store. */
    private void replace(Place target) throws IOException {
        if (isLocal()) {
            Files.move(local(), target.local(), StandardCopyOption.ATOMIC_MOVE);
            target.parent().sync();
        } else {
            FileContext.getFileContext(path.toUri(), hadoop).rename(path, target.path, Options.Rename.OVERWRITE);
        }
    }

    /** Gives this directory the name of the target, which nothing may have yet. */
    void moveTo(Place target) throws IOException {
        if (target.exists()) {
            throw new IOException("it exists already");
        }
        if (isLocal()) {
            replace(target);
        } else if (isObjectStore()) {
            copyTo(target);
        } else {
            FileContext.getFileContext(path.toUri(), hadoop).rename(path, target.path);
        }
    }

    /** An object store renames a directory by copying one object after the other, and may be killed between two. */
    private void copyTo(Place target) throws IOException {
        target.begin();
        for (FileStatus file : files.listStatus(path)) {
            Path copy = target.child(file.getPath().getName()).path;
            if (!files.rename(file.getPath(), copy)) {
                throw new IOException(file.getPath() + " could not be copied to " + copy);
            }
        }
        target.finish();
        delete();
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
