package apportion.spark.cluster;

import apportion.spark.failure.Failure;
import apportion.spark.failure.UserError;
import apportion.spark.storage.Storage;
import java.net.InetAddress;
import java.net.UnknownHostException;
import java.util.List;
import java.util.UUID;
import java.util.stream.IntStream;
import org.apache.spark.api.java.JavaSparkContext;

/**
 * Finds out whether the executors of a cluster see the files that the driver sees at a {@code file:} path, before any
 * work is lost to it. Executors that come later are not asked; what they write is checked when it is collected.
 */
public final class SharedFiles {

    /** Taken for what a killed process has left, if it stays. */
    private static final String SUFFIX = ".tmp";

    private SharedFiles() {}

    /**
     * Lets executors and driver read in a directory what the other has written.
     *
     * @param name how messages call it
     * @throws UserError if it is another directory for an executor than for the driver
     */
    public static void requireShared(JavaSparkContext context, Storage storage, String directory, String name) {
        if (!context.isLocal() && storage.isLocal(directory)) {
            requireAnswers(context, storage, directory, name);
        }
    }

    static void requireAnswers(JavaSparkContext context, Storage storage, String directory, String name) {
        String token = UUID.randomUUID().toString();
        String question = Storage.child(directory, ".driver." + token + SUFFIX);
        List<Integer> tasks = tasks(context);
        storage.writeAtomically(question, token);
        try {
            List<String> hosts = context.parallelize(tasks, tasks.size())
                    .map(task -> answered(storage, question, answer(directory, token, task)))
                    .collect();
            for (int task : tasks) {
                if (!storage.exists(answer(directory, token, task))) {
                    throw notShared(name, hosts.get(task));
                }
            }
        } catch (Exception e) {
            // Scala's methods throw SparkException without declaring it.
            throw Failure.within(e);
        } finally {
            storage.delete(question);
            tasks.forEach(task -> storage.delete(answer(directory, token, task)));
        }
    }

    /** A task for each executor; Spark may give two to the same, which is why this can miss one. */
    private static List<Integer> tasks(JavaSparkContext context) {
        // The driver's memory is one of these.
        int executors = Math.max(1, context.sc().getExecutorMemoryStatus().size() - 1);
        return IntStream.range(0, executors).boxed().toList();
    }

    private static String answer(String directory, String token, int task) {
        return Storage.child(directory, ".executor-" + task + "." + token + SUFFIX);
    }

    /** Writes only where the driver's file is, so that nothing is left on a host that has another directory. */
    private static String answered(Storage storage, String question, String answer) {
        if (storage.exists(question)) {
            try {
                storage.writeAtomically(answer, "");
            } catch (Failure e) {
                throw new UserError(
                        "an executor on " + host() + ": " + e.getMessage()
                                + "; executors write there, too, as the user that Spark's workers run as",
                        e);
            }
        }
        return host();
    }

    /**
     * Lets executors look for a file that the driver sees.
     *
     * @throws UserError if one does not see it
     */
    public static void requireVisible(JavaSparkContext context, Storage storage, String file) {
        if (context.isLocal() || !storage.isLocal(file)) {
            return;
        }
        List<Integer> tasks = tasks(context);
        try {
            context.parallelize(tasks, tasks.size()).foreach(task -> requireVisible(storage, file));
        } catch (Exception e) {
            throw Failure.within(e);
        }
    }

    /** In a task: refuses a file that the driver sees, but this host does not. */
    public static void requireVisible(Storage storage, String file) {
        if (!storage.exists(file)) {
            throw notShared(file, host());
        }
    }

    private static UserError notShared(String path, String host) {
        return new UserError(path + " is not shared: an executor on " + host + " does not see there what the driver"
                + " sees; on a cluster use hdfs: or s3a:, or a directory that is mounted at the same path on every"
                + " host");
    }

    private static String host() {
        try {
            return InetAddress.getLocalHost().getHostName();
        } catch (UnknownHostException e) {
            return "a host without a name";
        }
    }
}
