package apportion.spark.storage;

import apportion.spark.failure.UserError;
import java.io.IOException;
import java.io.InputStream;
import java.nio.channels.FileChannel;
import java.nio.channels.FileLock;
import java.nio.channels.OverlappingFileLockException;
import java.nio.charset.StandardCharsets;
import java.nio.file.StandardOpenOption;
import java.util.Optional;
import org.apache.hadoop.fs.FileStatus;

/**
 * A run's hold on its output directory: a file {@code _owner} that says whose it is, and on {@code file:} a lock on
 * {@code _lock} while the run lives. Elsewhere nothing tells a run that lives from one that was killed, so nothing
 * keeps two processes of the same run apart.
 */
public final class Claim implements AutoCloseable {

    private static final String OWNER = "_owner";
    private static final String LOCK = "_lock";

    private final Optional<FileChannel> lock;

    private Claim(Optional<FileChannel> lock) {
        this.lock = lock;
    }

    static Claim of(Place directory, String kind, String identity) {
        try {
            Place owner = directory.child(OWNER);
            String mine = kind + " " + identity + "\n";
            if (owner.exists()) {
                refuseUnlessEqual(directory, read(owner), mine);
            } else {
                refuseUnlessEmpty(directory, owner);
                owner.writeAtomically(out -> out.write(mine.getBytes(StandardCharsets.UTF_8)));
            }
            return new Claim(directory.isLocal() ? Optional.of(lock(directory)) : Optional.empty());
        } catch (IOException e) {
            throw Trouble.writing(directory.toString(), e);
        }
    }

    private static String read(Place owner) throws IOException {
        try (InputStream in = owner.files().open(owner.path())) {
            return new String(in.readAllBytes(), StandardCharsets.UTF_8);
        }
    }

    private static void refuseUnlessEqual(Place directory, String theirs, String mine) {
        if (!theirs.equals(mine)) {
            throw new OwnedByAnother(directory + " belongs to another run (" + theirs.strip() + "; this one is "
                    + mine.strip() + "); name another output directory, or delete it");
        }
    }

    private static void refuseUnlessEmpty(Place directory, Place owner) throws IOException {
        if (!directory.exists()) {
            return;
        }
        for (FileStatus file : directory.files().listStatus(directory.path())) {
            // A run that was killed before its claim was whole has left nothing else.
            if (!owner.isTornWrite(file.getPath())) {
                throw new UserError(directory + " is not empty and belongs to no run; name another output directory");
            }
        }
    }

    // The channel lives as long as the claim, which closes it.
    private static FileChannel lock(Place directory) throws IOException {
        FileChannel channel =
                FileChannel.open(directory.child(LOCK).local(), StandardOpenOption.CREATE, StandardOpenOption.WRITE);
        try {
            FileLock held = channel.tryLock();
            if (held != null) {
                return channel;
            }
        } catch (OverlappingFileLockException e) {
            // Another thread of this process holds it.
        }
        channel.close();
        throw new UserError(directory + " is in use by another process; wait for it, or name another output directory");
    }

    /** Lets another process go on in the directory; it stays this run's. */
    @Override
    public void close() {
        lock.ifPresent(channel -> {
            try {
                channel.close();
            } catch (IOException e) {
                throw new IllegalStateException("a lock could not be released", e);
            }
        });
    }
}
