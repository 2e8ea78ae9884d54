package apportion.spark.storage;

import apportion.spark.failure.Failure;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.Objects;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ThreadLocalRandom;

/**
 * A lock on a local file, which the kernel drops when its process ends, however it ends. The file goes with the lock.
 *
 * <p>A process loses its lock as soon as it closes any channel to the file, so nothing here opens it a second time.
 */
final class KernelLock implements Hold {

    /** The kernel tells processes apart, but not the threads of one. */
    private static final Set<Path> HELD = ConcurrentHashMap.newKeySet();

    private static final int LONGEST_HOLDER = 1 << 8;
    private static final int LONGEST_PADDING = 1 << 12;

    private final Place output;
    private final Path file;
    private final FileChannel channel;

    private KernelLock(Place output, Path file, FileChannel channel) {
        this.output = output;
        this.file = file;
        this.channel = channel;
    }

    static KernelLock take(Place output, Place file) throws IOException {
        Path directory = file.parent().local();
        Files.createDirectories(directory);
        Path path = directory.toRealPath().resolve(file.path().getName());
        if (!HELD.add(path)) {
            throw Hold.inUse(output, "");
        }
        Optional<FileChannel> channel = Optional.empty();
        try {
            channel = locked(output, path);
            while (channel.isEmpty()) {
                channel = locked(output, path);
            }
            return new KernelLock(output, path, channel.get());
        } finally {
            if (channel.isEmpty()) {
                HELD.remove(path);
            }
        }
    }

    /** Empty if a process that ended meanwhile has taken the file away. */
    private static Optional<FileChannel> locked(Place output, Path path) throws IOException {
        // It may have gone with the file, if nothing else was in it.
        Files.createDirectories(directory(path));
        FileChannel channel;
        try {
            channel = FileChannel.open(
                    path, StandardOpenOption.CREATE, StandardOpenOption.READ, StandardOpenOption.WRITE);
        } catch (NoSuchFileException e) {
            if (Files.isDirectory(directory(path))) {
                throw e;
            }
            return Optional.empty();
        }
        boolean isMine = false;
        try {
            if (channel.tryLock() == null) {
                throw Hold.inUse(output, holder(channel));
            }
            isMine = isMarked(channel, path);
            return isMine ? Optional.of(channel) : Optional.empty();
        } finally {
            if (!isMine) {
                channel.close();
            }
        }
    }

    private static Path directory(Path file) {
        return Objects.requireNonNull(file.getParent());
    }

    private static String holder(FileChannel channel) throws IOException {
        ByteBuffer bytes = ByteBuffer.allocate(LONGEST_HOLDER);
        channel.read(bytes, 0);
        String text = new String(bytes.array(), 0, bytes.position(), StandardCharsets.UTF_8);
        return text.lines().findFirst().orElse("").strip();
    }

    /**
     * Whether the locked file is the one at the path. Java does not tell the file of a channel, so its length is made
     * one that another file hardly has.
     */
    private static boolean isMarked(FileChannel channel, Path path) throws IOException {
        String padding = " ".repeat(ThreadLocalRandom.current().nextInt(LONGEST_PADDING));
        channel.truncate(0);
        channel.write(ByteBuffer.wrap((ThisProcess.name() + "\n" + padding).getBytes(StandardCharsets.UTF_8)), 0);
        return Files.exists(path) && Files.size(path) == channel.size();
    }

    @Override
    public void require() {
        if (!Files.exists(file)) {
            throw new Failure(output + " was deleted or moved while it was being written (" + file
                    + " is gone); start the same command again");
        }
    }

    @Override
    public void close() {
        try {
            // Before the lock goes, or it could be another process's file.
            Files.deleteIfExists(file);
            channel.close();
        } catch (IOException e) {
            throw Trouble.writing(file.toString(), e);
        } finally {
            HELD.remove(file);
        }
    }
}
