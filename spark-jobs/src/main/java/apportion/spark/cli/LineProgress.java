package apportion.spark.cli;

import apportion.spark.progress.Progress;
import java.io.PrintStream;
import java.util.Locale;
import java.util.concurrent.TimeUnit;
import java.util.function.LongSupplier;

/** A line at the beginning, then every few seconds, and one at the end: for log files. */
final class LineProgress implements Progress {

    private static final long BETWEEN_LINES = TimeUnit.SECONDS.toNanos(5);

    private final PrintStream out;
    private final LongSupplier nanoTime;

    LineProgress(PrintStream out, LongSupplier nanoTime) {
        this.out = out;
        this.nanoTime = nanoTime;
    }

    @Override
    public Task begin(String name, long total) {
        return new Lines(name, total);
    }

    private final class Lines implements Task {

        private final String name;
        private final long total;
        private final long began = nanoTime.getAsLong();
        private long lastLine = began;
        private long done;
        private String note = "";

        Lines(String name, long total) {
            this.name = name;
            this.total = total;
            out.println(name + ": 0 of " + total);
        }

        @Override
        public void step(long amount, String noted) {
            done += amount;
            note = noted;
            long now = nanoTime.getAsLong();
            if (now - lastLine >= BETWEEN_LINES && done < total) {
                lastLine = now;
                long left = Math.round((double) (now - began) / done * (total - done));
                print(now, done == 0 ? "" : ", " + seconds(left) + " left");
            }
        }

        @Override
        public void close() {
            print(nanoTime.getAsLong(), "");
        }

        private void print(long now, String left) {
            String tail = note.isEmpty() ? "" : ", " + note;
            out.println(name + ": " + done + " of " + total + " in " + seconds(now - began) + left + tail);
        }

        private static String seconds(long nanos) {
            return String.format(Locale.ROOT, "%d s", TimeUnit.NANOSECONDS.toSeconds(nanos));
        }
    }
}
