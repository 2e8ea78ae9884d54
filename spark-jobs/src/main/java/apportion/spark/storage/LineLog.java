package apportion.spark.storage;

import java.io.IOException;
import java.io.InputStream;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.StandardOpenOption;
import java.util.ArrayList;
import java.util.List;

/**
 * A file of lines that only grows; each line is on the disk before {@link #append} returns.
 *
 * <p>On {@code file:} a line is appended and synced. Elsewhere the whole file is written anew in place of the old one:
 * an object store cannot append, and HDFS keeps the lease of a killed writer for a minute, in which a restarted run
 * could not. Logs are small, a line for a trial, and there is one writer.
 *
 * <p>A last line without its end was cut off by a crash, or is being written just now: it does not count, and goes when
 * the next line is added. Opening and reading a log never changes it.
 */
public final class LineLog {

    private final Place file;
    private final List<String> lines;
    private boolean isTorn;

    private LineLog(Place file, List<String> lines) {
        this.file = file;
        this.lines = lines;
    }

    static LineLog open(Place file) {
        try {
            LineLog log = new LineLog(file, new ArrayList<>());
            if (file.exists()) {
                log.read();
            }
            return log;
        } catch (IOException e) {
            throw Trouble.reading(file.toString(), e);
        }
    }

    private void read() throws IOException {
        byte[] bytes;
        try (InputStream in = file.files().open(file.path())) {
            bytes = in.readAllBytes();
        }
        String text = new String(bytes, StandardCharsets.UTF_8);
        int end = text.lastIndexOf('\n') + 1;
        text.substring(0, end).lines().forEach(lines::add);
        isTorn = end < text.length();
    }

    /** All lines so far, oldest first. */
    public List<String> lines() {
        return List.copyOf(lines);
    }

    /** Adds a line, which must not contain a line's end. */
    public void append(String line) {
        if (line.indexOf('\n') >= 0) {
            throw new IllegalArgumentException("a line must not contain a line feed, got " + line);
        }
        lines.add(line);
        try {
            if (file.isLocal() && file.exists() && !isTorn) {
                appendLocally(line);
            } else {
                rewrite();
            }
        } catch (IOException e) {
            lines.remove(lines.size() - 1);
            throw Trouble.writing(file.toString(), e);
        }
    }

    private void appendLocally(String line) throws IOException {
        try (FileChannel channel = FileChannel.open(file.local(), StandardOpenOption.WRITE)) {
            long before = channel.size();
            try {
                ByteBuffer bytes = ByteBuffer.wrap((line + "\n").getBytes(StandardCharsets.UTF_8));
                channel.position(before);
                while (bytes.hasRemaining()) {
                    channel.write(bytes);
                }
                channel.force(true);
            } catch (IOException e) {
                // Half a line must not be glued to the next one.
                channel.truncate(before);
                throw e;
            }
        }
    }

    private void rewrite() throws IOException {
        StringBuilder all = new StringBuilder();
        lines.forEach(line -> all.append(line).append('\n'));
        file.writeAtomically(out -> out.write(all.toString().getBytes(StandardCharsets.UTF_8)));
        isTorn = false;
    }
}
