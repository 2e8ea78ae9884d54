package apportion.data.corpus;

import com.github.luben.zstd.Zstd;
import com.github.luben.zstd.ZstdDirectBufferDecompressingStream;
import com.github.luben.zstd.ZstdIOException;
import java.io.EOFException;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.nio.ByteBuffer;
import org.jspecify.annotations.Nullable;

/**
 * The frames of a zstd file, one after the other; skippable ones hold no text. A file that ends within a frame is
 * refused wherever that is: zstd-jni's own stream takes a cut header behind a whole frame for the end.
 */
final class ZstdFrames extends InputStream {

    /** Windows up to 2 GiB, all that zstd itself writes (--long=31). */
    private static final int LARGEST_WINDOW_LOG = 31;

    private final InputStream in;
    private final byte[] chunk = new byte[1 << 16];
    private final ByteBuffer compressed = ByteBuffer.allocateDirect(chunk.length);
    private final ByteBuffer output = ByteBuffer.allocateDirect(1 << 17);
    private final ZstdDirectBufferDecompressingStream frames;
    private boolean ended;

    ZstdFrames(InputStream in) throws IOException {
        this.in = in;
        this.output.limit(0);
        this.frames = new ZstdDirectBufferDecompressingStream(fill()) {
            @Override
            protected ByteBuffer refill(@Nullable ByteBuffer used) {
                try {
                    return fill();
                } catch (IOException e) {
                    throw new UncheckedIOException(e);
                }
            }
        };
        frames.setLongMax(LARGEST_WINDOW_LOG);
    }

    @Override
    public int read() throws IOException {
        byte[] one = new byte[1];
        return read(one, 0, 1) < 0 ? -1 : one[0] & 0xFF;
    }

    @Override
    public int read(byte[] out, int from, int most) throws IOException {
        if (most == 0) {
            return 0;
        }
        while (!output.hasRemaining()) {
            if (!frames.hasRemaining()) {
                return -1;
            }
            boolean starved = ended && !compressed.hasRemaining();
            decompress();
            if (starved && !output.hasRemaining()) {
                throw new EOFException("the file ends within a frame");
            }
        }
        int count = Math.min(most, output.remaining());
        output.get(out, from, count);
        return count;
    }

    private void decompress() throws IOException {
        output.clear();
        try {
            frames.read(output);
        } catch (ZstdIOException e) {
            if (e.getErrorCode() == Zstd.errFrameParameterWindowTooLarge()) {
                throw new IOException(
                        "a frame needs a window above 2 GiB, the most that zstd --long=31 writes; compress it again",
                        e);
            }
            throw e;
        } finally {
            output.flip();
        }
    }

    private ByteBuffer fill() throws IOException {
        int count = in.readNBytes(chunk, 0, chunk.length);
        ended = count < chunk.length;
        compressed.clear();
        compressed.put(chunk, 0, count).flip();
        return compressed;
    }

    @Override
    public void close() throws IOException {
        frames.close();
        in.close();
    }
}
