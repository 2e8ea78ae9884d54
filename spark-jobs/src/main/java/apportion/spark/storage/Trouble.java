package apportion.spark.storage;

import apportion.spark.failure.Failure;
import apportion.spark.failure.UserError;
import java.io.FileNotFoundException;
import java.io.IOException;
import java.net.SocketException;
import java.net.SocketTimeoutException;
import java.net.UnknownHostException;
import java.nio.file.NoSuchFileException;
import java.util.Optional;
import org.apache.hadoop.fs.FSError;
import org.apache.hadoop.fs.ParentNotDirectoryException;

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
        return new Failure("cannot write " + path + ": " + brief(e), e);
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
