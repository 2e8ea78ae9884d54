package apportion.spark.cli;

import apportion.spark.progress.Progress;
import java.io.PrintStream;
import me.tongfei.progressbar.ConsoleProgressBarConsumer;
import me.tongfei.progressbar.ProgressBar;
import me.tongfei.progressbar.ProgressBarBuilder;
import me.tongfei.progressbar.ProgressBarStyle;

/** A bar with the time left, drawn over itself on a terminal. */
final class BarProgress implements Progress {

    private static final int MILLISECONDS = 250;

    private final PrintStream terminal;

    BarProgress(PrintStream terminal) {
        this.terminal = terminal;
    }

    @Override
    public Task begin(String name, long total) {
        ProgressBar bar = new ProgressBarBuilder()
                .setTaskName(name)
                .setInitialMax(total)
                .setStyle(ProgressBarStyle.ASCII)
                .setUpdateIntervalMillis(MILLISECONDS)
                .setConsumer(new ConsoleProgressBarConsumer(terminal))
                .build();
        return new Task() {
            @Override
            public void step(long amount, String note) {
                bar.stepBy(amount).setExtraMessage(note);
            }

            @Override
            public void close() {
                bar.close();
            }
        };
    }
}
