package apportion.spark.prepare;

import apportion.data.corpus.CorpusException;
import apportion.data.corpus.Drop;
import apportion.data.corpus.Reading;
import apportion.data.pack.Split;
import apportion.data.pack.ValidationSplit;
import apportion.data.tokenize.Tokenizer;
import apportion.spark.cluster.SharedFiles;
import apportion.spark.dataset.Dataset;
import apportion.spark.dataset.DatasetManifest;
import apportion.spark.dataset.DatasetManifest.PartInfo;
import apportion.spark.dataset.DatasetManifest.Provenance;
import apportion.spark.dataset.DatasetManifest.SourceInfo;
import apportion.spark.dataset.DatasetManifest.SplitInfo;
import apportion.spark.dataset.DatasetManifest.TokenizerInfo;
import apportion.spark.failure.Failure;
import apportion.spark.failure.UserError;
import apportion.spark.progress.Progress;
import apportion.spark.storage.Claim;
import apportion.spark.storage.StagedDirectory;
import apportion.spark.storage.Storage;
import apportion.spark.storage.Written;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.TreeMap;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.apache.spark.api.java.JavaRDD;
import org.apache.spark.api.java.JavaSparkContext;
import org.apache.spark.broadcast.Broadcast;
import org.apache.spark.sql.SparkSession;
import org.apache.spark.storage.StorageLevel;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Makes a dataset of a corpus, or finds that it is made already. */
public final class PrepareJob {

    private static final Logger LOG = LoggerFactory.getLogger(PrepareJob.class);
    /** Read, learn the tokenizer, encode, write two splits. */
    private static final int STEPS = 5;

    private static final int LARGEST_TOKENIZER = 1 << 28;

    private final SparkSession spark;
    private final JavaSparkContext context;
    private final Storage storage;
    private final DataConfig config;
    private final String settings;
    private final Progress progress;
    /** What is held in memory until the dataset is written. */
    private final List<JavaRDD<?>> held = new ArrayList<>();

    /**
     * A dataset, ready to be read.
     *
     * @param reused whether it had been prepared before
     */
    public record Prepared(Dataset dataset, boolean reused) {}

    private PrepareJob(SparkSession spark, DataConfig config, String settings, Progress progress) {
        this.spark = spark;
        this.context = JavaSparkContext.fromSparkContext(spark.sparkContext());
        this.storage = new Storage(spark.sparkContext().hadoopConfiguration());
        this.config = config;
        this.settings = settings;
        this.progress = progress;
    }

    /**
     * Prepares the dataset that a configuration describes.
     *
     * @param settings the resolved section {@code data} as canonical JSON: {@code Settings.canonicalJson("data")}
     * @throws UserError if the corpus cannot be read as configured or is too small, or if the output directory holds
     *     something else
     */
    public static Prepared run(SparkSession spark, DataConfig config, String settings, Progress progress) {
        PrepareJob job = new PrepareJob(spark, config, settings, progress);
        try {
            return job.run();
        } catch (Exception e) {
            // Scala's methods throw SparkException without declaring it.
            throw explained(e);
        } finally {
            // Waits for it: a Spark that is stopped meanwhile prints the stacks of what it could not remove any more.
            job.held.forEach(rdd -> rdd.unpersist(true));
        }
    }

    private Prepared run() {
        if (isThere()) {
            return prepared(Optional.empty());
        }
        try (Claim claim = storage.claimWhole(config.output())) {
            // Another process may have finished it meanwhile.
            return prepared(isThere() ? Optional.empty() : Optional.of(claim));
        }
    }

    private boolean isThere() {
        return storage.exists(config.output()) && !storage.isUnfinished(config.output());
    }

    /** Writes the dataset with a claim, and without one compares what is there. */
    private Prepared prepared(Optional<Claim> claim) {
        if (claim.isEmpty()) {
            refuseOtherFiles();
        }
        String samples = storage.temporary(config.output());
        try {
            List<Source> main = sources(config.corpus(), samples);
            List<Source> extra = sources(config.validation().corpus(), samples);
            Identity identity = Identity.of(settings, hashed(main, extra));
            if (claim.isEmpty()) {
                return new Prepared(existing(identity), true);
            }
            try (Progress.Task steps = progress.begin("prepare", STEPS)) {
                write(main, extra, identity, steps, claim.get());
            }
            return new Prepared(Dataset.open(storage, config.output()), false);
        } finally {
            if (Stream.concat(config.corpus().stream(), config.validation().corpus().stream())
                    .anyMatch(Sample::isSample)) {
                storage.delete(samples);
            }
        }
    }

