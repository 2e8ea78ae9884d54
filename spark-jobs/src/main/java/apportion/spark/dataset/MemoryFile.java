package apportion.spark.dataset;

import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import org.apache.parquet.io.DelegatingSeekableInputStream;
import org.apache.parquet.io.InputFile;
import org.apache.parquet.io.OutputFile;
import org.apache.parquet.io.PositionOutputStream;
import org.apache.parquet.io.SeekableInputStream;

/** A Parquet file in memory. */
public final class MemoryFile implements InputFile, OutputFile {

    private final ByteArrayOutputStream written = new ByteArrayOutputStream();
    private final byte[] content;

    /** An empty one, to write. */
    public MemoryFile() {
        this(new byte[0]);
    }

    /** One to read. */
    public MemoryFile(byte[] content) {
        this.content = content;
    }

    /** What was written. */
    public byte[] bytes() {
        return written.toByteArray();
    }

    @Override
    public long getLength() {
        return content.length;
    }

    @Override
    public SeekableInputStream newStream() {
        Seekable bytes = new Seekable(content);
        return new DelegatingSeekableInputStream(bytes) {
            @Override
            public long getPos() {
                return bytes.position();
            }

            @Override
            public void seek(long position) {
                bytes.seek(position);
            }
        };
    }

    @Override
    public PositionOutputStream create(long blockSizeHint) {
        return new PositionOutputStream() {
            @Override
            public long getPos() {
                return written.size();
            }

            @Override
            public void write(int value) {
                written.write(value);
            }

            @Override
            public void write(byte[] bytes, int from, int count) throws IOException {
                written.write(bytes, from, count);
            }
        };
    }

    @Override
    public PositionOutputStream createOrOverwrite(long blockSizeHint) {
        written.reset();
        return create(blockSizeHint);
    }

    @Override
    public boolean supportsBlockSize() {
        return false;
    }

    @Override
    public long defaultBlockSize() {
        return 0;
    }

    private static final class Seekable extends ByteArrayInputStream {

        private Seekable(byte[] bytes) {
            super(bytes);
        }

        private synchronized long position() {
            return pos;
        }

        private synchronized void seek(long position) {
            pos = Math.toIntExact(position);
        }
    }
}
