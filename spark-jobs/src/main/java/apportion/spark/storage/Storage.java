package apportion.spark.storage;

import apportion.model.checkpoint.CheckpointStore;
import apportion.spark.failure.Failure;
import apportion.spark.failure.UserError;
import java.io.IOException;
import java.io.InputStream;
import java.io.ObjectInputStream;
import java.io.ObjectOutputStream;
import java.io.OutputStream;
import java.io.Serializable;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collection;
import java.util.List;
import java.util.TreeMap;
import org.apache.hadoop.conf.Configuration;
import org.apache.hadoop.fs.FileStatus;
import org.apache.hadoop.fs.FileSystem;
import org.apache.hadoop.fs.LocatedFileStatus;
import org.apache.hadoop.fs.Path;
import org.apache.hadoop.fs.RemoteIterator;

/** Reads, writes and lists files; may travel in a Spark closure. */
public final class Storage implements Serializable {

    /** Not final only because Java's serialization fills it. */
    private transient Configuration hadoop;

    /**
     * On the file systems that Hadoop is set up for: {@code new Storage(spark.sparkContext().hadoopConfiguration())}.
     */
    public Storage(Configuration hadoop) {
        this.hadoop = hadoop;
    }

    /** On Hadoop's defaults: {@code file:} unless a {@code core-site.xml} on the class path says otherwise. */
    public static Storage withDefaults() {
        return new Storage(new Configuration());
    }

    private void writeObject(ObjectOutputStream out) throws IOException {
        hadoop.write(out);
    }

    private void readObject(ObjectInputStream in) throws IOException {
        hadoop = new Configuration(false);
        hadoop.readFields(in);
    }

    Place place(String path) {
        return Place.of(path, hadoop);
    }

    /** A path inside a directory. */
    public static String child(String directory, String name) {
        return directory.endsWith("/") ? directory + name : directory + "/" + name;
    }

    /** The path with its scheme, so that it means the same on every machine. */
    public String qualified(String path) {
        return place(path).toString();
    }

    public boolean exists(String path) {
        try {
            return place(path).exists();
        } catch (IOException e) {
            throw Trouble.reading(path, e);
        }
    }

    /**
     * Whether a directory is what a killed process has left of one that it {@link #stage staged}; {@link #stage} clears
     * it. Only an object store shows such a directory.
     */
    public boolean isUnfinished(String directory) {
        try {
            return place(directory).isUnfinished();
        } catch (IOException e) {
            throw Trouble.reading(directory, e);
        }
    }

    /** The files and directories directly inside a directory, by name; without hidden ones. */
    public List<String> names(String directory) {
        Place place = place(directory);
        try {
            return Arrays.stream(place.files().listStatus(place.path()))
                    .map(status -> status.getPath().getName())
                    .filter(name -> !isHidden(name))
                    .sorted()
                    .toList();
        } catch (IOException e) {
            throw Trouble.reading(directory, e);
        }
    }

    /**
     * The files that inputs name, in the order of their paths and each once.
     *
     * @param inputs files, directories (with all that lies beneath, except names that begin with {@code .} or
     *     {@code _}) and globs
     * @throws UserError if an input names no file
     */
    public List<StoredFile> expand(Collection<String> inputs) {
        TreeMap<String, StoredFile> found = new TreeMap<>();
        for (String input : inputs) {
            List<StoredFile> files = expand(input);
            if (files.isEmpty()) {
                throw new UserError(
                        input + " names no file; give a file, a directory with files, or a glob that matches");
            }
            files.forEach(file -> found.put(file.path(), file));
        }
        return List.copyOf(found.values());
    }

    private List<StoredFile> expand(String input) {
        Place place = place(input);
        try {
            // A name with brackets in it is a name first and a glob second.
            FileStatus[] matches = place.exists()
                    ? new FileStatus[] {place.files().getFileStatus(place.path())}
                    : place.files().globStatus(place.path());
            List<StoredFile> files = new ArrayList<>();
            for (FileStatus match : matches == null ? new FileStatus[0] : matches) {
                if (match.isDirectory()) {
                    files.addAll(beneath(place.files(), match.getPath()));
                } else {
                    files.add(stored(match));
                }
            }
            return files;
        } catch (IOException e) {
            throw Trouble.reading(input, e);
        }
    }