    private List<Source> sources(List<String> inputs, String samples) {
        List<String> paths =
                inputs.stream().filter(input -> !Sample.isSample(input)).toList();
        List<Source> sources = new ArrayList<>();
        inputs.stream()
                .filter(Sample::isSample)
                .distinct()
                .forEach(sample -> sources.add(Sample.copy(sample, storage, samples)));
        try (ListingProgress listing = new ListingProgress(progress)) {
            storage.expand(paths, listing)
                    .forEach(file -> sources.add(new Source(file.path(), file.path(), file.bytes())));
        }
        return sources;
    }

    private List<SourceInfo> hashed(List<Source> main, List<Source> extra) {
        List<Source> all = new ArrayList<>(main);
        all.addAll(extra);
        Storage files = storage;
        boolean isCluster = !context.isLocal();
        return context.parallelize(all, Math.min(all.size(), 4 * context.defaultParallelism()))
                .map(source -> {
                    if (isCluster) {
                        SharedFiles.requireVisible(files, source.path());
                    }
                    return new SourceInfo(source.name(), source.bytes(), files.sha256(source.path()));
                })
                .collect();
    }

    private void refuseOtherFiles() {
        if (!storage.exists(Storage.child(config.output(), Dataset.MANIFEST))) {
            throw new UserError(
                    "data.output = " + config.output() + " exists and holds no dataset; name a path where nothing is");
        }
    }

    private Dataset existing(Identity identity) {
        Dataset dataset = Dataset.open(storage, config.output());
        if (!dataset.manifest().identity().equals(identity.sha256())) {
            throw new UserError(config.output() + " holds another dataset: " + identity.differenceTo(dataset.manifest())
                    + "; name another data.output, or delete it");
        }
        LOG.info("step=reuse dataset={} identity={}", config.output(), identity.sha256());
        return dataset;
    }

    private void write(List<Source> main, List<Source> extra, Identity identity, Progress.Task steps, Claim claim) {
        try (StagedDirectory staged = storage.stage(config.output())) {
            SharedFiles.requireShared(context, storage, staged.path(), config.output());
            write(main, extra, identity, steps, staged);
            claim.require();
            staged.commit();
        }
    }

    private void write(
            List<Source> main, List<Source> extra, Identity identity, Progress.Task steps, StagedDirectory staged) {
        Documents documents = new Documents(spark, storage, config.format(), config.texts());
        ValidationSplit split = config.validation().split(config.seed());
        Optional<JavaRDD<Reading>> measured =
                extra.isEmpty() ? Optional.empty() : Optional.of(hold(documents.of(extra, config)));
        JavaRDD<Reading> readings = hold(measured.map(validation -> documents.of(main, config, validation))
                .orElseGet(() -> documents.of(main, config)));
        Map<String, Long> dropped = dropped(readings);
        long shared = dropped.getOrDefault(Drop.VALIDATION.label(), 0L);
        if (shared > 0) {
            LOG.warn("{} documents of data.corpus are also in data.validation.corpus; left out of training", shared);
        }
        steps.step(1, "documents read");
        Tokenizer tokenizer = tokenizer(readings, split);
        Broadcast<Tokenizer> broadcast = context.broadcast(tokenizer);
        steps.step(1, tokenizer.vocabularySize() + " tokens in the vocabulary");
        JavaRDD<Pieces.Piece> pieces = Pieces.encode(readings, split, broadcast);
        if (measured.isPresent()) {
            JavaRDD<Reading> validation = measured.get();
            dropped(validation).forEach((reason, count) -> dropped.merge(reason, count, Long::sum));
            pieces = pieces.union(Pieces.encode(validation, new ValidationSplit.All(Split.VALIDATION), broadcast));
        }
        writeParts(hold(pieces), tokenizer, broadcast, dropped, identity, steps, staged);
        broadcast.destroy();
    }

    private void writeParts(
            JavaRDD<Pieces.Piece> pieces,
            Tokenizer tokenizer,
            Broadcast<Tokenizer> shared,
            Map<String, Long> dropped,
            Identity identity,
            Progress.Task steps,
            StagedDirectory staged) {
        List<Map<Split, Pieces.Size>> sizes = Pieces.sizes(pieces, shared);
        Map<Split, Pieces.Size> total = Pieces.total(sizes);
        LOG.info("step=encode total={} dropped={}", total, dropped);
        refuseTooFew(total, dropped);
        steps.step(1, "documents encoded");
        double entropy = UnigramEntropy.nats(
                Pieces.frequencies(pieces, Split.TRAIN, tokenizer.vocabularySize()),
                Pieces.frequencies(pieces, Split.VALIDATION, tokenizer.vocabularySize()));
        Map<Split, List<PartInfo>> parts = new EnumMap<>(Split.class);
        for (Split split : Split.values()) {
            int end = tokenizer.endOfDocument();
            parts.put(split, Pieces.write(split, pieces, sizes, config.layout(), end, storage, staged.path()));
            steps.step(1, split.label() + " written");
        }
        String json = tokenizer.toJson();
        Written written = staged.write(Dataset.TOKENIZER, out -> out.write(json.getBytes(StandardCharsets.UTF_8)));
        requireWhole(parts.values().stream().flatMap(List::stream).toList(), written, staged);
        DatasetManifest manifest = new DatasetManifest(
                DatasetManifest.FORMAT_VERSION,
                identity.sha256(),
                config.sequence(),
                new TokenizerInfo(tokenizer.vocabularySize(), tokenizer.endOfDocument(), tokenizer.sha256()),
                info(Split.TRAIN, total, parts),
                info(Split.VALIDATION, total, parts),
                entropy,
                new Provenance(identity.sources(), dropped, identity.settings()));
        staged.write(Dataset.MANIFEST, out -> out.write(manifest.toJson().getBytes(StandardCharsets.UTF_8)));
    }

