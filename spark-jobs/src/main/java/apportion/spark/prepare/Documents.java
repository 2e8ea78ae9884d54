package apportion.spark.prepare;

import apportion.data.corpus.Cleaning;
import apportion.data.corpus.ContentKey;
import apportion.data.corpus.Document;
import apportion.data.corpus.DocumentReader;
import apportion.data.corpus.Drop;
import apportion.data.corpus.LanguageFilter;
import apportion.data.corpus.OnBadText;
import apportion.data.corpus.Reading;
import apportion.data.corpus.RecordFormat;
import apportion.spark.parquet.RowGroup;
import apportion.spark.storage.Storage;
import apportion.spark.storage.StoredFile;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.util.ArrayList;
import java.util.BitSet;
import java.util.Iterator;
import java.util.List;
import java.util.NoSuchElementException;
import java.util.Optional;
import org.apache.spark.HashPartitioner;
import org.apache.spark.api.java.JavaPairRDD;
import org.apache.spark.api.java.JavaRDD;
import org.apache.spark.api.java.JavaSparkContext;
import org.apache.spark.api.java.function.Function;
import org.apache.spark.sql.SparkSession;
import org.apache.spark.storage.StorageLevel;
import scala.Tuple2;

/**
 * From files to the documents that a dataset keeps. What is left out stays in the stream as its reason, so that counts
 * are right however often a task is run; partitions are in the order of files and offsets.
 */
public final class Documents {

    /** Bytes that a task reads at most where files can be split; smaller where that would leave cores idle. */
    private static final long MOST_BYTES = 64L << 20;

    private static final long LEAST_BYTES = 256L << 10;

    /** A document's place in the order: partition in the high bits, ordinal in the partition in the low ones. */
    private static final int ORDINAL_BITS = 40;

    private final SparkSession spark;
    private final Storage storage;
    private final CorpusFormat format;
    private final TextRules rules;

    /**
     * Documents of files that are alike.
     *
     * @param format of the files
     * @param rules what their texts must be, and how they are cleaned
     */
    public Documents(SparkSession spark, Storage storage, CorpusFormat format, TextRules rules) {
        this.spark = spark;
        this.storage = storage;
        this.format = format;
        this.rules = rules;
    }

    /** Every document of some files, cleaned, in the order of files and offsets. */
    public JavaRDD<Reading> cleaned(List<StoredFile> files) {
        return read(files.stream()
                        .map(file -> new Source(file.path(), file.path(), file.bytes()))
                        .toList())
                .map(cleaner(rules.clean()));
    }

    /** The documents that a dataset keeps. */
    JavaRDD<Reading> of(List<Source> sources, DataConfig config) {
        return inLanguages(distinct(sources, config), config);
    }

    /** The documents to train on: those to measure on are left out, whichever files they are in. */
    JavaRDD<Reading> of(List<Source> sources, DataConfig config, JavaRDD<Reading> validation) {
        return inLanguages(without(distinct(sources, config), validation), config);
    }

    private JavaRDD<Reading> distinct(List<Source> sources, DataConfig config) {
        JavaRDD<Reading> cleaned = read(sources).map(cleaner(rules.clean())).persist(StorageLevel.MEMORY_AND_DISK());
        return config.deduplicate() == DataConfig.Deduplication.EXACT ? distinct(cleaned) : cleaned;
    }

    private JavaRDD<Reading> read(List<Source> sources) {
        List<List<CorpusRange>> groups =
                format.choose(records -> files(sources, records), column -> tables(sources, column));
        Storage files = storage;
        OnBadText onBadText = rules.onBadText();
        int limit = rules.maxDocumentBytes();
        return context()
                .parallelize(groups, Math.max(1, groups.size()))
                .flatMap(List::iterator)
                .flatMap(range -> new Readings(range.open(files, onBadText, limit)));
    }

    private List<List<CorpusRange>> files(List<Source> sources, RecordFormat format) {
        long target = target(sources.stream().mapToLong(Source::bytes).sum());
        List<CorpusRange> ranges = new ArrayList<>();
        for (Source source : sources) {
            RecordFormat records = Sample.isSample(source.name()) ? new RecordFormat.Lines() : format;
            ranges.addAll(FileRange.of(source, records, target, storage));
        }
        return CorpusRange.grouped(ranges, target);
    }

    /** Looks into every file before any is read, so that one that does not fit is named at once. */
    private List<List<CorpusRange>> tables(List<Source> sources, String column) {
        List<Source> tables = sources.stream()
                .filter(source -> !Sample.isSample(source.name()))
                .toList();
        List<Source> samples = sources.stream()
                .filter(source -> Sample.isSample(source.name()))
                .toList();
        Storage files = storage;
        List<List<RowGroup>> contents = tables.isEmpty()
                ? List.of()
                : context()
                        .parallelize(
                                tables, Math.min(tables.size(), 4 * context().defaultParallelism()))
                        .map(source -> TableRange.rowGroups(source, column, files))
                        .collect();
        long target = target(contents.stream()
                .flatMap(List::stream)
                .mapToLong(RowGroup::bytes)
                .sum());
        List<CorpusRange> ranges = new ArrayList<>();
        samples.forEach(sample -> ranges.addAll(FileRange.of(sample, new RecordFormat.Lines(), target, storage)));
        for (int i = 0; i < tables.size(); i++) {
            ranges.addAll(TableRange.of(tables.get(i), column, contents.get(i), target));
        }
        return CorpusRange.grouped(ranges, target);
    }

    /** Bytes for a task. */
    private long target(long total) {
        long share = total / (2L * context().defaultParallelism()) + 1;
        return Math.min(MOST_BYTES, Math.max(LEAST_BYTES, share));
    }

