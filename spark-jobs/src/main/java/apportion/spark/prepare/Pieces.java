package apportion.spark.prepare;

import apportion.data.corpus.ContentKey;
import apportion.data.corpus.Reading;
import apportion.data.pack.Chunk;
import apportion.data.pack.Layout;
import apportion.data.pack.Part;
import apportion.data.pack.Split;
import apportion.data.pack.StreamCutter;
import apportion.data.pack.ValidationSplit;
import apportion.data.tokenize.Tokenizer;
import apportion.spark.dataset.DatasetManifest.PartInfo;
import apportion.spark.dataset.PartWriter;
import apportion.spark.storage.Storage;
import java.io.Serializable;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.EnumMap;
import java.util.Iterator;
import java.util.List;
import java.util.Map;
import java.util.stream.StreamSupport;
import org.apache.spark.HashPartitioner;
import org.apache.spark.api.java.JavaRDD;
import org.apache.spark.broadcast.Broadcast;
import scala.Tuple2;

/** Encoded documents on their way into the parts of a dataset. */
final class Pieces {

    /** A document's tokens in one split, the end of the document included. */
    record Piece(Split split, int[] tokens) implements Serializable {}

    /** How much of one split something holds. */
    record Size(long documents, long tokens, long bytes) implements Serializable {

        static final Size NONE = new Size(0, 0, 0);

        Size plus(Size other) {
            return new Size(documents + other.documents, tokens + other.tokens, bytes + other.bytes);
        }
    }

    private Pieces() {}

    static JavaRDD<Piece> encode(JavaRDD<Reading> readings, ValidationSplit split, Broadcast<Tokenizer> shared) {
        return readings.filter(Reading.Kept.class::isInstance).flatMap(reading -> {
            Tokenizer tokenizer = shared.value();
            String text = ((Reading.Kept) reading).document().text();
            int[] tokens = tokenizer.encode(text);
            return split.split(ContentKey.of(text), tokens, tokenizer.endOfDocument()).entrySet().stream()
                    .map(piece -> new Piece(piece.getKey(), piece.getValue()))
                    .iterator();
        });
    }

    /** How much of each split every partition holds, in order. */
    static List<Map<Split, Size>> sizes(JavaRDD<Piece> pieces, Broadcast<Tokenizer> shared) {
        return pieces.mapPartitions(partition -> {
                    Map<Split, Size> sizes = new EnumMap<>(Split.class);
                    partition.forEachRemaining(piece -> sizes.merge(
                            piece.split(),
                            new Size(1, piece.tokens().length, bytes(piece, shared.value())),
                            Size::plus));
                    return List.of(sizes).iterator();
                })
                .collect();
    }

    private static long bytes(Piece piece, Tokenizer tokenizer) {
        long bytes = 0;
        for (int token : piece.tokens()) {
            bytes += tokenizer.byteLength(token);
        }
        return bytes;
    }

    /** How often each token occurs in a split. */
    static long[] frequencies(JavaRDD<Piece> pieces, Split split, int vocabulary) {
        return pieces.mapPartitions(partition -> {
                    long[] counts = new long[vocabulary];
                    partition.forEachRemaining(piece -> {
                        if (piece.split() == split) {
                            for (int token : piece.tokens()) {
                                counts[token]++;
                            }
                        }
                    });
                    return List.of(counts).iterator();
                })
                .treeReduce((left, right) -> {
                    for (int token = 0; token < vocabulary; token++) {
                        left[token] += right[token];
                    }
                    return left;
                });
    }

    /** Writes the parts of one split and says what each holds, in order. */
    static List<PartInfo> write(
            Split split,
            JavaRDD<Piece> pieces,
            List<Map<Split, Size>> sizes,
            Layout layout,
            int endOfDocument,
            Storage storage,
            String directory) {
        List<Size> before = before(split, sizes);
        int parts = layout.parts(size(total(sizes), split).tokens());
        int tasks = Math.min(parts, 4 * pieces.context().defaultParallelism());
        return pieces
                .mapPartitionsWithIndex((index, partition) -> chunks(split, partition, before.get(index), layout), true)
                .mapToPair(chunk -> chunk)
                .groupByKey(new HashPartitioner(tasks))
                .map(part ->
                        PartWriter.write(storage, directory, split, part._1, Part.of(part._2, layout, endOfDocument)))
                .collect()
                .stream()
                .sorted(Comparator.comparing(PartInfo::file))
                .toList();
    }

    static Map<Split, Size> total(List<Map<Split, Size>> sizes) {
        Map<Split, Size> total = new EnumMap<>(Split.class);
        for (Split split : Split.values()) {
            total.put(
                    split,
                    sizes.stream()
                            .map(size -> size.getOrDefault(split, Size.NONE))
                            .reduce(Size.NONE, Size::plus));
        }
        return total;
    }

    static Size size(Map<Split, Size> sizes, Split split) {
        return sizes.getOrDefault(split, Size.NONE);
    }

    /** What stands before each partition. */
    private static List<Size> before(Split split, List<Map<Split, Size>> sizes) {
        List<Size> before = new ArrayList<>();
        Size sum = Size.NONE;
        for (Map<Split, Size> size : sizes) {
            before.add(sum);
            sum = sum.plus(size(size, split));
        }
        return before;
    }

    /** Chunks by the number of their part. */
    private static Iterator<Tuple2<Integer, Chunk>> chunks(
            Split split, Iterator<Piece> pieces, Size before, Layout layout) {
        StreamCutter cutter = new StreamCutter(layout, before.tokens(), before.documents());
        Iterable<Piece> all = () -> pieces;
        return StreamSupport.stream(all.spliterator(), false)
                .filter(piece -> piece.split() == split)
                .flatMap(piece -> cutter.next(piece.tokens()).stream())
                .map(chunk -> new Tuple2<>(cutter.part(chunk), chunk))
                .iterator();
    }
}
