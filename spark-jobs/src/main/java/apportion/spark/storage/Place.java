package apportion.spark.storage;

import apportion.spark.failure.UserError;
import java.io.FileNotFoundException;
import java.io.IOException;
import java.net.UnknownHostException;
import java.nio.channels.FileChannel;
import java.nio.file.DirectoryNotEmptyException;
import java.nio.file.Files;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.UUID;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
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

    /** The name of what is being written aside; the first group is the name that it will have. */
    private static final Pattern ASIDE =
            Pattern.compile("\\.(.+?)(?:\\.[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12})?\\.tmp");

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
                    : new UserError("\"" + text + "\" is no path: " + e.getMessage() + hint(text), e);
        } catch (UnsupportedFileSystemException e) {
            throw unknown(text, e);
        } catch (IOException e) {
            throw Trouble.reading(text, e);
        } catch (RuntimeException e) {
            // Hadoop's defaults name classes for schemes whose jars are not there.
            throw e.getCause() instanceof ClassNotFoundException ? unknown(text, e) : e;
        }
    }

    private static String hint(String text) {
        return text.contains(":") && !text.contains("/") ? "; a local name with a colon is written ./" + text : "";
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
        return at(new Path(path, named(name)));
    }

    /** A name with a colon in it would be read as a scheme. */
    private static Path named(String name) {
        return new Path(null, null, name);
    }

    /** A name beside this one that listings leave out. */
    Place beside(String suffix) {
        return sibling("." + path.getName() + suffix);
    }

    Place sibling(String name) {
        return at(new Path(path.getParent(), named(name)));
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

    /** Whether a file says that its directory is not finished. */
    boolean isMark(Path file) {
        return isObjectStore() && file.getName().equals(UNFINISHED);
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

    /** Where a file or directory is written that will then have this name; no other process takes the same. */
    Place aside() {
        return beside("." + UUID.randomUUID() + ".tmp");
    }

    /**
     * The name of what was being written under a name that {@link #aside} made, or an earlier release; empty for any
     * other name.
     */
    static Optional<String> unfinished(String name) {
        Matcher aside = ASIDE.matcher(name);
        return aside.matches() ? Optional.of(aside.group(1)) : Optional.empty();
    }

    /** This directory and those above it that are not there yet, this one first. */
    List<Place> missing() throws IOException {
        List<Place> missing = new ArrayList<>();
        for (Place place = this; !isObjectStore() && place.path.getParent() != null && !place.exists(); ) {
            missing.add(place);
            place = place.parent();
        }
        return missing;
    }

    /** Removes a directory in which nothing is; says whether that is so. */
    boolean deleteIfEmpty() throws IOException {
        if (isLocal()) {
            try {
                return Files.deleteIfExists(local());
            } catch (DirectoryNotEmptyException e) {
                return false;
            }
        }
        return exists() && list().isEmpty() && files.delete(path, false);
    }

    /** What lies in this directory; nothing where there is none. */
    List<FileStatus> list() throws IOException {
        try {
            return List.of(files.listStatus(path));
        } catch (FileNotFoundException e) {
            return List.of();
        }
    }

    private Written writeAside(Content content) throws IOException {
        Place aside = aside();
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
            sync(target.parent().local());
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

    Place parent() {
        return at(path.getParent());
    }

    java.nio.file.Path local() {
        return java.nio.file.Path.of(path.toUri().getPath());
    }

    private static void sync(java.nio.file.Path file) throws IOException {
        try (FileChannel channel = FileChannel.open(file, StandardOpenOption.READ)) {
            channel.force(true);
        }
    }

    /** Brings a local file or directory and everything beneath to the disk; elsewhere closing a file has done so. */
    void syncTree() throws IOException {
        if (isLocal()) {
            List<java.nio.file.Path> all;
            try (Stream<java.nio.file.Path> walk = Files.walk(local())) {
                all = walk.toList();
            }
            for (java.nio.file.Path each : all) {
                sync(each);
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
