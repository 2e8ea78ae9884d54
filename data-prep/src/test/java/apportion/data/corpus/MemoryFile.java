package apportion.data.corpus;

import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/** A file in memory. */
final class MemoryFile implements CorpusFile {

    private final String name;
    private final byte[] bytes;

    private MemoryFile(String name, byte[] bytes) {
        this.name = name;
        this.bytes = bytes;
    }

    static MemoryFile of(String text) {
        return of(text.getBytes(StandardCharsets.UTF_8));
    }

    static MemoryFile of(byte[] bytes) {
        return named("memory.txt", bytes);
    }

    static MemoryFile named(String name, byte[] bytes) {
        return new MemoryFile(name, bytes);
    }

    @Override
    public String name() {
        return name;
    }

    @Override
    public InputStream open(long offset) {
        int from = (int) Math.min(offset, bytes.length);
        // Like a stream from a network: it cannot say how much is left.
        return new ByteArrayInputStream(bytes, from, bytes.length - from) {
            @Override
            public synchronized int available() {
                return 0;
            }
        };
    }

    /** What became of the records of a range. */
    List<Reading> read(ByteRange range, DocumentReader.Rules rules) throws IOException {
        List<Reading> readings = new ArrayList<>();
        try (DocumentReader reader = new DocumentReader(this, range, rules)) {
            for (Optional<Reading> next = reader.next(); next.isPresent(); next = reader.next()) {
                readings.add(next.get());
            }
        }
        return readings;
    }
}
