package apportion.spark.storage;

import apportion.spark.failure.Failure;
import java.io.FileNotFoundException;
import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.Optional;
import java.util.Set;
import java.util.UUID;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.Executors;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.ScheduledFuture;
import java.util.concurrent.TimeUnit;
import org.apache.hadoop.fs.FSDataOutputStream;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * A hold on a file system that has no locks: a file that only one process can create, and beside it an empty file that
 * its owner creates anew every few seconds. Time is the file system's: two such files tell how long ago one was made.
 *
 * <p>A lease whose owner has ended, or has not renewed it for too long, is taken away by giving it another name, which
 * only one process can. That one looks whether it has what it meant to take, and gives back another's. Its owner finds
 * that out before it writes further, unless it is held up between looking and writing for longer than a lease lasts.
 *
 * <p>An object store creates a file though another does so at the same moment; the last one wins. Each reads what is
 * there after a while, so that both go on only where one was held up in between.
 */
final class Lease implements Hold {

    private static final Logger LOG = LoggerFactory.getLogger(Lease.class);
    /** Tokens of this process's leases: one that is not here was left by a run of it that has ended. */
    private static final Set<String> HELD = ConcurrentHashMap.newKeySet();

    private static final Duration SETTLING = Duration.ofMillis(500);
    private static final Duration MOMENT = Duration.ofMillis(100);
    /** How often a lease is looked for that another process may be about to give back. */
    private static final int LOOKS = 10;

    private static final String TAKEN = "-taken";

    /**
     * How long things last.
     *
     * @param expiry without a renewal until others may take the lease
     * @param beat between two renewals
     * @param look between two looks at another's lease
     */
    record Timing(Duration expiry, Duration beat, Duration look) {

        static final Timing DEFAULT = new Timing(Duration.ofSeconds(60), Duration.ofSeconds(5), Duration.ofSeconds(1));
    }

    /** Another's lease: what it says, and when it was renewed by the file system's clock. */
    private record Seen(String content, long renewed, Duration age) {

        private String line(int number) {
            return content.lines().skip(number).findFirst().orElse("");
        }

        String token() {
            return line(0);
        }

        String identity() {
            return line(1);
        }

        String name() {
            return line(2);
        }

        boolean isOver(Duration expiry) {
            boolean isMine = identity().equals(ThisProcess.identity());
            return age.compareTo(expiry) > 0 || (isMine ? !HELD.contains(token()) : ThisProcess.hasEnded(identity()));
        }
    }

    private final Place output;
    private final Place file;
    private final Timing timing;
    private final String token = UUID.randomUUID().toString();
    private final String content = token + "\n" + ThisProcess.identity() + "\n" + ThisProcess.name() + "\n";
    private final ScheduledExecutorService timer = Executors.newSingleThreadScheduledExecutor(run -> {
        Thread thread = new Thread(run, "lease");
        thread.setDaemon(true);
        return thread;
    });
    private volatile boolean lost;
    /** By {@link System#nanoTime}. */
    private volatile long verified;

    private Lease(Place output, Place file, Timing timing) {
        this.output = output;
        this.file = file;
        this.timing = timing;
    }

    /** Takes the lease, if need be after waiting whether another's will be renewed. */
    static Lease take(Place output, Place file, Timing timing) throws IOException {
        Lease lease = new Lease(output, file, timing);
        HELD.add(lease.token);
        boolean done = false;
        try {
            lease.take();
            done = true;
            return lease;
        } finally {
            if (!done) {
                HELD.remove(lease.token);
                lease.timer.shutdownNow();
                lease.beatOf(lease.token).delete();
            }
        }
    }

    private void take() throws IOException {
        long start = System.nanoTime();
        Optional<Seen> before = Optional.empty();
        while (!create()) {
            Optional<Seen> seen = look();
            if (seen.isEmpty()) {
                pause(MOMENT);
            } else if (seen.get().isOver(timing.expiry())) {
                remove(seen.get());
            } else if (isAlive(before, seen.get())
                    || System.nanoTime() - start > 3 * timing.expiry().toNanos()) {
                throw Hold.inUse(output, seen.get().name());
            } else {
                if (before.isEmpty()) {
                    LOG.warn(
                            "{} was in use by {}; waiting whether it still is",
                            output,
                            seen.get().name());
                }
                before = seen;
                pause(timing.look());
            }
        }
        verified = System.nanoTime();
        ScheduledFuture<?> unused = timer.scheduleWithFixedDelay(
                this::renew, timing.beat().toMillis(), timing.beat().toMillis(), TimeUnit.MILLISECONDS);
    }

    /** Whether it was renewed meanwhile, or is another one. */
    private static boolean isAlive(Optional<Seen> before, Seen seen) {
        return before.isPresent()
                && (!before.get().token().equals(seen.token()) || before.get().renewed() != seen.renewed());
    }

