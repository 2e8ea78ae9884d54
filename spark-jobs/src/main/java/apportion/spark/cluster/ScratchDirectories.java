package apportion.spark.cluster;

import apportion.spark.failure.UserError;
import java.io.IOException;
import java.nio.channels.FileChannel;
import java.nio.channels.FileLock;
import java.nio.file.AccessDeniedException;
import java.nio.file.DirectoryIteratorException;
import java.nio.file.DirectoryStream;
import java.nio.file.FileAlreadyExistsException;
import java.nio.file.FileSystemException;
import java.nio.file.FileVisitResult;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.NoSuchFileException;
import java.nio.file.NotDirectoryException;
import java.nio.file.Path;
import java.nio.file.SimpleFileVisitor;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;
import java.nio.file.attribute.BasicFileAttributes;
import java.nio.file.attribute.UserPrincipal;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.apache.hadoop.util.ShutdownHookManager;
import org.apache.spark.SparkConf;
import org.jspecify.annotations.Nullable;

/**
 * Where this process's Spark keeps blocks that memory does not hold: texts and parameters, which other users of the
 * machine must not read.
 *
 * <p>Spark itself makes {@code blockmgr-*} in {@code spark.local.dir} with the permissions of any directory, and leaves
 * it there when the process is killed. Each root therefore gets a directory with a random name and mode 700, and a lock
 * in it that the system lets go of when the process ends, however it does. A directory of this user whose lock is free
 * is removed by the next process that starts Spark. Nothing is read or removed by a name that somebody else could have
 * taken before: names are random, and links and other users' directories are left alone.
 */
public final class ScratchDirectories implements AutoCloseable {

    /** Spark's key for where blocks go. */
    public static final String LOCAL_DIR = "spark.local.dir";

    private static final String TMPDIR = "java.io.tmpdir";
    private static final String ENVIRONMENT = "SPARK_LOCAL_DIRS";

    /** Behind the file systems' own hooks (10) and Spark's (40), which use what is removed. */
    private static final int HOOK_PRIORITY = 5;

    private static final String PREFIX = "apportion-";
    private static final String LOCK = "lock";

    /** Those of this process: POSIX lets go of a lock as soon as its process closes the file anywhere. */
    private static final Set<Path> LIVE = ConcurrentHashMap.newKeySet();

    private final List<Scratch> all;

    private final Runnable hook = this::remove;

    private ScratchDirectories(List<Scratch> all) {
        this.all = all;
    }

    /**
     * Makes those of a Spark that is to be started here; empty where its surroundings say where blocks go, in a
     * variable that goes over all settings: YARN, a worker, Kubernetes, or a user of spark-submit.
     *
     * @throws UserError if a directory cannot be made or written to
     */
    public static Optional<ScratchDirectories> of(SparkConf conf) {
        if (System.getenv("CONTAINER_ID") != null || System.getenv("SPARK_EXECUTOR_DIRS") != null) {
            return Optional.empty();
        }
        String given = System.getenv(ENVIRONMENT);
        if (given != null) {
            in(roots(given), ENVIRONMENT).close();
            return Optional.empty();
        }
        return Optional.of(
                conf.contains(LOCAL_DIR)
                        ? in(roots(conf.get(LOCAL_DIR)), LOCAL_DIR + " or " + ENVIRONMENT)
                        : in(roots(System.getProperty(TMPDIR)), TMPDIR));
    }

    private static List<Path> roots(String separated) {
        List<Path> roots = Stream.of(separated.split(","))
                .map(String::strip)
                .filter(root -> !root.isEmpty())
                .map(Path::of)
                .toList();
        return roots.isEmpty() ? List.of(Path.of(System.getProperty(TMPDIR))) : roots;
    }

    private record Scratch(Path directory, FileChannel lock) {}

    /**
     * Makes a directory in each root, and removes what killed processes left there.
     *
     * @param setting names the roots, in a message
     * @throws UserError if a root is missing and cannot be made, or nothing can be written there
     */
    public static ScratchDirectories in(List<Path> roots, String setting) {
        ScratchDirectories scratch = new ScratchDirectories(new ArrayList<>());
        for (Path root : roots) {
            try {
                scratch.add(root.toAbsolutePath());
            } catch (IOException e) {
                scratch.close();
                throw new UserError(
                        "cannot make a directory for Spark's temporary files in " + root + " (" + setting + "): "
                                + reason(e) + "; set " + setting + " to a directory on a local disk where "
                                + System.getProperty("user.name") + " may write",
                        e);
            }
        }
        ShutdownHookManager.get().addShutdownHook(scratch.hook, HOOK_PRIORITY);
        return scratch;
    }

