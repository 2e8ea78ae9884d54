package apportion.spark.storage;

import apportion.spark.failure.Failure;
import apportion.spark.failure.UserError;
import java.io.FileNotFoundException;
import java.io.IOException;
import java.nio.file.NoSuchFileException;
import org.apache.hadoop.fs.FSError;
import org.apache.hadoop.fs.ParentNotDirectoryException;

/** Turns what file systems throw into one line that a user can act on. */
final class Trouble {

    private Trouble() {}

    static Failure reading(String path, IOException e) {
        if (e instanceof FileNotFoundException || e instanceof NoSuchFileException) {
            return new UserError(path + " does not exist", e);
        }
        return new Failure(
                isForbidden(e) ? path + " may not be read by this user" : "cannot read " + path + ": " + brief(e), e);
    }

    static Failure writing(String path, IOException e) {
        if (isFull(e)) {
            return new Failure(
                    "no space left to write " + path + "; free some and start again, what was finished is kept", e);
        }
        if (isForbidden(e)) {
            return new Failure(path + " may not be written by this user", e);
        }
        if (e instanceof ParentNotDirectoryException || brief(e).contains("is not a directory")) {
            return new UserError("cannot write " + path + ": a file stands where a directory must be", e);
        }
        return new Failure("cannot write " + path + ": " + brief(e), e);
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
