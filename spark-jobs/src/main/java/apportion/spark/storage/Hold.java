package apportion.spark.storage;

import apportion.spark.failure.Failure;
import apportion.spark.failure.UserError;
import java.io.IOException;

/** What keeps every other process from an output while this one is at work on it. */
interface Hold extends AutoCloseable {

    /**
     * Takes hold of an output.
     *
     * @param output for messages
     * @param file that stands for the hold; its directory is made as needed
     * @throws UserError if another process has it
     */
    static Hold take(Place output, Place file) throws IOException {
        return file.isLocal() ? KernelLock.take(output, file) : Lease.take(output, file, Lease.Timing.DEFAULT);
    }

    /**
     * Returns while the hold is this process's own.
     *
     * @throws Failure if it was lost; nothing must be written any more
     */
    void require();

    @Override
    void close();

    static UserError inUse(Place output, String holder) {
        return new UserError(output + " is in use by another process" + (holder.isBlank() ? "" : " (" + holder + ")")
                + "; wait for it, or name another output directory");
    }
}
