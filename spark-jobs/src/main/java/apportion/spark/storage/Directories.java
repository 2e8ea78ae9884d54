package apportion.spark.storage;

import apportion.spark.failure.UserError;
import apportion.spark.storage.InputFiles.Entry;
import java.io.FileNotFoundException;
import java.io.IOException;
import java.nio.file.AccessDeniedException;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.NoSuchFileException;
import java.nio.file.NotDirectoryException;
import java.nio.file.attribute.BasicFileAttributes;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import org.apache.hadoop.fs.FileStatus;
import org.apache.hadoop.fs.FileSystem;
import org.apache.hadoop.fs.Path;

/** What lies in the directories of a file system. */
interface Directories {

    /** What has a path, or nothing. */
    Optional<Entry> find(Path path) throws IOException;

    /** What lies directly in a directory, in any order. */
    List<Entry> children(Entry directory) throws IOException;

    static Directories of(FileSystem files) {
        return files.getUri().getScheme().equals("file") ? new Local() : new Hadoop(files);
    }

    /** By Hadoop's file system. */
    record Hadoop(FileSystem files) implements Directories {

        @Override
        public Optional<Entry> find(Path path) throws IOException {
            try {
                return Optional.of(entry(files.getFileStatus(path)));
            } catch (FileNotFoundException e) {
                return Optional.empty();
            }
        }

        @Override
        public List<Entry> children(Entry directory) throws IOException {
            List<Entry> children = new ArrayList<>();
            for (FileStatus status : files.listStatus(directory.path())) {
                children.add(entry(status));
            }
            return children;
        }

        private static Entry entry(FileStatus status) {
            Path path = status.getPath();
            return new Entry(path, path.toString(), status.isDirectory(), status.getLen());
        }
    }

    /** By Java: Hadoop starts a process for each local file whose owner is asked for, and leaves broken links out. */
    record Local() implements Directories {

        @Override
        public Optional<Entry> find(Path path) throws IOException {
            java.nio.file.Path local = java.nio.file.Path.of(path.toUri().getPath());
            try {
                return Optional.of(entry(path, local, local.toRealPath()));
            } catch (NoSuchFileException | NotDirectoryException e) {
                return Optional.empty();
            } catch (IOException e) {
                // A name that is longer than names can be, or has a file where a directory must be, is not there
                // either.
                if (Files.notExists(local)) {
                    return Optional.empty();
                }
                throw e;
            }
        }

        @Override
        public List<Entry> children(Entry directory) throws IOException {
            java.nio.file.Path local =
                    java.nio.file.Path.of(directory.path().toUri().getPath());
            java.nio.file.Path real =
                    java.nio.file.Path.of(new Path(directory.real()).toUri().getPath());
            List<Entry> children = new ArrayList<>();
            try (DirectoryStream<java.nio.file.Path> stream = Files.newDirectoryStream(local)) {
                for (java.nio.file.Path child : stream) {
                    String name = child.getFileName().toString();
                    if (!Storage.isHidden(name) || Files.isDirectory(child) || Files.isRegularFile(child)) {
                        children.add(child(directory, child, name, real));
                    }
                }
            } catch (AccessDeniedException e) {
                throw new UserError(
                        "the directory " + local + " cannot be listed by the user " + System.getProperty("user.name")
                                + ": permission denied; leave it out, or allow to read and enter it",
                        e);
            }
            return children;
        }

        private static Entry child(
                Entry directory, java.nio.file.Path child, String name, java.nio.file.Path realDirectory)
                throws IOException {
            if (name.indexOf('\uFFFD') >= 0) {
                throw new UserError("the name of " + child + " is not UTF-8; rename the file, or leave it out");
            }
            boolean link = Files.isSymbolicLink(child);
            try {
                return entry(directory.child(name), child, link ? child.toRealPath() : realDirectory.resolve(name));
            } catch (NoSuchFileException e) {
                if (!link) {
                    throw e;
                }
                throw new UserError(
                        child + " is a link to " + Files.readSymbolicLink(child)
                                + ", which does not exist; remove the link, or mend it",
                        e);
            } catch (AccessDeniedException e) {
                throw new UserError(
                        child + " cannot be reached by the user " + System.getProperty("user.name")
                                + ": permission denied; leave it out, or allow to enter its directory",
                        e);
            }
        }

        private static Entry entry(Path path, java.nio.file.Path local, java.nio.file.Path real) throws IOException {
            BasicFileAttributes attributes =
                    Files.readAttributes(real, BasicFileAttributes.class, LinkOption.NOFOLLOW_LINKS);
            if (attributes.isOther()) {
                throw new UserError(local + " is a pipe, a socket or a device, but must be a file or a directory, which"
                        + " can be read more than once; leave it out, or copy its content to a file");
            }
            String id = new Path("file", null, real.toString()).toString();
            return new Entry(path, id, attributes.isDirectory(), attributes.size());
        }
    }
}
