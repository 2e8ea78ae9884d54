package apportion.spark.storage;

import apportion.model.checkpoint.Checkpoints;
import apportion.spark.failure.UserError;
import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Optional;
import java.util.regex.Pattern;
import org.apache.hadoop.fs.FileStatus;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * A process's right to write an output, while no other may: on {@code file:} a lock, elsewhere a {@link Lease lease}.
 * What a killed process has left of the same output is removed when it is claimed.
 *
 * <p>A directory that is filled file by file also has a file {@code _owner}, which says whose it is after the claim was
 * given up: a run that was stopped is resumed there, and no other run is.
 */
public final class Claim implements AutoCloseable {

    private static final Logger LOG = LoggerFactory.getLogger(Claim.class);

    private static final String OWNER = "_owner";
    private static final Pattern OWNERS = Pattern.compile("[a-z]+ \\S+\n");
    /** Inside a directory that is filled file by file; behind its name, the files of a lease. */
    private static final String LOCK = "_lock";
    /** Beside an output that appears whole. */
    private static final String LOCK_BESIDE = ".lock";

    private final Hold hold;
    /** Directories that were made for the claim, the innermost first. */
    private final List<Place> made;

    private Claim(Hold hold, List<Place> made) {
        this.hold = hold;
        this.made = made;
    }

    /** Claims a directory that is filled file by file. */
    static Claim of(Place directory, String kind, String identity) {
        String mine = kind + " " + identity + "\n";
        try {
            // Nothing is written where something else is; and again below, since only a claim keeps others away.
            boolean isNew = isNew(directory, mine);
            return take(directory, directory.child(LOCK)).after(() -> {
                if (isNew(directory, mine) || isNew) {
                    directory.child(OWNER).writeAtomically(out -> out.write(mine.getBytes(StandardCharsets.UTF_8)));
                }
                removeUnfinished(directory);
            });
        } catch (IOException e) {
            throw Trouble.writing(directory.toString(), e);
        }
    }

    /** Claims a file or directory that appears whole. */
    static Claim whole(Place output) {
        try {
            return take(output, output.beside(LOCK_BESIDE)).after(() -> {
                for (FileStatus file : output.parent().list()) {
                    if (Place.unfinished(file.getPath().getName())
                            .equals(Optional.of(output.path().getName()))) {
                        output.at(file.getPath()).delete();
                    }
                }
            });
        } catch (IOException e) {
            throw Trouble.writing(output.toString(), e);
        }
    }

    /** Claims a directory for a while, in which others may write files afterwards. */
    static Claim files(Place directory) {
        try {
            if (directory.exists()) {
                refuseFile(directory);
            }
            return take(directory, directory.child(LOCK)).after(() -> removeUnfinished(directory));
        } catch (IOException e) {
            throw Trouble.writing(directory.toString(), e);
        }
    }

    private static void refuseFile(Place directory) throws IOException {
        if (!directory.files().getFileStatus(directory.path()).isDirectory()) {
            throw new UserError(directory + " is a file, but must be a directory; name another output directory");
        }
    }

    /** The first thing that is written, so an output that cannot be written is found here. */
    private static Claim take(Place output, Place file) {
        try {
            List<Place> made = file.parent().missing();
            boolean done = false;
            try {
                Claim claim = new Claim(Hold.take(output, file), made);
                done = true;
                return claim;
            } finally {
                if (!done) {
                    deleteEmpty(made);
                }
            }
        } catch (IOException e) {
            throw Trouble.unwritable(output, e);
        }
    }

    /** What is done with a claim, which is given up if that fails. */
    private interface Step {
        void run() throws IOException;
    }

    private Claim after(Step step) throws IOException {
        boolean done = false;
        try {
            step.run();
            done = true;
            return this;
        } finally {
            if (!done) {
                close();
            }
        }
    }

    private static void deleteEmpty(List<Place> directories) {
        try {
            for (Place directory : directories) {
                if (!directory.deleteIfEmpty()) {
                    return;
                }
            }
        } catch (IOException e) {
            // Empty directories are in nobody's way.
            LOG.debug("{} could not be removed", directories, e);
        }
    }

    /**
     * Whether a directory is nobody's yet.
     *
     * @throws UserError if it is another run's, or holds something else
     */
    private static boolean isNew(Place directory, String mine) throws IOException {
        if (!directory.exists()) {
            return true;
        }
        refuseFile(directory);
        Place owner = directory.child(OWNER);
        if (owner.exists()) {
            refuseUnlessEqual(directory, read(owner), mine);
            return false;
        }
        for (FileStatus file : directory.list()) {
            String name = file.getPath().getName();
            // A run that was killed before its claim was whole has left nothing else.
            if (!name.startsWith(LOCK) && !Place.unfinished(name).equals(Optional.of(OWNER))) {
                throw new UserError(directory + " is not empty and belongs to no run; name another output directory");
            }
        }
        return true;
    }

    private static String read(Place owner) throws IOException {
        try (InputStream in = owner.files().open(owner.path())) {
            return new String(in.readAllBytes(), StandardCharsets.UTF_8);
        }
    }

    private static void refuseUnlessEqual(Place directory, String theirs, String mine) {
        if (!OWNERS.matcher(theirs).matches()) {
            throw new UserError(directory + "/" + OWNER + " was not written by Apportion, or was changed; name another"
                    + " output directory");
        }
        if (!theirs.equals(mine)) {
            throw new OwnedByAnother(directory + " belongs to another run (" + theirs.strip() + "; this one is "
                    + mine.strip() + "); name another output directory, or delete it");
        }
    }

    /** Of the files and checkpoints in a directory that was filled by a process that was killed. */
    private static void removeUnfinished(Place directory) throws IOException {
        for (FileStatus file : directory.list()) {
            String name = file.getPath().getName();
            boolean isAnothers = Place.unfinished(name).isPresent()
                    && directory
                            .child("." + Place.unfinished(name).get() + LOCK_BESIDE)
                            .exists();
            if (Checkpoints.isUnfinished(name) || (Place.unfinished(name).isPresent() && !isAnothers)) {
                directory.at(file.getPath()).delete();
            }
        }
    }

    /**
     * Returns while the output is this process's own; to be called before something is written that another process may
     * have written meanwhile.
     *
     * @throws apportion.spark.failure.Failure if another process has taken it over, or it was deleted
     */
    public void require() {
        hold.require();
    }

    /** Lets another process use the output; a directory stays this run's. */
    @Override
    public void close() {
        hold.close();
        deleteEmpty(made);
    }
}
