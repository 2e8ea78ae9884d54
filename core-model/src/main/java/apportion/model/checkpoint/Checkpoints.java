package apportion.model.checkpoint;

import java.io.IOException;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** The checkpoints of one run directory. */
public final class Checkpoints {

    private static final Pattern ROUND = Pattern.compile("round-(\\d{6,18})");
    private static final String UNFINISHED = ".writing-";

    private final CheckpointStore store;
    private final String runDirectory;

    public Checkpoints(CheckpointStore store, String runDirectory) {
        this.store = store;
        this.runDirectory = runDirectory;
    }

    /** Whether something in a run directory is a checkpoint that is being written, or whose writer was killed. */
    public static boolean isUnfinished(String name) {
        return name.startsWith(UNFINISHED);
    }

    /**
     * What a search for the newest usable checkpoint found.
     *
     * @param newest none where the directory has no usable checkpoint; if there are skipped ones all the same, a run
     *     that starts anew loses what it had learned, so ask before doing so
     * @param skipped newer ones that cannot be used, newest first
     */
    public record Search(Optional<Checkpoint> newest, List<Skipped> skipped) {

        public Search {
            skipped = List.copyOf(skipped);
        }
    }

    /** A checkpoint that cannot be used; {@code reason} names the file, what it is and what it must be. */
    public record Skipped(String directory, String reason) {}

    /** Finds the newest checkpoint of which every byte is as it was written; changes nothing. */
    public Search newest() throws IOException {
        List<Skipped> skipped = new ArrayList<>();
        for (long round : rounds()) {
            try {
                return new Search(Optional.of(open(round)), skipped);
            } catch (CheckpointError | IOException e) {
                skipped.add(new Skipped(directory(round), String.valueOf(e.getMessage())));
            }
        }
        return new Search(Optional.empty(), skipped);
    }

    private Checkpoint open(long round) throws IOException {
        Checkpoint checkpoint = Checkpoint.open(store, directory(round));
        if (checkpoint.state().round() != round) {
            throw new CheckpointError(
                    checkpoint.directory(),
                    "holds the state after round " + checkpoint.state().round()
                            + ", but its name says another; give it the name it had");
        }
        return checkpoint;
    }

    /**
     * Writes a checkpoint beside the others and then deletes those of earlier rounds that are too many.
     *
     * <p>Until it has its final name, the others are as they were; if writing fails, they stay so and what was written
     * is deleted, at the latest by the next call. A damaged checkpoint of the same round is replaced.
     *
     * @param keep how many to keep, this one included, at least 1; later rounds are neither counted nor deleted
     * @return where the checkpoint lies
     */
    public String write(CheckpointContents contents, int keep) throws IOException {
        if (keep < 1) {
            throw new IllegalArgumentException("checkpoints to keep must be at least 1, got " + keep);
        }
        long round = contents.state().round();
        deleteUnfinished();
        requireFree(round);
        String unfinished = runDirectory + "/" + UNFINISHED + name(round);
        try {
            CheckpointFiles.write(store, unfinished, contents);
            store.delete(directory(round));
            store.rename(unfinished, directory(round));
        } catch (IOException | RuntimeException e) {
            deleteAfter(e, unfinished);
            throw e;
        }
        deleteOld(round, keep);
        return directory(round);
    }

    private void deleteUnfinished() throws IOException {
        for (String name : store.list(runDirectory)) {
            if (isUnfinished(name)) {
                store.delete(runDirectory + "/" + name);
            }
        }
    }

    private void requireFree(long round) throws IOException {
        if (!store.exists(directory(round))) {
            return;
        }
        try {
            open(round);
        } catch (CheckpointError | IOException damaged) {
            return;
        }
        throw new CheckpointError(
                directory(round),
                "is a whole checkpoint already, and is not overwritten; go on from it, or move it away");
    }

    /** Frees the space, which may be what was missing; the reason for the failure matters more than this one's. */
    private void deleteAfter(Exception failure, String unfinished) {
        try {
            store.delete(unfinished);
        } catch (IOException | RuntimeException e) {
            failure.addSuppressed(e);
        }
    }

    private void deleteOld(long round, int keep) throws IOException {
        List<Long> earlier = rounds().stream().filter(other -> other < round).toList();
        for (long old : earlier.subList(Math.min(keep - 1, earlier.size()), earlier.size())) {
            store.delete(directory(old));
        }
    }

    /** Newest first. */
    private List<Long> rounds() throws IOException {
        List<Long> rounds = new ArrayList<>();
        for (String name : store.list(runDirectory)) {
            Matcher matcher = ROUND.matcher(name);
            if (matcher.matches() && name.equals(name(Long.parseLong(matcher.group(1))))) {
                rounds.add(Long.parseLong(matcher.group(1)));
            }
        }
        rounds.sort(Comparator.reverseOrder());
        return rounds;
    }

    private String directory(long round) {
        return runDirectory + "/" + name(round);
    }

    private static String name(long round) {
        return String.format(Locale.ROOT, "round-%06d", round);
    }
}