    private JavaSparkContext context() {
        return JavaSparkContext.fromSparkContext(spark.sparkContext());
    }

    private static Function<Reading, Reading> cleaner(DataConfig.Clean clean) {
        Cleaning cleaning = clean.cleaning();
        int shortest = clean.minimumCharacters();
        return reading -> reading instanceof Reading.Kept kept ? cleaned(kept.document(), cleaning, shortest) : reading;
    }

    private static Reading cleaned(Document document, Cleaning cleaning, int shortest) {
        String text = cleaning.clean(document.text());
        if (text.isBlank()) {
            return new Reading.Dropped(Drop.EMPTY);
        }
        return text.codePointCount(0, text.length()) < shortest
                ? new Reading.Dropped(Drop.TOO_SHORT)
                : new Reading.Kept(new Document(document.source(), document.offset(), text));
    }

    /** Only keys and places travel between machines, not texts. */
    private static JavaRDD<Reading> distinct(JavaRDD<Reading> readings) {
        JavaRDD<Long> firsts = places(readings).reduceByKey(Math::min).values();
        return readings.zipPartitions(
                byPartition(firsts, readings.getNumPartitions()),
                (here, first) -> dropped(here, Drop.DUPLICATE, bits(first), false));
    }

    /** Without the documents whose text, once cleaned, is that of a document to measure on. */
    private static JavaRDD<Reading> without(JavaRDD<Reading> readings, JavaRDD<Reading> validation) {
        JavaPairRDD<ContentKey, Boolean> measured = validation
                .filter(Reading.Kept.class::isInstance)
                .mapToPair(reading -> new Tuple2<>(
                        ContentKey.of(((Reading.Kept) reading).document().text()), true))
                .reduceByKey((first, other) -> first);
        JavaRDD<Long> shared = places(readings).join(measured).values().map(Tuple2::_1);
        return readings.zipPartitions(
                byPartition(shared, readings.getNumPartitions()),
                (here, also) -> dropped(here, Drop.VALIDATION, bits(also), true));
    }

    private static JavaPairRDD<ContentKey, Long> places(JavaRDD<Reading> readings) {
        return readings.mapPartitionsWithIndex(Documents::places, true).mapToPair(place -> place);
    }

    /** Sends places back to the partitions where their documents are. */
    private static JavaPairRDD<Integer, Long> byPartition(JavaRDD<Long> places, int partitions) {
        return places.mapToPair(place -> new Tuple2<>((int) (place >>> ORDINAL_BITS), place))
                // A partition's number is its own hash.
                .partitionBy(new HashPartitioner(partitions));
    }

    private static Iterator<Tuple2<ContentKey, Long>> places(int partition, Iterator<Reading> readings) {
        return new Iterator<>() {
            private long ordinal = (long) partition << ORDINAL_BITS;
            private Optional<Tuple2<ContentKey, Long>> next = advance();

            private Optional<Tuple2<ContentKey, Long>> advance() {
                while (readings.hasNext()) {
                    Reading reading = readings.next();
                    long here = ordinal++;
                    if (reading instanceof Reading.Kept kept) {
                        return Optional.of(
                                new Tuple2<>(ContentKey.of(kept.document().text()), here));
                    }
                }
                return Optional.empty();
            }

            @Override
            public boolean hasNext() {
                return next.isPresent();
            }

            @Override
            public Tuple2<ContentKey, Long> next() {
                Tuple2<ContentKey, Long> current = next.orElseThrow(NoSuchElementException::new);
                next = advance();
                return current;
            }
        };
    }

    /** The ordinals of places in their partition. */
    private static BitSet bits(Iterator<Tuple2<Integer, Long>> places) {
        BitSet ordinals = new BitSet();
        places.forEachRemaining(place -> ordinals.set((int) (place._2 & ((1L << ORDINAL_BITS) - 1))));
        return ordinals;
    }

    /** Drops the documents that are listed, or those that are not. */
    private static Iterator<Reading> dropped(Iterator<Reading> readings, Drop reason, BitSet listed, boolean those) {
        return new Iterator<>() {
            private int ordinal;

            @Override
            public boolean hasNext() {
                return readings.hasNext();
            }

            @Override
            public Reading next() {
                Reading reading = readings.next();
                boolean drop = reading instanceof Reading.Kept && listed.get(ordinal) == those;
                ordinal++;
                return drop ? new Reading.Dropped(reason) : reading;
            }
        };
    }

    private static JavaRDD<Reading> inLanguages(JavaRDD<Reading> readings, DataConfig config) {
        return config.languageFilter()
                .map(filter -> inLanguages(readings, filter))
                .orElse(readings);
    }

    private static JavaRDD<Reading> inLanguages(JavaRDD<Reading> readings, LanguageFilter filter) {
        return readings.map(reading -> reading instanceof Reading.Kept kept
                        && !filter.keeps(kept.document().text())
                ? new Reading.Dropped(Drop.LANGUAGE)
                : reading);
    }

    /** The readings of a range as an iterator that closes its file at the end. */
    private static final class Readings implements Iterator<Reading> {

        private final DocumentReader reader;
        private Optional<Reading> next;

        Readings(DocumentReader reader) throws IOException {
            this.reader = reader;
            this.next = advance();
        }

        @Override
        public boolean hasNext() {
            return next.isPresent();
        }

        @Override
        public Reading next() {
            Reading current = next.orElseThrow(NoSuchElementException::new);
            try {
                next = advance();
            } catch (IOException e) {
                throw new UncheckedIOException(e);
            }
            return current;
        }

        private Optional<Reading> advance() throws IOException {
            boolean ended = true;
            try {
                Optional<Reading> following = reader.next();
                ended = following.isEmpty();
                return following;
            } finally {
                if (ended) {
                    reader.close();
                }
            }
        }
    }
}
