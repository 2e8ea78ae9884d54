package apportion.spark.storage;

import apportion.spark.failure.Failure;
import apportion.spark.failure.UserError;
import java.io.FileNotFoundException;
import java.io.IOException;
import java.net.SocketException;
import java.net.SocketTimeoutException;
import java.net.UnknownHostException;
import java.nio.file.FileSystemException;
import java.nio.file.NoSuchFileException;
import java.util.Locale;
import java.util.Optional;
import org.apache.hadoop.fs.FSError;
import org.apache.hadoop.fs.FileStatus;
import org.apache.hadoop.fs.ParentNotDirectoryException;
import org.apache.hadoop.security.UserGroupInformation;

/** Turns what file systems throw into one line that a user can act on. */
final class Trouble {

    private Trouble() {}

    static Failure reading(String path, IOException e) {
        if (e instanceof FileNotFoundException || e instanceof NoSuchFileException) {
            return new UserError(path + " does not exist", e);
        }
        // Of hadoop-aws, which is not on the class path here.
        if (e.getClass().getSimpleName().equals("UnknownStoreException")) {
            return new UserError(path + " does not exist: there is no such bucket", e);
        }
        if (disconnection(e).isPresent()) {
            return unreachable(path, disconnection(e).get());
        }
        if (brief(e).startsWith("Incomplete HDFS URI")) {
            return new UserError(
                    path + " names no host, and there is no default one; write hdfs://HOST:PORT/..., or let"
                            + " HADOOP_CONF_DIR point to the cluster's configuration",
                    e);
        }
        return new Failure(
                isForbidden(e) ? path + " may not be read by this user" : "cannot read " + path + ": " + brief(e), e);
    }

    static Failure writing(String path, IOException e) {
        if (isFull(e)) {
            return new Failure(
                    "no space left to write " + path + "; free some and start again, what was finished is kept", e);
        }
        if (disconnection(e).isPresent()) {
            return unreachable(path, disconnection(e).get());
        }
        if (isForbidden(e)) {
            return new Failure(path + " may not be written by this user", e);
        }
        if (e instanceof ParentNotDirectoryException || brief(e).contains("is not a directory")) {
            return new UserError("cannot write " + path + ": a file stands where a directory must be", e);
        }
        if (e instanceof FileNotFoundException || e instanceof NoSuchFileException) {
            return new Failure(
                    "cannot write " + path + ": its directory was deleted or moved meanwhile; start the same command"
                            + " again",
                    e);
        }
        return new Failure("cannot write " + path + ": " + brief(e), e);
    }

    /** An output that not even its first file could be written to: what is in the way, and who may change that. */
    static Failure unwritable(Place output, IOException e) {
        if (isFull(e) || disconnection(e).isPresent()) {
            return writing(output.toString(), e);
        }
        try {
            Place above = output;
            while (!above.exists() && above.path().getParent() != null) {
                above = above.parent();
            }
            FileStatus status = above.files().getFileStatus(above.path());
            if (!status.isDirectory() && !above.equals(output)) {
                return new UserError(
                        "cannot write " + output + ": " + above + " is a file, but must be a directory; name another"
                                + " output",
                        e);
            }
            // The output itself is never written into here, but what it lies in.
            Place within = status.isDirectory() ? above : above.parent();
            FileStatus directory = within.files().getFileStatus(within.path());
            return new UserError(
                    "cannot write " + output + ": " + reason(e) + "; " + within + " belongs to " + directory.getOwner()
                            + ":" + directory.getGroup() + " with permissions " + directory.getPermission()
                            + ", and this user is "
                            + UserGroupInformation.getCurrentUser().getShortUserName()
                            + "; name another output, or have the permissions changed",
                    e);
        } catch (IOException | RuntimeException unknown) {
            e.addSuppressed(unknown);
            return new UserError("cannot write " + output + ": " + reason(e) + "; name another output", e);
        }
    }

    /** What the system said; Java's exceptions of files begin with the name of one. */
    private static String reason(IOException e) {
        if (isForbidden(e)) {
            return "permission denied";
        }
        return e instanceof FileSystemException system && system.getReason() != null
                ? system.getReason().toLowerCase(Locale.ROOT)
                : brief(e);
    }

    private static Failure unreachable(String path, IOException e) {
        return new Failure("cannot reach " + path + ": " + brief(e) + "; check its host and port, and that it runs", e);
    }

    /** What the network said first: Hadoop wraps it in sentences of its own. */
    private static Optional<IOException> disconnection(IOException e) {
        Optional<IOException> found = Optional.empty();
        for (Throwable cause = e; cause != null; cause = cause.getCause()) {
            if (cause instanceof SocketException
                    || cause instanceof SocketTimeoutException
                    || cause instanceof UnknownHostException) {
                found = Optional.of((IOException) cause);
            }
        }
        return found;
    }

    /** Hadoop's local file system wraps a failed write in an Error, which no caller would expect. */
    static IOException unwrapped(FSError e) {
        return e.getCause() instanceof IOException cause ? cause : new IOException(e);
    }

    private static boolean isFull(IOException e) {
        String message = brief(e);
        return message.contains("No space left on device")
                || message.contains("Disk quota exceeded")
                || e.getClass().getSimpleName().contains("QuotaExceeded")
                // HDFS has no data node with room.
                || message.contains("could only be written to 0 of");
    }

    private static boolean isForbidden(IOException e) {
        String kind = e.getClass().getSimpleName();
        return kind.startsWith("AccessControl")
                || kind.startsWith("AccessDenied")
                || brief(e).contains("Permission denied");
    }

    private static String brief(IOException e) {
        return String.valueOf(e.getMessage()).lines().findFirst().orElse("") + " ("
                + e.getClass().getSimpleName() + ")";
    }
}
