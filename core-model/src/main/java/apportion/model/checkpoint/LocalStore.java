package apportion.model.checkpoint;

import java.io.File;
import java.io.FileOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.nio.channels.Channels;
import java.nio.channels.FileChannel;
import java.nio.file.FileAlreadyExistsException;
import java.nio.file.FileVisitResult;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import java.nio.file.SimpleFileVisitor;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;
import java.nio.file.attribute.BasicFileAttributes;
import java.util.List;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/** The local disk. */
public final class LocalStore implements CheckpointStore {

    @Override
    public OutputStream create(String file) throws IOException {
        Path path = Path.of(file).toAbsolutePath();
        Files.createDirectories(path.resolveSibling(""));
        return new SyncedOutputStream(path.toFile());
    }

    @Override
    public InputStream open(String file, long offset) throws IOException {
        FileChannel channel = FileChannel.open(Path.of(file), StandardOpenOption.READ);
        return Channels.newInputStream(channel.position(offset));
    }

    @Override
    public long length(String file) throws IOException {
        return Files.size(Path.of(file));
    }

    @Override
    public boolean exists(String path) {
        return Files.exists(Path.of(path), LinkOption.NOFOLLOW_LINKS);
    }

    @Override
    public List<String> list(String directory) throws IOException {
        Path path = Path.of(directory);
        if (!Files.isDirectory(path)) {
            return List.of();
        }
        try (Stream<Path> entries = Files.list(path)) {
            return entries.map(entry -> String.valueOf(entry.getFileName())).toList();
        }
    }

    @Override
    public void rename(String from, String to) throws IOException {
        Path source = Path.of(from).toAbsolutePath();
        Path target = Path.of(to).toAbsolutePath();
        if (exists(to)) {
            throw new FileAlreadyExistsException(to);
        }
        // A name is durable only when the directory that holds it is: first the files' names, then the directory's own.
        sync(source);
        Files.move(source, target, StandardCopyOption.ATOMIC_MOVE);
        sync(target.resolveSibling(""));
    }

    @Override
    public void delete(String path) throws IOException {
        if (exists(path)) {
            Files.walkFileTree(Path.of(path), new Deletion());
        }
    }

    private static void sync(Path directory) throws IOException {
        try (FileChannel channel = FileChannel.open(directory, StandardOpenOption.READ)) {
            channel.force(true);
        }
    }

    private static final class SyncedOutputStream extends FileOutputStream {

        SyncedOutputStream(File file) throws IOException {
            super(file);
        }

        @Override
        public void close() throws IOException {
            try {
                if (getFD().valid()) {
                    getFD().sync();
                }
            } finally {
                super.close();
            }
        }
    }

    private static final class Deletion extends SimpleFileVisitor<Path> {

        @Override
        public FileVisitResult visitFile(Path file, BasicFileAttributes attributes) throws IOException {
            Files.delete(file);
            return FileVisitResult.CONTINUE;
        }

        @Override
        public FileVisitResult postVisitDirectory(Path directory, @Nullable IOException failure) throws IOException {
            if (failure != null) {
                throw failure;
            }
            Files.delete(directory);
            return FileVisitResult.CONTINUE;
        }
    }
}
