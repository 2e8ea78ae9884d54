package apportion.model.checkpoint;

import java.io.ByteArrayInputStream;
import java.io.FileNotFoundException;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.nio.file.FileAlreadyExistsException;
import java.util.Arrays;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;

/** Files in memory, which knows which of them would survive a loss of power. */
final class MemoryStore implements CheckpointStore {

    final Map<String, byte[]> files = new TreeMap<>();
    private final Set<String> durable = new HashSet<>();

    /** What is left of it when the power fails: of a file that was not closed, the name. */
    MemoryStore afterPowerLoss() {
        MemoryStore left = new MemoryStore();
        files.forEach((file, bytes) -> left.put(file, durable.contains(file) ? bytes : new byte[0]));
        return left;
    }

    void put(String file, byte[] bytes) {
        files.put(file, bytes);
        durable.add(file);
    }

    byte[] get(String file) throws IOException {
        byte[] bytes = files.get(file);
        if (bytes == null) {
            throw new FileNotFoundException(file);
        }
        return bytes;
    }

    @Override
    public OutputStream create(String file) {
        files.put(file, new byte[0]);
        durable.remove(file);
        return new OutputStream() {
            @Override
            public void write(int value) throws IOException {
                write(new byte[] {(byte) value});
            }

            @Override
            public void write(byte[] bytes, int from, int count) throws IOException {
                byte[] old = get(file);
                byte[] longer = Arrays.copyOf(old, old.length + count);
                System.arraycopy(bytes, from, longer, old.length, count);
                files.put(file, longer);
            }

            @Override
            public void close() {
                durable.add(file);
            }
        };
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
        return files.containsKey(path) || !list(path).isEmpty();
    }

    @Override
    public List<String> list(String directory) {
        return files.keySet().stream()
                .filter(file -> file.startsWith(directory + "/"))
                .map(file -> file.substring(directory.length() + 1).split("/", 2)[0])
                .distinct()
                .toList();
    }

    @Override
    public void rename(String from, String to) throws IOException {
        if (exists(to)) {
            throw new FileAlreadyExistsException(to);
        }
        for (String file : List.copyOf(files.keySet())) {
            if (file.startsWith(from + "/")) {
                String renamed = to + file.substring(from.length());
                files.put(renamed, get(file));
                files.remove(file);
                if (durable.remove(file)) {
                    durable.add(renamed);
                }
            }
        }
    }

    @Override
    public void delete(String path) {
        files.keySet().removeIf(file -> file.equals(path) || file.startsWith(path + "/"));
    }
}
