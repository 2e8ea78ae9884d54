package apportion.spark.parquet;

import apportion.data.corpus.CorpusException;
import java.io.IOException;
import java.io.InputStream;
import java.nio.ByteBuffer;
import org.apache.hadoop.conf.Configuration;
import org.apache.parquet.bytes.BytesInput;
import org.apache.parquet.compression.CompressionCodecFactory;
import org.apache.parquet.hadoop.BadConfigurationException;
import org.apache.parquet.hadoop.CodecFactory;
import org.apache.parquet.hadoop.metadata.CompressionCodecName;

/** The codecs that are on the class path, which take no more memory for a page than its bytes can become. */
final class Codecs implements CompressionCodecFactory {

    /** No codec makes more of a byte: a block of zstd has four for 128 KiB. */
    private static final long LARGEST_RATIO = 1 << 15;

    private final CodecFactory codecs = new CodecFactory(new Configuration(false), 0);

    /** Refuses a codec that is not there. */
    void require(CompressionCodecName codec, String file) {
        try {
            codecs.getDecompressor(codec);
        } catch (BadConfigurationException | LinkageError e) {
            throw new CorpusException(
                    file + ": the column is compressed by " + codec
                            + ", for which there is no codec on the class path; write the file again with zstd, snappy or gzip");
        }
    }

    @Override
    public BytesInputDecompressor getDecompressor(CompressionCodecName codec) {
        return new Bounded(codecs.getDecompressor(codec), codec);
    }

    @Override
    public BytesInputCompressor getCompressor(CompressionCodecName codec) {
        return codecs.getCompressor(codec);
    }

    @Override
    public void release() {
        codecs.release();
    }

    private record Bounded(BytesInputDecompressor codec, CompressionCodecName name) implements BytesInputDecompressor {

        @Override
        public BytesInput decompress(BytesInput bytes, int size) throws IOException {
            if (size == 0) {
                return BytesInput.empty();
            }
            boolean snappy = name == CompressionCodecName.SNAPPY;
            // Snappy's own header is what memory is taken for.
            if (size < 0 || size / LARGEST_RATIO > bytes.size() || (snappy && size != snappyLength(bytes))) {
                throw new IOException("a page of " + bytes.size() + " bytes cannot have " + size + " decompressed");
            }
            return codec.decompress(bytes, size);
        }

        private static long snappyLength(BytesInput bytes) throws IOException {
            long length = 0;
            try (InputStream in = bytes.toInputStream()) {
                int value = 0x80;
                for (int shift = 0; shift < 35 && value >= 0x80; shift += 7) {
                    value = in.read();
                    length |= (value & 0x7FL) << shift;
                }
            }
            return length;
        }

        @Override
        public void decompress(ByteBuffer input, int compressedSize, ByteBuffer output, int size) throws IOException {
            codec.decompress(input, compressedSize, output, size);
        }

        @Override
        public void release() {
            codec.release();
        }
    }
}
