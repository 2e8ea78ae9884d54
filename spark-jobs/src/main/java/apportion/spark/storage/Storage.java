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
import java.util.Arrays;
import java.util.Collection;
import java.util.List;
import java.util.function.IntConsumer;
import org.apache.hadoop.conf.Configuration;

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

    /** Whether a path lies on the file system of the machine that asks. */
    public boolean isLocal(String path) {
        return place(path).isLocal();
    }

    /** A path beside another that no other process uses, for what is deleted again. */
    public String temporary(String path) {
        return place(path).aside().toString();
    }

    public boolean exists(String path) {
        try {
            return place(path).exists();
        } catch (IllegalArgumentException e) {
            // Such as a colon on HDFS.
            throw new UserError(path + " cannot be a name on its file system: " + e.getMessage(), e);
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
     *     {@code _}) and globs, in which {@code **} stands for any number of directories
     * @param progress is told now and then how many files were found so far
     * @throws UserError if an input names no file, if a directory cannot be listed, or if something in it is neither a
     *     file nor a directory
     */
    public List<StoredFile> expand(Collection<String> inputs, IntConsumer progress) {
        return new InputFiles(hadoop, progress).of(inputs);
    }

    /** {@link #expand(Collection, IntConsumer)} for few files. */
    public List<StoredFile> expand(Collection<String> inputs) {
        return expand(inputs, count -> {});
    }

    /** Whether listings leave a name out. */
    static boolean isHidden(String name) {
        return name.startsWith(".") || name.startsWith("_");
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

    /** Begins a directory that appears whole or not at all; {@link #claimWhole} it first. */
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
     * @throws UserError if it holds something else, if another process is at work in it, or if it cannot be written
     */
    public Claim claim(String directory, String kind, String identity) {
        return Claim.of(place(directory), kind, identity);
    }

    /**
     * Keeps other processes from writing a file or directory that appears whole.
     *
     * @throws UserError if another process is at work on it, or it cannot be written
     */
    public Claim claimWhole(String output) {
        return Claim.whole(place(output));
    }

    /**
     * Keeps other processes from writing files into a directory, which stays nobody's.
     *
     * @throws UserError if another process is at work in it, or it cannot be written
     */
    public Claim claimFiles(String directory) {
        return Claim.files(place(directory));
    }

    /**
     * Looks whether a file can be written into a directory, which other processes may be writing to.
     *
     * @throws UserError if not
     */
    public void requireWritable(String directory) {
        Place place = place(directory);
        Place probe = place.child("probe").aside();
        try {
            probe.write(out -> {});
            probe.delete();
        } catch (IOException e) {
            throw Trouble.unwritable(place, e);
        }
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