    private void add(Path root) throws IOException {
        if (!Files.isDirectory(root)) {
            Files.createDirectories(root);
        }
        // Mode 700, whatever the umask.
        Path directory = Files.createTempDirectory(root, PREFIX);
        LIVE.add(directory);
        Path unnamed = directory.resolve("locking");
        FileChannel channel = FileChannel.open(unnamed, StandardOpenOption.CREATE_NEW, StandardOpenOption.WRITE);
        all.add(new Scratch(directory, channel));
        if (channel.tryLock() == null) {
            throw new IOException("its files cannot be locked");
        }
        // It has its name only once it is locked, so that nobody takes it for a dead process's.
        Files.move(unnamed, directory.resolve(LOCK), StandardCopyOption.ATOMIC_MOVE);
        removeAbandoned(root, Files.getOwner(directory));
    }

    private static void removeAbandoned(Path root, UserPrincipal user) {
        try (DirectoryStream<Path> found = Files.newDirectoryStream(root, PREFIX + "*")) {
            for (Path directory : found) {
                if (!LIVE.contains(directory)
                        && Files.isDirectory(directory, LinkOption.NOFOLLOW_LINKS)
                        && Files.getOwner(directory, LinkOption.NOFOLLOW_LINKS).equals(user)) {
                    removeIfAbandoned(directory);
                }
            }
        } catch (IOException | DirectoryIteratorException e) {
            // Another process removes the same, or the root may not be listed: the next start tries again.
        }
    }

    private static void removeIfAbandoned(Path directory) throws IOException {
        Path file = directory.resolve(LOCK);
        try (FileChannel channel = FileChannel.open(file, StandardOpenOption.WRITE, LinkOption.NOFOLLOW_LINKS);
                FileLock lock = channel.tryLock()) {
            if (lock != null) {
                delete(directory);
            }
        } catch (NoSuchFileException e) {
            // Just being made, or removed meanwhile.
        }
    }

    private static void delete(Path directory) throws IOException {
        Files.walkFileTree(directory, new SimpleFileVisitor<>() {
            @Override
            public FileVisitResult visitFile(Path file, BasicFileAttributes attributes) throws IOException {
                Files.deleteIfExists(file);
                return FileVisitResult.CONTINUE;
            }

            @Override
            public FileVisitResult visitFileFailed(Path file, IOException e) {
                return FileVisitResult.CONTINUE;
            }

            @Override
            public FileVisitResult postVisitDirectory(Path visited, @Nullable IOException e) throws IOException {
                Files.deleteIfExists(visited);
                return FileVisitResult.CONTINUE;
            }
        });
    }

    private static String reason(IOException e) {
        if (e instanceof AccessDeniedException) {
            return "permission denied";
        }
        if (e instanceof FileAlreadyExistsException || e instanceof NotDirectoryException) {
            return "it is a file";
        }
        String message = String.valueOf(e.getMessage());
        return e instanceof FileSystemException failed && failed.getReason() != null
                ? String.valueOf(failed.getReason())
                : message;
    }

    /** Spark's form of them, for {@code spark.local.dir}. */
    public String joined() {
        return all.stream().map(scratch -> scratch.directory().toString()).collect(Collectors.joining(","));
    }

    /** The first of them. */
    public Path first() {
        return all.get(0).directory();
    }

    /** Removes them; Spark must have ended. What cannot be removed is left to the next start. */
    @Override
    public void close() {
        if (!ShutdownHookManager.get().isShutdownInProgress()) {
            ShutdownHookManager.get().removeShutdownHook(hook);
        }
        remove();
    }

    private synchronized void remove() {
        for (Scratch scratch : all) {
            try {
                delete(scratch.directory());
                scratch.lock().close();
            } catch (IOException e) {
                // A task that has not noticed the end yet writes there.
            } finally {
                LIVE.remove(scratch.directory());
            }
        }
        all.clear();
    }
}
