package apportion.spark.dataset;

import apportion.data.pack.Part;
import apportion.spark.dataset.DatasetManifest.PartInfo;
import java.lang.ref.SoftReference;
import java.util.HashMap;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.concurrent.Executor;
import java.util.concurrent.Executors;

/** Parts that some task of this process has read, for as long as memory lasts. */
public final class PartCache {

    private static final Map<String, SoftReference<CompletableFuture<Part>>> PARTS = new HashMap<>();

    private static final Executor BACKGROUND = Executors.newSingleThreadExecutor(task -> {
        Thread thread = new Thread(task, "part-prefetch");
        thread.setDaemon(true);
        return thread;
    });

    private PartCache() {}

    /** {@link Dataset#read}, once; whoever asks while it is being read waits for the same. */
    public static Part read(Dataset dataset, PartInfo part) {
        try {
            return begun(dataset, part, Runnable::run).join();
        } catch (CompletionException e) {
            if (e.getCause() instanceof RuntimeException known) {
                throw known;
            }
            throw e;
        }
    }

    /** Begins to read a part that will be asked for soon. */
    @SuppressWarnings("FutureReturnValueIgnored") // what goes wrong is told to whoever asks for the part
    public static void prefetch(Dataset dataset, PartInfo part) {
        begun(dataset, part, BACKGROUND);
    }

    private static CompletableFuture<Part> begun(Dataset dataset, PartInfo part, Executor reader) {
        // The hash names the contents, so that a dataset prepared anew is never mistaken for its predecessor.
        String key = dataset.path() + " " + part.sha256();
        CompletableFuture<Part> mine = new CompletableFuture<>();
        synchronized (PARTS) {
            SoftReference<CompletableFuture<Part>> kept = PARTS.get(key);
            CompletableFuture<Part> known = kept == null ? null : kept.get();
            if (known != null && !known.isCompletedExceptionally()) {
                return known;
            }
            PARTS.put(key, new SoftReference<>(mine));
        }
        reader.execute(() -> read(dataset, part, mine));
        return mine;
    }

    private static void read(Dataset dataset, PartInfo part, CompletableFuture<Part> into) {
        try {
            into.complete(dataset.read(part));
        } catch (Throwable e) { // whoever waits for it would wait for ever
            into.completeExceptionally(e);
        }
    }
}
