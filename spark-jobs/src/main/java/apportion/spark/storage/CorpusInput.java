package apportion.spark.storage;

import apportion.data.corpus.CorpusFile;
import java.io.IOException;
import java.io.InputStream;
import org.apache.hadoop.fs.FSDataInputStream;

/**
 * A file of a corpus on any file system, which can be opened in its middle.
 *
 * @param name how messages and manifests call it
 */
public record CorpusInput(Storage storage, String path, String name) implements CorpusFile {

    @Override
    public InputStream open(long offset) {
        Place place = storage.place(path);
        try {
            FSDataInputStream in = place.files().open(place.path());
            in.seek(offset);
            return in;
        } catch (IOException e) {
            throw Trouble.reading(path, e);
        }
    }
}
