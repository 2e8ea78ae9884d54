package apportion.spark.fuzz;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.fail;

import com.sun.management.ThreadMXBean;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.lang.management.ManagementFactory;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.Base64;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.SplittableRandom;
import java.util.concurrent.TimeUnit;
import java.util.random.RandomGenerator;

/**
 * Feeds a reader with damaged files, the same ones in every run, and says which of them it failed on.
 *
 * @param format what the files are
 * @param refusals what the reader may throw
 * @param named what each of its messages must contain
 * @param files whole ones, which are damaged
 * @param mutations of which one to four damage each input
 * @param allocation bytes that an input may cost, besides {@value #ALLOCATION_PER_BYTE} for each of its own
 */
public record Fuzz(
        String format,
        List<Class<? extends Exception>> refusals,
        String named,
        List<byte[]> files,
        List<Mutation> mutations,
        long allocation) {

    /** Damaged files of each format. */
    public static final int INPUTS = 10_000;

    /** Processor time that one may take; the clock would count what else the machine does. */
    static final long MOST_MILLISECONDS = 1000;

    /** Time on the clock after which a reader that has not returned is taken to hang. */
    static final long HANG_SECONDS = 60;

    static final long ALLOCATION_PER_BYTE = 1000;

    /** What a reader of a few thousand bytes may allocate without anything being wrong. */
    public static final long SMALL = 16 << 20;

    private static final int MOST_FAULTS = 8;
    private static final ThreadMXBean THREADS = (ThreadMXBean) ManagementFactory.getThreadMXBean();

    /** Reads a file to its end. */
    @FunctionalInterface
    public interface Reader {
        void read(byte[] file) throws Exception;
    }

    /** What is wrong with how an input was read; equal ones are one fault. */
    private record Fault(String kind, String text) {}

    /** Reads {@link #INPUTS} damaged files. */
    public void read(Reader reader) {
        files.forEach(file -> {
            try {
                reader.read(file);
            } catch (Exception e) {
                fail(format + ": a whole file cannot be read", e);
            }
        });
        Run run = new Run(reader);
        Thread thread = new Thread(run, "fuzz-" + format);
        thread.setDaemon(true);
        thread.start();
        try {
            while (thread.isAlive()) {
                thread.join(1000);
                run.failIfHanging(thread);
            }
        } catch (InterruptedException e) {
            thread.interrupt();
            throw new IllegalStateException(e);
        }
        run.report();
    }

    /** The input of a number, which depends on the format, the files and the mutations alone. */
    private byte[] input(int number) {
        RandomGenerator random = new SplittableRandom(31L * format.hashCode() + number);
        byte[] input = files.get(random.nextInt(files.size()));
        for (int left = 1 + random.nextInt(4); left > 0; left--) {
            byte[] other = files.get(random.nextInt(files.size()));
            input = mutations.get(random.nextInt(mutations.size())).damaged(input, other, random);
        }
        return input;
    }

    private final class Run implements Runnable {

        private final Reader reader;
        private final Map<String, String> faults = new LinkedHashMap<>();
        private final long began = System.nanoTime();
        private volatile long inputBegan = began;
        private volatile int number;
        private int values;
        private int refused;
        private long slowest;
        private long largest;

        private Run(Reader reader) {
            this.reader = reader;
        }

        @Override
        public void run() {
            for (int next = 0; next < INPUTS && faults.size() < MOST_FAULTS; next++) {
                number = next;
                byte[] input = input(next);
                inputBegan = System.nanoTime();
                fault(input).ifPresent(fault -> faults.computeIfAbsent(fault.kind, kind -> describe(fault, input)));
            }
        }

        private Optional<Fault> fault(byte[] input) {
            long time = THREADS.getCurrentThreadCpuTime();
            long allocated = THREADS.getCurrentThreadAllocatedBytes();
            try {
                reader.read(input);
                values++;
            } catch (Throwable e) { // an error is a fault as well
                refused++;
                Optional<Fault> wrong = wrong(e);
                if (wrong.isPresent()) {
                    return wrong;
                }
            }
            time = TimeUnit.NANOSECONDS.toMillis(THREADS.getCurrentThreadCpuTime() - time);
            allocated = THREADS.getCurrentThreadAllocatedBytes() - allocated;
            slowest = Math.max(slowest, time);
            largest = Math.max(largest, allocated);
            if (time > MOST_MILLISECONDS) {
                return Optional.of(new Fault("slow", "took " + time + " ms"));
            }
            return allocated > allocation + ALLOCATION_PER_BYTE * input.length
                    ? Optional.of(new Fault("large", "allocated " + allocated + " bytes"))
                    : Optional.empty();
        }

        private Optional<Fault> wrong(Throwable e) {
            String message = String.valueOf(e.getMessage());
            if (refusals.stream().noneMatch(kind -> kind.isInstance(e))) {
                String where = Arrays.stream(e.getStackTrace())
                        .filter(frame -> frame.getClassName().startsWith("apportion.")
                                && !frame.getClassName().startsWith(Fuzz.class.getName()))
                        .map(StackTraceElement::toString)
                        .limit(3)
                        .toList()
                        .toString();
                return Optional.of(new Fault(e.getClass() + where, "threw " + cut(e.toString()) + " at " + where));
            }
            if (message.isBlank() || !message.contains(named)) {
                return Optional.of(
                        new Fault("unnamed" + e.getStackTrace()[0], "did not name the file: " + cut(message)));
            }
            return Optional.empty();
        }

        private String cut(String text) {
            return text.length() > 300 ? text.substring(0, 300) + "..." : text;
        }

        private String describe(Fault fault, byte[] input) {
            byte[] smallest = fault.kind.equals("slow") ? input : smallest(fault, input);
            Path file = Path.of("target", "fuzz", format.replaceAll("\\W+", "-") + "-" + number);
            try {
                Files.createDirectories(file.resolveSibling(""));
                Files.write(file, smallest);
            } catch (IOException e) {
                throw new UncheckedIOException(e);
            }
            String shown = Base64.getEncoder().encodeToString(Arrays.copyOf(smallest, Math.min(200, smallest.length)));
            return "input " + number + " " + fault.text + "\n    " + smallest.length + " bytes in " + file + ": "
                    + shown;
        }

        /** Leaves out what the fault does not need, for as long as a few hundred tries bring something. */
        private byte[] smallest(Fault fault, byte[] input) {
            byte[] smallest = input;
            int tries = 300;
            for (int piece = Math.max(1, input.length / 2); piece > 0 && tries > 0; piece /= 2) {
                for (int from = 0; from + piece <= smallest.length && tries > 0; tries--) {
                    byte[] less = new byte[smallest.length - piece];
                    System.arraycopy(smallest, 0, less, 0, from);
                    System.arraycopy(smallest, from + piece, less, from, less.length - from);
                    if (fault(less)
                            .filter(found -> found.kind.equals(fault.kind))
                            .isPresent()) {
                        smallest = less;
                    } else {
                        from += piece;
                    }
                }
            }
            return smallest;
        }

        private void failIfHanging(Thread thread) {
            if (thread.isAlive() && System.nanoTime() - inputBegan > TimeUnit.SECONDS.toNanos(HANG_SECONDS)) {
                fail(describe(new Fault("slow", "hangs at " + Arrays.toString(thread.getStackTrace())), input(number)));
            }
        }

        private void report() {
            String summary = String.format(
                    Locale.ROOT,
                    "fuzz %s: %d inputs, %d read, %d refused, slowest %d ms, largest %d KiB, %.1f s in all",
                    format,
                    values + refused,
                    values,
                    refused,
                    slowest,
                    largest >> 10,
                    (System.nanoTime() - began) / 1e9);
            System.out.println(summary);
            assertThat(faults.values())
                    .as(summary + "; a fault is replayed by running its test again")
                    .isEmpty();
            assertThat(Math.min(values, refused))
                    .as(summary + ": damage that is always refused, or never, finds nothing")
                    .isGreaterThan(INPUTS / 200);
        }
    }
}
