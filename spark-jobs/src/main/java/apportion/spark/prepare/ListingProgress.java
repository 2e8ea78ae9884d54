package apportion.spark.prepare;

import apportion.spark.progress.Progress;
import java.util.Optional;
import java.util.function.IntConsumer;

/** Shows that files are being listed, once they are many. */
final class ListingProgress implements IntConsumer, AutoCloseable {

    private static final int MANY = 1_000;

    private final Progress progress;
    private Optional<Progress.Task> task = Optional.empty();

    ListingProgress(Progress progress) {
        this.progress = progress;
    }

    @Override
    public void accept(int files) {
        if (files % MANY == 0) {
            Progress.Task shown = task.orElseGet(() -> progress.begin("list files", 1));
            shown.step(0, files + " files");
            task = Optional.of(shown);
        }
    }

    @Override
    public void close() {
        task.ifPresent(shown -> {
            shown.step(1, "");
            shown.close();
        });
    }
}
