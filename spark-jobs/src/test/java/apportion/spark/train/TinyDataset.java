package apportion.spark.train;

import apportion.data.pack.Part;
import apportion.data.pack.Split;
import apportion.data.tokenize.Tokenizer;
import apportion.spark.dataset.Dataset;
import apportion.spark.dataset.DatasetManifest;
import apportion.spark.dataset.DatasetManifest.PartInfo;
import apportion.spark.dataset.DatasetManifest.Provenance;
import apportion.spark.dataset.DatasetManifest.SplitInfo;
import apportion.spark.dataset.DatasetManifest.TokenizerInfo;
import apportion.spark.dataset.PartWriter;
import apportion.spark.provenance.Program;
import apportion.spark.storage.Storage;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;

/** Datasets of bytes, small enough to be written in a test. */
public final class TinyDataset {

    private TinyDataset() {}

    /**
     * Writes a dataset of texts, each a document.
     *
     * @param sequence tokens that a row predicts
     * @param partRows rows of a part
     */
    public static Dataset write(
            Path directory, List<String> train, List<String> validation, int sequence, int partRows) {
        Storage storage = Storage.withDefaults();
        Tokenizer tokenizer = Tokenizer.bytes();
        String path = directory.toString();
        DatasetManifest manifest = new DatasetManifest(
                DatasetManifest.FORMAT_VERSION,
                identity(train, validation, sequence),
                sequence,
                new TokenizerInfo(tokenizer.vocabularySize(), tokenizer.endOfDocument(), tokenizer.sha256()),
                split(storage, path, Split.TRAIN, train, sequence + 1, partRows),
                split(storage, path, Split.VALIDATION, validation, sequence + 1, partRows),
                5.5,
                new Provenance(List.of(), Map.of(), "{}"));
        storage.writeAtomically(Storage.child(path, Dataset.TOKENIZER), tokenizer.toJson());
        storage.writeAtomically(Storage.child(path, Dataset.MANIFEST), manifest.toJson());
        return Dataset.open(storage, path);
    }

    private static String identity(List<String> train, List<String> validation, int sequence) {
        return Program.sha256(train + " " + validation + " " + sequence);
    }

    private static SplitInfo split(
            Storage storage, String path, Split split, List<String> texts, int rowTokens, int partRows) {
        Tokenizer tokenizer = Tokenizer.bytes();
        List<int[]> rows = new ArrayList<>();
        List<Long> documents = new ArrayList<>();
        int[] stream = stream(texts, tokenizer);
        long document = 0;
        for (int from = 0; from < stream.length; from += rowTokens) {
            int[] row = Arrays.copyOfRange(stream, from, Math.min(stream.length, from + rowTokens));
            rows.add(row);
            documents.add(document);
            document += Arrays.stream(row)
                    .filter(token -> token == tokenizer.endOfDocument())
                    .count();
        }
        List<PartInfo> parts = new ArrayList<>();
        for (int from = 0; from < rows.size(); from += partRows) {
            int to = Math.min(rows.size(), from + partRows);
            long[] ordinals = documents.subList(from, to).stream()
                    .mapToLong(Long::longValue)
                    .toArray();
            parts.add(PartWriter.write(
                    storage, path, split, parts.size(), new Part(List.copyOf(rows.subList(from, to)), ordinals)));
        }
        long bytes = texts.stream()
                .mapToLong(text -> text.getBytes(StandardCharsets.UTF_8).length)
                .sum();
        return new SplitInfo(texts.size(), bytes, stream.length, rows.size(), parts);
    }

    private static int[] stream(List<String> texts, Tokenizer tokenizer) {
        List<Integer> stream = new ArrayList<>();
        for (String text : texts) {
            Arrays.stream(tokenizer.encode(text)).forEach(stream::add);
            stream.add(tokenizer.endOfDocument());
        }
        return stream.stream().mapToInt(Integer::intValue).toArray();
    }
}
