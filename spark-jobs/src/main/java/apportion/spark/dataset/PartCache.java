package apportion.spark.dataset;

import apportion.data.pack.Part;
import apportion.spark.dataset.DatasetManifest.PartInfo;
import java.lang.ref.Reference;
import java.lang.ref.ReferenceQueue;
import java.lang.ref.SoftReference;
import java.util.HashMap;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.concurrent.Executor;
import java.util.concurrent.Executors;

/** Parts that some task of this process has read, for as long as memory lasts. */
public final class PartCache {

    private static final Map<String, Kept> PARTS = new HashMap<>();
    private static final ReferenceQueue<CompletableFuture<Part>> CLEARED = new ReferenceQueue<>();

    /** A part, and where it is kept for as long as it is. */
    private static final class Kept extends SoftReference<CompletableFuture<Part>> {

        private final String key;

        Kept(String key, CompletableFuture<Part> part) {
            super(part, CLEARED);
            this.key = key;
        }
    }

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
            removeCleared();
            Kept kept = PARTS.get(key);
            CompletableFuture<Part> known = kept == null ? null : kept.get();
            if (known != null && !known.isCompletedExceptionally()) {
                return known;
            }
            PARTS.put(key, new Kept(key, mine));
        }
        reader.execute(() -> read(dataset, part, mine));
        return mine;
    }

    /** A name of a part that memory did not last for; a newer part of that name stays. */
    private static void removeCleared() {
        for (Reference<?> cleared = CLEARED.poll(); cleared != null; cleared = CLEARED.poll()) {
            if (cleared instanceof Kept kept) {
                PARTS.remove(kept.key, kept);
            }
        }
    }

    /** How many names it holds. */
    static int size() {
        synchronized (PARTS) {
            removeCleared();
            return PARTS.size();
        }
    }

    private static void read(Dataset dataset, PartInfo part, CompletableFuture<Part> into) {
        try {
            into.complete(dataset.read(part));
        } catch (Throwable e) { // whoever waits for it would wait for ever
            into.completeExceptionally(e);
        }
    }
}
