package apportion.spark.fuzz;

import apportion.model.checkpoint.CheckpointStore;
import java.io.ByteArrayInputStream;
import java.io.FileNotFoundException;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.stream.Stream;

/**
 * The files of one directory, in memory; they can only be read.
 *
 * @param files by name
 */
record MemoryFiles(String directory, Map<String, byte[]> files) implements CheckpointStore {

    static MemoryFiles of(Path directory) throws IOException {
        Map<String, byte[]> files = new TreeMap<>();
        try (Stream<Path> paths = Files.list(directory)) {
            for (Path path : paths.toList()) {
                files.put(path.getFileName().toString(), Files.readAllBytes(path));
            }
        }
        return new MemoryFiles("memory", files);
    }

    /** The same with another file of a name. */
    MemoryFiles with(String name, byte[] bytes) {
        Map<String, byte[]> changed = new TreeMap<>(files);
        changed.put(name, bytes);
        return new MemoryFiles(directory, changed);
    }

    byte[] get(String path) throws IOException {
        byte[] bytes = files.get(path.substring(path.lastIndexOf('/') + 1));
        if (bytes == null) {
            throw new FileNotFoundException(path);
        }
        return bytes;
    }

    @Override
    public InputStream open(String file, long offset) throws IOException {
        byte[] bytes = get(file);
        return new ByteArrayInputStream(bytes, (int) offset, bytes.length - (int) offset);
    }

    @Override
    public long length(String file) throws IOException {
        return get(file).length;
    }

    @Override
    public boolean exists(String path) {
        return files.containsKey(path.substring(path.lastIndexOf('/') + 1));
    }

    @Override
    public List<String> list(String path) {
        return List.copyOf(files.keySet());
    }

    @Override
    public OutputStream create(String file) {
        throw new UnsupportedOperationException();
    }

    @Override
    public void rename(String from, String to) {
        throw new UnsupportedOperationException();
    }

    @Override
    public void delete(String path) {
        throw new UnsupportedOperationException();
    }
}
