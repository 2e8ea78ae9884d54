package apportion.spark.dataset;

import apportion.data.pack.Part;
import apportion.data.pack.Split;
import apportion.spark.dataset.DatasetManifest.PartInfo;
import apportion.spark.storage.Storage;
import apportion.spark.storage.Written;
import java.util.Locale;

/** Writes parts, each whole or not at all, so that a task may be run twice. */
public final class PartWriter {

    private PartWriter() {}

    /** Writes part number {@code number} of a split into a dataset's directory. */
    public static PartInfo write(Storage storage, String directory, Split split, int number, Part part) {
        String file = String.format(Locale.ROOT, "%s/%s-%05d.parquet", split.label(), split.label(), number);
        byte[] bytes = PartFile.write(part);
        Written written = storage.writeAtomically(Storage.child(directory, file), out -> out.write(bytes));
        long tokens = part.rows().stream().mapToLong(row -> row.length).sum();
        return new PartInfo(file, part.rows().size(), tokens, written.bytes(), written.sha256());
    }
}
