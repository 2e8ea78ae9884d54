package apportion.data.corpus;

import java.io.IOException;
import java.io.InputStream;

/** A file wherever it lies; implementations know the file system. */
public interface CorpusFile {

    /** How messages and documents call it. */
    String name();

    /** Its bytes from an offset on. */
    InputStream open(long offset) throws IOException;
}
