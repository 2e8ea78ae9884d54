package apportion.spark.storage;

import java.io.FileNotFoundException;
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
 * <p>On {@code file:} a line is appended and synced. Elsewhere nothing is appended to: an object store cannot, and HDFS
 * keeps the lease of a killed writer for a minute, in which a restarted run could not. A small file is written anew in
 * place of the old one. Once it is not small, a line is a file in a hidden directory beside it; {@value #MERGED} of
 * those become one, and all of them join the file when they have as many bytes as it has, or at {@link #merge}. So the
 * bytes that are written grow with those of the log, and {@link #lines} has every line at any time. There is one
 * writer.
 *
 * <p>A last line without its end was cut off by a crash, or is being written just now: it does not count, and goes when
 * the next line is added. Opening and reading a log never changes it.
 */
public final class LineLog {

    /** Bytes of a file that is written anew for a line. */
    private static final int SMALL = 1 << 14;

    /** Lines that lie in files of their own, at most. */
    private static final int MERGED = 64;

    /** How often a log is read again that another process is merging just then. */
    private static final int TRIES = 5;

    private final Place file;
    private final LineParts parts;
    private final List<String> lines = new ArrayList<>();
    private boolean isTorn;
    private boolean hasParts;
    /** Bytes of the file itself, and those of the parts. */
    private long inFile;

    private long inParts;
    /** How many lines the file itself has. */
    private int merged;
    /** The first line that lies in a file of its own. */
    private int single;

    private LineLog(Place file) {
        this.file = file;
        this.parts = new LineParts(file);
    }

    static LineLog open(Place file) {
        try {
            LineLog log = new LineLog(file);
            log.read();
            return log;
        } catch (IOException e) {
            throw Trouble.reading(file.toString(), e);
        }
    }

    private void read() throws IOException {
        for (int tries = 1; !isRead(); tries++) {
            if (tries == TRIES) {
                throw new IOException("lines are missing between the file and those in the hidden directory beside it");
            }
        }
    }

    /** Parts first: what a writer merges meanwhile is then found in the file. Whether no line is missing. */
    private boolean isRead() throws IOException {
        List<LineParts.Part> newer;
        try {
            newer = file.isLocal() ? List.of() : parts.read();
        } catch (FileNotFoundException e) {
            return false;
        }
        lines.clear();
        readFile();
        for (LineParts.Part part : newer) {
            if (part.from() > lines.size()) {
                return false;
            }
            if (part.end() > lines.size()) {
                List<String> more = part.lines()
                        .subList(lines.size() - part.from(), part.lines().size());
                lines.addAll(more);
                inParts += LineParts.text(more).length;
            }
        }
        single = lines.size();
        hasParts = !newer.isEmpty();
        return true;
    }

    private void readFile() throws IOException {
        byte[] bytes = new byte[0];
        if (file.exists()) {
            try (InputStream in = file.files().open(file.path())) {
                bytes = in.readAllBytes();
            }
        }
        String text = new String(bytes, StandardCharsets.UTF_8);
        int end = text.lastIndexOf('\n') + 1;
        text.substring(0, end).lines().forEach(lines::add);
        isTorn = end < text.length();
        inFile = bytes.length;
        inParts = 0;
        merged = lines.size();
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
            } else if (file.isLocal() || isTorn || inFile + inParts < SMALL) {
                rewrite();
            } else {
                appendPart(line);
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

    private void appendPart(String line) throws IOException {
        hasParts = true;
        parts.write(lines.size() - 1, List.of(line));
        inParts += LineParts.text(List.of(line)).length;
        if (inParts >= inFile) {
            rewrite();
        } else if (lines.size() - single == MERGED) {
            parts.write(single, lines.subList(single, lines.size()));
            single = lines.size();
        }
    }

    /** Brings all lines into the file, for whoever reads it without this class. */
    public void merge() {
        if (merged < lines.size()) {
            keep(lines.size());
        }
    }

    /** Keeps the first lines and drops the others. */
    public void keep(int count) {
        try {
            parts.deleteFrom(count);
            lines.subList(count, lines.size()).clear();
            rewrite();
        } catch (IOException e) {
            throw Trouble.writing(file.toString(), e);
        }
    }

    private void rewrite() throws IOException {
        byte[] all = LineParts.text(lines);
        file.writeAtomically(out -> out.write(all));
        isTorn = false;
        inFile = all.length;
        merged = lines.size();
        if (hasParts) {
            parts.deleteAll();
            hasParts = false;
        }
        inParts = 0;
        single = lines.size();
    }
}
