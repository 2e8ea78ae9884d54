package apportion.spark.storage;

import apportion.data.corpus.CorpusFile;
import java.io.FilterInputStream;
import java.io.IOException;
import java.io.InputStream;
import org.apache.hadoop.fs.FSDataInputStream;
import org.apache.parquet.io.DelegatingSeekableInputStream;
import org.apache.parquet.io.InputFile;
import org.apache.parquet.io.SeekableInputStream;

/**
 * A file of a corpus on any file system, which can be opened in its middle.
 *
 * @param path taken literally, whatever characters are in it
 * @param name how messages and manifests call it
 */
public record CorpusInput(Storage storage, String path, String name) implements CorpusFile, InputFile {

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

    @Override
    public long getLength() {
        Place place = storage.place(path);
        try {
            return place.files().getFileStatus(place.path()).getLen();
        } catch (IOException e) {
            throw Trouble.reading(path, e);
        }
    }

    /** Its reads fail as the file system's, so that what else fails is the file's. */
    @Override
    public SeekableInputStream newStream() {
        Place place = storage.place(path);
        try {
            FSDataInputStream in = place.files().open(place.path());
            return new DelegatingSeekableInputStream(new Reads(in, path)) {
                @Override
                public long getPos() throws IOException {
                    return in.getPos();
                }

                @Override
                public void seek(long position) throws IOException {
                    in.seek(position);
                }
            };
        } catch (IOException e) {
            throw Trouble.reading(path, e);
        }
    }

    @Override
    public String toString() {
        return name;
    }

    private static final class Reads extends FilterInputStream {

        private final String path;

        private Reads(InputStream in, String path) {
            super(in);
            this.path = path;
        }

        @Override
        public int read() {
            try {
                return in.read();
            } catch (IOException e) {
                throw Trouble.reading(path, e);
            }
        }

        @Override
        public int read(byte[] out, int from, int most) {
            try {
                return in.read(out, from, most);
            } catch (IOException e) {
                throw Trouble.reading(path, e);
            }
        }
    }
}
