package apportion.spark.dataset;

import apportion.data.pack.Part;
import apportion.spark.dataset.DatasetManifest.PartInfo;
import java.lang.ref.SoftReference;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;

/** Parts that some task of this process has read, for as long as memory lasts. */
public final class PartCache {

    private static final Map<String, SoftReference<Part>> PARTS = new ConcurrentHashMap<>();

    private PartCache() {}

    /** {@link Dataset#read}, once. */
    public static Part read(Dataset dataset, PartInfo part) {
        // The hash names the contents, so that a dataset prepared anew is never mistaken for its predecessor.
        String key = dataset.path() + " " + part.sha256();
        SoftReference<Part> kept = PARTS.get(key);
        Part cached = kept == null ? null : kept.get();
        if (cached == null) {
            cached = dataset.read(part);
            PARTS.put(key, new SoftReference<>(cached));
        }
        return cached;
    }
}
