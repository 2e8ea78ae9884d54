package apportion.spark.storage;

import apportion.spark.failure.UserError;
import java.io.IOException;
import java.util.ArrayDeque;
import java.util.Collection;
import java.util.Comparator;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Queue;
import java.util.Set;
import java.util.TreeMap;
import java.util.function.IntConsumer;
import org.apache.hadoop.conf.Configuration;
import org.apache.hadoop.fs.GlobExpander;
import org.apache.hadoop.fs.GlobPattern;
import org.apache.hadoop.fs.Path;

/**
 * Finds the files that inputs name. An input is a file, a directory (with all that lies beneath) or a glob, whose
 * {@code *}, {@code ?}, {@code [...]} and {@code {...}} match within a name and whose {@code **} matches any number of
 * directories. Names that begin with {@code .} or {@code _} count only where the input spells that character.
 *
 * <p>A file is found once, however many inputs and symbolic links lead to it; so is a directory, so that a link to a
 * directory above it ends.
 */
final class InputFiles {

    private static final String ANY_DEPTH = "**";

    private final Configuration hadoop;
    private final IntConsumer progress;
    private final TreeMap<String, Entry> found = new TreeMap<>();
    /** The directories that were listed, and by which part of which input. */
    private final Set<List<Object>> seen = new HashSet<>();
    /** Directories behind links, to be listed last. */
    private final Queue<Entry> links = new ArrayDeque<>();

    private int matches;

    /** @param progress is told how many files were found so far */
    InputFiles(Configuration hadoop, IntConsumer progress) {
        this.hadoop = hadoop;
        this.progress = progress;
    }

    List<StoredFile> of(Collection<String> inputs) {
        for (String input : inputs) {
            matches = 0;
            seen.clear();
            find(input);
            if (matches == 0) {
                throw new UserError(
                        input + " names no file; give a file, a directory with files, or a glob that matches");
            }
        }
        return eachOnce();
    }

    /** Of several paths to one file its own, or the first. */
    private List<StoredFile> eachOnce() {
        Map<String, String> path = new HashMap<>();
        found.forEach((name, entry) ->
                path.merge(entry.real(), name, (first, other) -> other.equals(entry.real()) ? other : first));
        return found.entrySet().stream()
                .filter(each -> each.getKey().equals(path.get(each.getValue().real())))
                .map(each -> new StoredFile(each.getKey(), each.getValue().bytes()))
                .toList();
    }

    private void find(String input) {
        Place place = Place.of(input, hadoop);
        FileNames.refuseUnlessUnicode(place);
        Directories directories = Directories.of(place.files());
        try {
            // A name with brackets in it is a name first and a glob second.
            Optional<Entry> literal = directories.find(place.path());
            if (literal.isPresent()) {
                add(directories, literal.get());
            } else {
                Optional<Entry> root = directories.find(new Path(place.path(), "/"));
                for (String pattern : GlobExpander.expand(place.path().toUri().getPath())) {
                    match(directories, root.orElseThrow(), List.of(pattern.split("/")), 1);
                }
            }
            for (Entry link = links.poll(); link != null; link = links.poll()) {
                addBeneath(directories, link);
            }
        } catch (IOException e) {
            throw Trouble.reading(input, e);
        } catch (InvalidGlob e) {
            throw new UserError(
                    input + " names no file and is not a valid glob (" + e.getMessage()
                            + "); put a backslash before a bracket or brace that is meant literally",
                    e);
        }
    }

    private void add(Directories directories, Entry entry) throws IOException {
        if (!entry.isDirectory()) {
            matches++;
            found.put(entry.path().toString(), entry);
            progress.accept(found.size());
        } else if (entry.isLinked()) {
            // Later, so that files have their own paths rather than those that links give them.
            links.add(entry);
        } else {
            addBeneath(directories, entry);
        }
    }

    private void addBeneath(Directories directories, Entry directory) throws IOException {
        for (Entry child : listed(directories, directory, ANY_DEPTH)) {
            if (!child.isHidden()) {
                add(directories, child);
            }
        }
    }

    /** What lies in a directory, links last; nothing if it was listed before. */
    private List<Entry> listed(Directories directories, Entry directory, Object by) throws IOException {
        if (!seen.add(List.of(directory.real(), by))) {
            return List.of();
        }
        return directories.children(directory).stream()
                .sorted(Comparator.comparing(Entry::isLinked).thenComparing(Entry::name))
                .toList();
    }

    /** Adds what a pattern's names from the given one on match in a directory. */
    private void match(Directories directories, Entry directory, List<String> pattern, int next) throws IOException {
        if (next == pattern.size()) {
            add(directories, directory);
        } else if (directory.isDirectory()) {
            matchWithin(directories, directory, pattern, next);
        }
    }

    private void matchWithin(Directories directories, Entry directory, List<String> pattern, int next)
            throws IOException {
        String name = pattern.get(next);
        boolean anyDepth = name.equals(ANY_DEPTH);
        GlobPattern glob = glob(name);
        if (anyDepth) {
            match(directories, directory, pattern, next + 1);
        } else if (!glob.hasWildcard()) {
            Optional<Entry> child = directories.find(directory.child(name.replaceAll("\\\\(.)", "$1")));
            if (child.isPresent()) {
                match(directories, child.get(), pattern, next + 1);
            }
            return;
        }
        for (Entry child : listed(directories, directory, pattern.subList(next, pattern.size()))) {
            if (anyDepth && child.isDirectory() && !child.isHidden()) {
                match(directories, child, pattern, next);
            } else if (!anyDepth && glob.matches(child.name()) && (!child.isHidden() || spells(name, child))) {
                match(directories, child, pattern, next + 1);
            }
        }
    }

    private static boolean spells(String pattern, Entry hidden) {
        return pattern.charAt(0) == hidden.name().charAt(0);
    }

    private static GlobPattern glob(String name) {
        try {
            return new GlobPattern(name);
        } catch (RuntimeException e) {
            // The exception's own type is one that Hadoop has moved into its jar.
            throw new InvalidGlob(e);
        }
    }

    private static final class InvalidGlob extends RuntimeException {

        InvalidGlob(RuntimeException cause) {
            super(cause.getMessage(), cause);
        }
    }

    /**
     * A file or a directory.
     *
     * @param path with its scheme
     * @param real the path behind all symbolic links
     * @param bytes a file's length
     */
    record Entry(Path path, String real, boolean isDirectory, long bytes) {

        String name() {
            return path.getName();
        }

        boolean isLinked() {
            return !path.toString().equals(real);
        }

        boolean isHidden() {
            return Storage.isHidden(name());
        }

        /** Literally: neither a colon nor a bracket in the name means anything. */
        Path child(String name) {
            String inside = path.toUri().getPath();
            return new Path(
                    path.toUri().getScheme(),
                    path.toUri().getAuthority(),
                    inside.endsWith("/") ? inside + name : inside + "/" + name);
        }
    }
}