    /** Whether the lease is now this one's. */
    private boolean create() throws IOException {
        beat();
        FSDataOutputStream out;
        try {
            out = file.files().create(file.path(), false);
        } catch (IOException e) {
            // File systems say in different ways that it is there, and may refuse because it is just being written.
            if (file.exists()) {
                return false;
            }
            throw e;
        }
        try {
            out.write(content.getBytes(StandardCharsets.UTF_8));
            file.sync(out);
            out.close();
        } catch (IOException e) {
            Place.abandon(out);
            file.delete();
            throw e;
        }
        if (file.isObjectStore()) {
            pause(SETTLING);
        }
        return isMine();
    }

    private void beat() throws IOException {
        Place beat = beatOf(token);
        beat.files().create(beat.path(), true).close();
    }

    private Place beatOf(String owner) {
        return file.sibling(file.path().getName() + "-" + owner);
    }

    private boolean isMine() throws IOException {
        return content().equals(Optional.of(content));
    }

    private Optional<String> content() throws IOException {
        return contentOf(file);
    }

    private static Optional<String> contentOf(Place file) throws IOException {
        try (InputStream in = file.files().open(file.path())) {
            return Optional.of(new String(in.readAllBytes(), StandardCharsets.UTF_8));
        } catch (FileNotFoundException e) {
            return Optional.empty();
        }
    }

    private Optional<Seen> look() throws IOException {
        Optional<String> theirs = content();
        if (theirs.isEmpty() || theirs.get().equals(content)) {
            return Optional.empty();
        }
        String owner = theirs.get().lines().findFirst().orElse("");
        beat();
        Optional<Long> now = time(beatOf(token));
        // Without a beat it was not yet whole, or its owner is just giving it up.
        Optional<Long> renewed = owner.isEmpty() ? Optional.empty() : time(beatOf(owner));
        renewed = renewed.isPresent() ? renewed : time(file);
        if (now.isEmpty() || renewed.isEmpty()) {
            return Optional.empty();
        }
        return Optional.of(new Seen(theirs.get(), renewed.get(), Duration.ofMillis(now.get() - renewed.get())));
    }

    private static Optional<Long> time(Place file) throws IOException {
        try {
            return Optional.of(file.files().getFileStatus(file.path()).getModificationTime());
        } catch (FileNotFoundException e) {
            return Optional.empty();
        }
    }

    private void remove(Seen seen) throws IOException {
        Place taken = file.sibling(beatOf(token).path().getName() + TAKEN);
        if (!renamed(file, taken)) {
            return;
        }
        if (contentOf(taken).equals(Optional.of(seen.content()))) {
            LOG.info("{}: the lease of {} is over", output, seen.name());
            taken.delete();
            if (!seen.token().isEmpty()) {
                beatOf(seen.token()).delete();
            }
        } else if (!renamed(taken, file)) {
            // A third process has created it meanwhile; the owner of the other finds that out.
            taken.delete();
        }
    }

    private static boolean renamed(Place from, Place to) throws IOException {
        try {
            return from.files().rename(from.path(), to.path());
        } catch (FileNotFoundException e) {
            return false;
        }
    }

    private static void pause(Duration duration) throws IOException {
        try {
            Thread.sleep(duration.toMillis());
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new IOException("interrupted while waiting for a lease", e);
        }
    }

    private void renew() {
        try {
            beat();
            verify();
        } catch (IOException e) {
            // Whoever wants to write next hears of it.
            LOG.debug("{}: the lease could not be renewed", output, e);
        }
    }

    private synchronized void verify() throws IOException {
        boolean isMine = isMine();
        for (int look = 1; look < LOOKS && !isMine; look++) {
            pause(MOMENT);
            isMine = isMine();
        }
        lost = lost || !isMine;
        verified = System.nanoTime();
    }

    @Override
    public void require() {
        try {
            if (!lost && System.nanoTime() - verified > 2 * timing.beat().toNanos()) {
                beat();
                verify();
            }
            if (lost) {
                throw lost();
            }
        } catch (IOException e) {
            throw Trouble.writing(file.toString(), e);
        }
    }

    private Failure lost() throws IOException {
        Optional<String> now = content();
        return new Failure(
                now.isPresent()
                        ? output + " was taken over by another process ("
                                + now.get().lines().skip(2).findFirst().orElse("")
                                + ") after this one had been silent for "
                                + timing.expiry().toSeconds() + " s; nothing more is written here"
                        : output + " was deleted or moved while it was being written (" + file
                                + " is gone); start the same command again");
    }

    @Override
    public void close() {
        HELD.remove(token);
        timer.shutdownNow();
        try {
            // A renewal under way would make its file again.
            boolean unused = timer.awaitTermination(timing.beat().toMillis(), TimeUnit.MILLISECONDS);
            if (isMine()) {
                file.delete();
            }
            beatOf(token).delete();
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        } catch (IOException e) {
            // It ends by itself, and the next process removes it.
            LOG.debug("{}: the lease could not be given up", output, e);
        }
    }
}
