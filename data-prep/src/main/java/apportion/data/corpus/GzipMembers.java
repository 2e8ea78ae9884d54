package apportion.data.corpus;

import java.io.BufferedInputStream;
import java.io.IOException;
import java.io.InputStream;
import org.apache.commons.compress.compressors.gzip.GzipCompressorInputStream;

/**
 * The members of a gzip file, one after the other. As for {@code gzip -t}, zeros may stand behind the last one, as
 * tapes pad files, and anything else behind a member must be a member. {@link java.util.zip.GZIPInputStream} takes what
 * it cannot read there for the end.
 */
final class GzipMembers extends InputStream {

    private final BufferedInputStream in;
    private GzipCompressorInputStream member;
    private boolean ended;

    GzipMembers(BufferedInputStream in) throws IOException {
        this.in = in;
        this.member = new GzipCompressorInputStream(in);
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
        while (!ended) {
            int count = member.read(out, from, most);
            if (count > 0) {
                return count;
            }
            ended = !startMember();
        }
        return -1;
    }

    private boolean startMember() throws IOException {
        in.mark(1);
        int first = in.read();
        if (first > 0) {
            in.reset();
            try {
                member = new GzipCompressorInputStream(in);
            } catch (IOException e) {
                throw new IOException("what stands behind a member is no member: " + e.getMessage(), e);
            }
            return true;
        }
        while (first == 0) {
            first = in.read();
        }
        if (first > 0) {
            throw new IOException("something stands behind the zeros that pad the last member");
        }
        return false;
    }

    @Override
    public void close() throws IOException {
        // Closes the file, too.
        member.close();
    }
}