    /** Reads again what tasks said that they wrote: the names and lengths here, the bytes where Spark likes. */
    private void requireWhole(List<PartInfo> parts, Written tokenizer, StagedDirectory staged) {
        Map<String, Long> lengths = parts.stream().collect(Collectors.toMap(PartInfo::file, PartInfo::bytes));
        lengths.put(Dataset.TOKENIZER, tokenizer.bytes());
        staged.require(lengths);
        Storage files = storage;
        String directory = staged.path();
        List<String> changed = context.parallelize(parts, Math.min(parts.size(), 4 * context.defaultParallelism()))
                .filter(part ->
                        !files.sha256(Storage.child(directory, part.file())).equals(part.sha256()))
                .map(PartInfo::file)
                .collect();
        if (!changed.isEmpty()) {
            throw new Failure(config.output() + " was not finished: " + changed.size() + " of " + parts.size()
                    + " parts do not have the bytes that were written, the first of them " + changed.get(0)
                    + "; see whether something else writes to " + directory + ", and check the disk");
        }
    }

    private SplitInfo info(Split split, Map<Split, Pieces.Size> total, Map<Split, List<PartInfo>> parts) {
        Pieces.Size size = Pieces.size(total, split);
        return new SplitInfo(
                size.documents(),
                size.bytes(),
                size.tokens(),
                config.layout().rows(size.tokens()),
                Objects.requireNonNull(parts.get(split)));
    }

    private Tokenizer tokenizer(JavaRDD<Reading> readings, ValidationSplit split) {
        if (config.tokenizer() instanceof TokenizerConfig.Bpe bpe) {
            return WordCount.learn(readings, split, bpe);
        }
        if (config.tokenizer() instanceof TokenizerConfig.File file) {
            try {
                return Tokenizer.fromJson(
                        new String(storage.read(file.path(), LARGEST_TOKENIZER), StandardCharsets.UTF_8));
            } catch (IllegalArgumentException e) {
                throw new UserError(file.path() + ": " + e.getMessage(), e);
            }
        }
        return Tokenizer.bytes();
    }

    private static Map<String, Long> dropped(JavaRDD<Reading> readings) {
        Map<String, Long> dropped = new TreeMap<>();
        readings.filter(Reading.Dropped.class::isInstance)
                .map(reading -> ((Reading.Dropped) reading).reason().label())
                .countByValue()
                .forEach(dropped::put);
        return dropped;
    }

    private void refuseTooFew(Map<Split, Pieces.Size> total, Map<String, Long> dropped) {
        long documents =
                total.values().stream().mapToLong(Pieces.Size::documents).sum();
        String counts = dropped.isEmpty()
                ? "none was left out"
                : "left out were "
                        + dropped.entrySet().stream()
                                .map(reason -> reason.getValue() + " as " + reason.getKey())
                                .collect(Collectors.joining(", "));
        if (documents == 0) {
            throw new UserError("the corpus has no documents to keep (" + counts + "); check data.corpus, data.format,"
                    + " data.clean and data.languages");
        }
        for (Split split : Split.values()) {
            long tokens = Pieces.size(total, split).tokens();
            if (tokens < config.sequence() + 1L) {
                throw new UserError("the " + split.label() + " split has " + tokens + " tokens of " + documents
                        + " documents, but one sequence needs " + (config.sequence() + 1) + " (" + counts
                        + "); give more text, a smaller data.sequence, or another data.validation");
            }
        }
    }

    private <T> JavaRDD<T> hold(JavaRDD<T> rdd) {
        JavaRDD<T> persisted = rdd.persist(StorageLevel.MEMORY_AND_DISK());
        held.add(persisted);
        return persisted;
    }

    /** Spark wraps what a task throws; the user needs what is inside. */
    public static RuntimeException explained(Exception thrown) {
        for (Throwable cause = thrown; cause != null; cause = cause.getCause()) {
            if (cause instanceof CorpusException) {
                return new UserError(Objects.requireNonNull(cause.getMessage()), thrown);
            }
            if (cause instanceof Failure failure) {
                return failure;
            }
        }
        return thrown instanceof RuntimeException unchecked ? unchecked : new IllegalStateException(thrown);
    }
}