    private static List<StoredFile> beneath(FileSystem files, Path directory) throws IOException {
        List<StoredFile> found = new ArrayList<>();
        RemoteIterator<LocatedFileStatus> all = files.listFiles(directory, true);
        while (all.hasNext()) {
            FileStatus status = all.next();
            String inside =
                    directory.toUri().relativize(status.getPath().toUri()).getPath();
            if (Arrays.stream(inside.split("/")).noneMatch(Storage::isHidden)) {
                found.add(stored(status));
            }
        }
        return found;
    }

    private static boolean isHidden(String name) {
        return name.startsWith(".") || name.startsWith("_");
    }

    private static StoredFile stored(FileStatus status) {
        return new StoredFile(status.getPath().toString(), status.getLen());
    }

    /** Opens a file; the caller closes it. */
    public InputStream open(String path) {
        Place place = place(path);
        try {
            if (place.files().getFileStatus(place.path()).isDirectory()) {
                throw new UserError(path + " is a directory, but must be a file");
            }
            return place.files().open(place.path());
        } catch (IOException e) {
            throw Trouble.reading(path, e);
        }
    }

    /**
     * Reads a whole file into memory.
     *
     * @param most bytes that it may have, so that a wrong path does not fill the memory
     */
    public byte[] read(String path, int most) {
        try (InputStream in = open(path)) {
            byte[] bytes = in.readNBytes(most);
            if (in.read() >= 0) {
                throw new UserError(path + " must have at most " + most + " bytes to be read as a whole, but has more");
            }
            return bytes;
        } catch (IOException e) {
            throw Trouble.reading(path, e);
        }
    }

    /** SHA-256 of a file's bytes, in hexadecimal. */
    public String sha256(String path) {
        try (InputStream in = open(path)) {
            Digesting digesting = new Digesting(OutputStream.nullOutputStream());
            in.transferTo(digesting);
            return digesting.written().sha256();
        } catch (IOException e) {
            throw Trouble.reading(path, e);
        }
    }

    /**
     * Writes a file that appears whole or not at all, in place of an older one.
     *
     * <p>Its directories are made as needed. If the content throws, nothing is left behind.
     */
    public Written writeAtomically(String path, Content content) {
        try {
            return place(path).writeAtomically(content);
        } catch (IOException e) {
            throw Trouble.writing(path, e);
        }
    }

    /** {@link #writeAtomically(String, Content)} for a short text, in UTF-8. */
    public Written writeAtomically(String path, String text) {
        return writeAtomically(path, out -> out.write(text.getBytes(StandardCharsets.UTF_8)));
    }

    /** Begins a directory that appears whole or not at all; what an earlier attempt at it left aside is removed. */
    public StagedDirectory stage(String directory) {
        return StagedDirectory.begin(place(directory));
    }

    /** Opens a file of lines to which lines are only ever added; the file is made when the first is. */
    public LineLog lineLog(String path) {
        return LineLog.open(place(path));
    }

    /**
     * Makes a directory this run's own, or refuses it.
     *
     * @param kind what runs, for example {@code train}
     * @param identity what must be equal for a later run to go on here, for example a hash of its configuration
     * @throws OwnedByAnother if the directory holds a run of another kind or identity
     * @throws UserError if it holds something else, or (on {@code file:}) if another process is at work in it
     */
    public Claim claim(String directory, String kind, String identity) {
        return Claim.of(place(directory), kind, identity);
    }

    /** These file systems, as checkpoints use them. */
    public CheckpointStore checkpoints() {
        return new StoredCheckpoints(this);
    }

    /** What a user reads where {@link #checkpoints()} could not write something. */
    public static Failure notWritten(String what, IOException e) {
        return Trouble.writing(what, e);
    }

    /** Removes a file, or a directory with all that is in it; nothing there is fine, too. */
    public void delete(String path) {
        try {
            place(path).delete();
        } catch (IOException e) {
            throw Trouble.writing(path, e);
        }
    }
}
