package apportion.spark.storage;

import java.io.FileNotFoundException;
import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Locale;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.apache.hadoop.fs.FileStatus;

/** The newest lines of a {@link LineLog}, in files of a hidden directory that are never changed. */
final class LineParts {

    /** The lines that a part holds, from one to before another, counted from 0. */
    private static final Pattern NAME = Pattern.compile("(\\d{9})-(\\d{9})");

    private final Place directory;

    LineParts(Place log) {
        this.directory = log.beside(".parts");
    }

    /** Lines of a part. */
    record Part(int from, List<String> lines) {

        int end() {
            return from + lines.size();
        }
    }

    private record Named(int from, int end) {

        static List<Named> of(FileStatus file) {
            Matcher name = NAME.matcher(file.getPath().getName());
            return name.matches()
                    ? List.of(new Named(Integer.parseInt(name.group(1)), Integer.parseInt(name.group(2))))
                    : List.of();
        }

        String name() {
            return String.format(Locale.ROOT, "%09d-%09d", from, end);
        }
    }

    /** In the order of their lines; of two that begin with the same line, the longer one first. */
    private List<Named> names() throws IOException {
        List<Named> names = new ArrayList<>();
        try {
            for (FileStatus file : directory.files().listStatus(directory.path())) {
                names.addAll(Named.of(file));
            }
        } catch (FileNotFoundException e) {
            return List.of();
        }
        names.sort(Comparator.comparingInt(Named::from)
                .thenComparing(Comparator.comparingInt(Named::end).reversed()));
        return names;
    }

    /**
     * All parts.
     *
     * @throws FileNotFoundException if a writer merged one meanwhile
     */
    List<Part> read() throws IOException {
        List<Part> parts = new ArrayList<>();
        int end = 0;
        for (Named named : names()) {
            // A part of parts that were merged need not be read.
            if (named.end > end) {
                Place file = directory.child(named.name());
                try (InputStream in = file.files().open(file.path())) {
                    String text = new String(in.readAllBytes(), StandardCharsets.UTF_8);
                    parts.add(new Part(named.from, text.lines().toList()));
                }
                end = named.end;
            }
        }
        return parts;
    }

    /** Writes lines as a part, and deletes those that it makes superfluous. */
    void write(int from, List<String> lines) throws IOException {
        Named part = new Named(from, from + lines.size());
        directory.child(part.name()).writeAtomically(out -> out.write(text(lines)));
        if (lines.size() > 1) {
            for (Named named : names()) {
                if (named.from >= part.from && named.end <= part.end && !named.equals(part)) {
                    directory.child(named.name()).delete();
                }
            }
        }
    }

    /**
     * Deletes the parts whose lines all lie behind so many, the last first: whatever is left is the log's beginning.
     */
    void deleteFrom(int line) throws IOException {
        List<Named> names = new ArrayList<>(names());
        names.sort(Comparator.comparingInt(Named::from).reversed());
        for (Named named : names) {
            if (named.from >= line) {
                directory.child(named.name()).delete();
            }
        }
    }

    void deleteAll() throws IOException {
        directory.delete();
    }

    static byte[] text(List<String> lines) {
        StringBuilder all = new StringBuilder();
        lines.forEach(line -> all.append(line).append('\n'));
        return all.toString().getBytes(StandardCharsets.UTF_8);
    }
}
