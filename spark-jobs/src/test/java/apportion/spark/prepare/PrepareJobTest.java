package apportion.spark.prepare;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import apportion.data.pack.Part;
import apportion.data.pack.Split;
import apportion.data.tokenize.Tokenizer;
import apportion.spark.conf.Settings;
import apportion.spark.dataset.Dataset;
import apportion.spark.dataset.DatasetManifest;
import apportion.spark.failure.Failure;
import apportion.spark.failure.UserError;
import apportion.spark.progress.Progress;
import apportion.spark.storage.Claim;
import apportion.spark.storage.Storage;
import com.github.luben.zstd.Zstd;
import java.io.IOException;
import java.io.OutputStream;
import java.io.UncheckedIOException;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HexFormat;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Random;
import java.util.TreeMap;
import java.util.UUID;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import java.util.zip.GZIPOutputStream;
import org.apache.hadoop.conf.Configuration;
import org.apache.spark.api.java.JavaSparkContext;
import org.apache.spark.sql.Row;
import org.apache.spark.sql.RowFactory;
import org.apache.spark.sql.SaveMode;
import org.apache.spark.sql.SparkSession;
import org.apache.spark.sql.types.DataTypes;
import org.apache.spark.sql.types.StructType;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

final class PrepareJobTest {

    private static SparkSession spark = session(2, 2);

    @TempDir
    private Path folder;

    @BeforeAll
    static void quiet() {
        spark.sparkContext().setLogLevel("ERROR");
    }

    @AfterAll
    static void stop() {
        spark.stop();
    }

    @Test
    void theDatasetHoldsEveryDocumentOnceInTheOrderOfFilesAndLines() throws IOException {
        write("b.txt", "three\nfour\r\n");
        write("a.txt", "one\ntwo\n\none\n");

        Dataset dataset =
                prepare("data.format.document=line", "data.validation.by=tail", "data.validation.fraction=0.3");

        assertThat(texts(dataset, Split.TRAIN)).containsExactly("on", "tw", "thr", "fo");
        assertThat(texts(dataset, Split.VALIDATION)).containsExactly("e", "o", "ee", "ur");
        DatasetManifest manifest = dataset.manifest();
        assertThat(manifest.provenance().dropped()).isEqualTo(Map.of("duplicate", 1L));
        assertThat(manifest.provenance().sources()).hasSize(2);
        assertThat(manifest.train().documents()).isEqualTo(4);
        assertThat(manifest.train().bytes()).isEqualTo(9);
        assertThat(manifest.train().tokens()).isEqualTo(13);
        assertThat(manifest.train().sequences()).isEqualTo(5);
        assertThat(manifest.tokenizer().vocabularySize()).isEqualTo(257);
    }

    @Test
    void theBytesAreTheSameHoweverTheWorkIsSpread() throws IOException {
        Random random = new Random(8);
        for (int file = 0; file < 5; file++) {
            write("f" + file + ".txt", prose(random, 3000));
        }
        String[] settings = {
            "data.format.document=line", "data.tokenizer={ type = bpe, vocab-size = 400 }", "data.part-sequences=50"
        };
        Map<String, String> first = files(prepare(settings));
        assertThat(first.keySet()).contains("train/train-00003.parquet", "validation/validation-00000.parquet");
        for (int[] shape : new int[][] {{1, 1}, {2, 7}}) {
            spark.stop();
            spark = session(shape[0], shape[1]);
            assertThat(files(prepare(settings))).isEqualTo(first);
        }
    }

    @Test
    void sparkSqlReadsTheParts() throws IOException {
        write("a.txt", "abcdefghij\nklmnopqrst\n");
        Dataset dataset =
                prepare("data.format.document=line", "data.validation.by=tail", "data.validation.fraction=0.5");

        org.apache.spark.sql.Dataset<Row> rows = spark.read().parquet(Storage.child(dataset.path(), "train"));

        assertThat(rows.schema().simpleString()).isEqualTo("struct<tokens:array<int>,document:bigint>");
        List<Row> ordered = rows.collectAsList();
        assertThat(ordered.get(0).getList(0)).isEqualTo(List.of(97, 98, 99));
        assertThat(ordered.get(2).getList(0)).isEqualTo(List.of(107, 108, 109));
        assertThat(ordered.stream().map(row -> row.getLong(1))).containsExactly(0L, 0L, 1L, 1L);
    }

    @Test
    void compressedFilesJsonAndTablesHoldTheSameDocuments() throws IOException {
        Path text = Files.createDirectory(folder.resolve("text"));
        try (OutputStream out = new GZIPOutputStream(Files.newOutputStream(text.resolve("a.txt.gz")))) {
            out.write("first text\n".getBytes(StandardCharsets.UTF_8));
        }
        Files.write(text.resolve("b.txt.zst"), Zstd.compress("second text\n".getBytes(StandardCharsets.UTF_8)));
        Files.writeString(text.resolve("c.txt"), "third text\n");
        Files.writeString(text.resolve("notes.md"), "not for the glob\n");
        Path json = Files.createDirectory(folder.resolve("json"));
        Files.writeString(json.resolve("a.jsonl"), "{\"body\":\"first text\"}\n{\"body\":\"second text\"}\n");
        Files.writeString(json.resolve("b.jsonl"), "{\"body\":\"third text\"}");
        Path table = folder.resolve("table");
        spark.createDataFrame(
                        Stream.of("first text", "second text", "third text")
                                .map(RowFactory::create)
                                .toList(),
                        new StructType().add("body", DataTypes.StringType))
                .coalesce(1)
                .write()
                .mode(SaveMode.ErrorIfExists)
                .parquet(table.toString());

        List<String> expected = List.of("first t", "second ", "third t");
        String[] tail = {"data.validation.by=tail", "data.validation.fraction=0.3"};
        assertThat(texts(prepareInput(text + "/[a-c].txt*", with(tail, "data.format.document=line")), Split.TRAIN))
                .isEqualTo(expected);
        assertThat(texts(prepareFrom(json, with(tail, "data.format={ type = jsonl, field = body }")), Split.TRAIN))
                .isEqualTo(expected);
        assertThat(texts(prepareFrom(table, with(tail, "data.format={ type = parquet, column = body }")), Split.TRAIN))
                .isEqualTo(expected);
        assertThatThrownBy(() -> prepareFrom(table, with(tail, "data.format={ type = parquet, column = text }")))
                .isInstanceOf(UserError.class)
                .hasMessageContaining("column \"text\"");
    }

    @Test
    void tablesAreCheckedFileByFileAndNamedLiterally() throws IOException {
        String[] settings = {
            "data.format={ type = parquet, column = body }", "data.validation.by=tail", "data.validation.fraction=0.3"
        };
        Path tables = Files.createDirectory(folder.resolve("tables"));
        writeTable(tables.resolve("a[1] 50%,{b}.parquet"), "body", "first text", "second text");
        writeTable(tables.resolve("a1 50%,b.parquet"), "body", "another table's text");
        Dataset dataset = prepareInput(tables + "/a[1] 50%,{b}.parquet", settings);

        assertThat(texts(dataset, Split.TRAIN)).containsExactly("first t", "second ");
        assertThat(texts(prepareFrom(tables, settings), Split.TRAIN))
                .containsExactly("another table'", "first t", "second ");
        Path other = writeTable(tables.resolve("b.parquet"), "text", "lost");
        assertThatThrownBy(() -> prepareFrom(tables, settings))
                .isInstanceOf(UserError.class)
                .hasMessageContaining("b.parquet")
                .hasMessageContaining("no column \"body\", but [text]");
        Files.delete(other);
        Files.writeString(tables.resolve("README.md"), "Texts of two kinds.");
        assertThatThrownBy(() -> prepareFrom(tables, settings))
                .isInstanceOf(UserError.class)
                .hasMessageContaining("README.md")
                .hasMessageContaining("not a Parquet file");
    }

    private static Path writeTable(Path file, String column, String... texts) throws IOException {
        Path folder = Files.createTempDirectory(file.getParent(), ".spark");
        spark.createDataFrame(
                        Stream.of(texts).map(RowFactory::create).toList(),
                        new StructType().add(column, DataTypes.StringType))
                .coalesce(1)
                .write()
                .mode(SaveMode.Overwrite)
                .parquet(folder.toString());
        try (Stream<Path> parts = Files.list(folder)) {
            Path part = parts.filter(each -> each.getFileName().toString().startsWith("part-"))
                    .findFirst()
                    .orElseThrow();
            return Files.move(part, file);
        }
    }

    @Test
    void aBlockOfLinesIsADocumentAndAFileIsOne() throws IOException {
        write("a.txt", "one\none\n\ntwo\ntwo\n");

        assertThat(texts(
                        prepare(
                                "data.format.document=block",
                                "data.validation.by=tail",
                                "data.validation.fraction=0.4"),
                        Split.TRAIN))
                .containsExactly("one\n", "two\n");
        assertThat(texts(prepare("data.validation.by=tail", "data.validation.fraction=0.5"), Split.TRAIN))
                .containsExactly("one\none\n");
    }

    @Test
    void addingFilesMovesNoDocumentToTheOtherSplit() throws IOException {
        write("a.txt", lines(0, 60));
        List<String> before = texts(prepare("data.format.document=line"), Split.VALIDATION);
        write("0.txt", lines(60, 120));
        Dataset grown = prepare("data.format.document=line");

        assertThat(texts(grown, Split.VALIDATION)).containsAll(before).hasSizeGreaterThan(before.size());
        assertThat(texts(grown, Split.TRAIN)).doesNotContainAnyElementsOf(before);
        assertThat(texts(grown, Split.TRAIN).size()
                        + texts(grown, Split.VALIDATION).size())
                .isEqualTo(120);
    }

    @Test
    void aCorpusOfItsOwnCanBeTheValidationSplit() throws IOException {
        write("a.txt", "training text");
        Path other = Files.writeString(folder.resolve("other.txt"), "measured text");

        Dataset dataset = prepare("data.validation={ by = corpus, corpus = \"" + other + "\" }");

        assertThat(texts(dataset, Split.TRAIN)).containsExactly("training text");
        assertThat(texts(dataset, Split.VALIDATION)).containsExactly("measured text");
    }

    @ParameterizedTest
    @CsvSource({"exact, 2, 2", "none, 4, "})
    void whatIsMeasuredIsNeverTrainedOnNorLearnedFrom(String deduplicate, long shared, @Nullable Long duplicates)
            throws IOException {
        Path measured = write("val.txt", "zzzz zzzz zzzz\nseen\n");
        write("a.txt", "first text\nzzzz zzzz zzzz\u0007\nsecond text\n");
        write("b.txt", "seen elsewhere\nseen\r\n");

        Dataset dataset = prepare(
                "data.format.document=line",
                "data.deduplicate=" + deduplicate,
                "data.tokenizer={ type = bpe, vocab-size = 300 }",
                "data.validation={ by = corpus, corpus = \"" + measured + "\" }");

        assertThat(texts(dataset, Split.TRAIN)).containsExactly("first text", "second text", "seen elsewhere");
        assertThat(texts(dataset, Split.VALIDATION)).containsExactly("zzzz zzzz zzzz", "seen");
        assertThat(dataset.tokenizer().encode("zz")).hasSize(2);
        Map<String, Long> dropped = new TreeMap<>(Map.of("validation", shared));
        Optional.ofNullable(duplicates).ifPresent(count -> dropped.put("duplicate", count));
        assertThat(dataset.manifest().provenance().dropped()).isEqualTo(dropped);
    }

    @Test
    void equalDocumentsStayOnOneSide() throws IOException {
        write("a.txt", lines(0, 60));
        write("b.txt", lines(0, 60));

        Dataset dataset = prepare("data.format.document=line", "data.deduplicate=none");

        assertThat(dataset.manifest().train().documents()
                        + dataset.manifest().validation().documents())
                .isEqualTo(120);
        assertThat(texts(dataset, Split.TRAIN)).doesNotContainAnyElementsOf(texts(dataset, Split.VALIDATION));
    }

    @Test
    void theUnigramEntropyIsThatOfTheFrequencies() {
        assertThat(UnigramEntropy.nats(new long[] {7, 1, 0}, new long[] {1, 0, 1}))
                .isEqualTo(-(Math.log(8.0 / 11) + Math.log(1.0 / 11)) / 2);
    }

    @Test
    void aFinishedDatasetIsUsedAgainAndAnotherOneIsNeverOverwritten() throws IOException {
        write("a.txt", lines(0, 100));
        Path corpus = folder.resolve("corpus");
        String[] settings = {"data.format.document=line", "data.output=\"" + folder.resolve("out") + "\""};
        PrepareJob.Prepared first = run(corpus, settings);
        PrepareJob.Prepared again = run(corpus, settings);

        assertThat(first.reused()).isFalse();
        assertThat(again.reused()).isTrue();
        assertThat(again.dataset().manifest()).isEqualTo(first.dataset().manifest());
        assertThatThrownBy(() -> run(corpus, with(settings, "data.seed=2")))
                .isInstanceOf(UserError.class)
                .hasMessageContaining("data.seed was 1 and is now 2");
        write("a.txt", lines(0, 101));
        assertThatThrownBy(() -> run(corpus, settings))
                .isInstanceOf(UserError.class)
                .hasMessageContaining("a.txt is new or has changed");
        assertThatThrownBy(() -> run(corpus, "data.output=\"" + corpus + "\""))
                .isInstanceOf(UserError.class)
                .hasMessageContaining("holds no dataset");
        assertThat(names(folder)).containsExactlyInAnyOrder("corpus", "out");
    }

    /** The second may come at any moment, and finds the output in use or there. */
    @Test
    void ofTwoAtOnceOnePreparesAndNothingElseIsLeft() throws Exception {
        write("a.txt", lines(0, 3000));
        Path corpus = folder.resolve("corpus");
        Path output = folder.resolve("a:b 1%#[c]");
        String[] settings = {"data.format.document=line", "data.part-sequences=100", "data.output=\"" + output + "\""};
        Storage storage = new Storage(new Configuration(false));
        try (Claim claim = storage.claimWhole(output.toString())) {
            assertThatThrownBy(() -> run(corpus, settings))
                    .isInstanceOf(UserError.class)
                    .hasMessageContaining("is in use by another process");
            claim.require();
        }
        ExecutorService threads = Executors.newFixedThreadPool(2);
        List<Future<PrepareJob.Prepared>> both =
                List.of(threads.submit(() -> run(corpus, settings)), threads.submit(() -> run(corpus, settings)));
        threads.shutdown();
        int done = 0;
        for (Future<PrepareJob.Prepared> each : both) {
            try {
                each.get();
                done++;
            } catch (ExecutionException e) {
                assertThat(e.getCause()).isInstanceOf(UserError.class).hasMessageContaining("is in use");
            }
        }
        assertThat(done).isPositive();
        Dataset dataset = run(corpus, settings).dataset();
        assertThat(dataset.parts(Split.TRAIN))
                .hasSizeGreaterThan(1)
                .allSatisfy(part -> assertThat(dataset.read(part)).isNotNull());
        assertThat(folder.toFile().list()).containsExactlyInAnyOrder("corpus", "a:b 1%#[c]");
    }

    /** As by somebody who clears what looks temporary. */
    @Test
    void aPartThatIsDeletedMeanwhileIsNamedAndNothingIsCommitted() throws IOException {
        write("a.txt", lines(0, 300));
        Path output = folder.resolve("out");
        String[] settings = {"data.format.document=line", "data.output=\"" + output + "\""};
        Progress deleting = (name, total) -> (amount, note) -> {
            if (note.endsWith("train written")) {
                try (Stream<Path> all = Files.walk(folder)) {
                    Files.delete(all.filter(file -> file.endsWith("train-00000.parquet"))
                            .findFirst()
                            .orElseThrow());
                } catch (IOException e) {
                    throw new UncheckedIOException(e);
                }
            }
        };
        assertThatThrownBy(() -> run(folder.resolve("corpus").toString(), deleting, settings))
                .isInstanceOf(Failure.class)
                .hasMessageContainingAll("out was not finished", "train/train-00000.parquet is missing");
        assertThat(folder.toFile().list()).containsExactly("corpus");
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = ';',
            value = {
                "latin-1 ; 636166e90a ; a.txt ; 0xE9 at offset 3",
                "binary ; 6162636400 ; a.txt ; offset 4 is NUL",
                "archive ; 504b0304000000 ; a.txt ; zip archive",
                "truncated gzip ; 1f8b0800000000 ; a.txt ; cut short",
                "empty ; '' ; no documents to keep ; none was left out",
                "blank ; 200a ; no documents to keep ; 1 as empty",
                "one line ; 61620a ; one sequence needs 3 ; data.sequence",
            })
    void aBadCorpusIsExplainedAndLeavesNothingBehind(String name, String hex, String first, String second)
            throws IOException {
        Path corpus = Files.createDirectories(folder.resolve("corpus"));
        Files.write(corpus.resolve("a.txt"), HexFormat.of().parseHex(hex.equals("''") ? "" : hex));

        assertThatThrownBy(() -> prepare())
                .as(name)
                .isInstanceOf(UserError.class)
                .hasMessageContaining(first)
                .hasMessageContaining(second);
        assertThat(names(folder)).containsExactly("corpus");
    }

    @Test
    void badDocumentsAreSkippedAndCountedIfAskedFor() throws IOException {
        Path corpus = write("a.txt", "good text one\ngood text two\n");
        Files.write(corpus.resolveSibling("b.txt"), "caf\u00e9\n".getBytes(StandardCharsets.ISO_8859_1));
        Files.writeString(corpus.resolveSibling("c.txt"), "x".repeat(200) + "\n");

        Dataset dataset = prepare(
                "data.format.document=line",
                "data.on-bad-text=skip",
                "data.max-document-bytes=100",
                "data.validation.by=tail",
                "data.validation.fraction=0.5");

        assertThat(dataset.manifest().provenance().dropped()).isEqualTo(Map.of("not-utf-8", 1L, "too-long", 1L));
        assertThat(dataset.manifest().train().documents()).isEqualTo(2);
    }

    @Test
    void aDamagedDatasetIsNamed() throws IOException {
        write("a.txt", lines(0, 100));
        Dataset dataset = prepare("data.format.document=line");
        DatasetManifest.PartInfo part = dataset.parts(Split.TRAIN).get(0);
        Path file = Path.of(URI.create(Storage.child(dataset.path(), part.file())));
        byte[] bytes = Files.readAllBytes(file);

        Files.write(file, Arrays.copyOf(bytes, bytes.length / 2));
        assertThatThrownBy(() -> dataset.read(part))
                .isInstanceOf(UserError.class)
                .hasMessageContaining(part.file())
                .hasMessageContaining("rerun prepare");
        Files.delete(file);
        assertThatThrownBy(() -> dataset.read(part)).hasMessageContaining("is missing");
        assertThatThrownBy(() -> Dataset.open(Storage.withDefaults(), folder.toString()))
                .isInstanceOf(UserError.class)
                .hasMessageContaining("holds no dataset");
        Files.writeString(Path.of(URI.create(dataset.path())).resolve("manifest.json"), "{\"formatVersion\":9}");
        assertThatThrownBy(() -> Dataset.open(Storage.withDefaults(), dataset.path()))
                .hasMessageContaining("formatVersion = 9");
    }

    @Test
    void partsAreReadInsideTasks() throws IOException {
        write("a.txt", lines(0, 100));
        Dataset dataset = prepare("data.format.document=line", "data.part-sequences=20");
        long tokens = JavaSparkContext.fromSparkContext(spark.sparkContext())
                .parallelize(dataset.parts(Split.TRAIN), 3)
                .map(part -> dataset.read(part).rows().stream()
                        .mapToLong(row -> row.length)
                        .sum())
                .reduce(Long::sum);

        assertThat(tokens).isEqualTo(dataset.manifest().train().tokens());
    }

    @Test
    void theSampleIsRealEnglish() {
        Dataset dataset = prepareInput(
                Sample.EUROPARL,
                "data.languages=[en]",
                "data.sequence=64",
                "data.tokenizer={ type = bpe, vocab-size = 1024 }");
        DatasetManifest manifest = dataset.manifest();

        assertThat(manifest.train().documents() + manifest.validation().documents())
                .isBetween(1200L, 1350L);
        assertThat(manifest.train().bytes() + manifest.validation().bytes()).isBetween(1_100_000L, 1_500_000L);
        assertThat(manifest.tokenizer().vocabularySize()).isEqualTo(1024);
        assertThat(manifest.unigramEntropy()).isBetween(4.0, Math.log(1024));
        assertThat(manifest.provenance().sources().get(0).name()).isEqualTo("sample:europarl");
        assertThat(texts(dataset, Split.VALIDATION).get(0)).contains(" the ");
    }

    private static SparkSession session(int cores, int parallelism) {
        return SparkSession.builder()
                .master("local[" + cores + "]")
                .config("spark.ui.enabled", "false")
                .config("spark.default.parallelism", parallelism)
                .config("spark.sql.shuffle.partitions", parallelism)
                .getOrCreate();
    }

    private Path write(String name, String text) throws IOException {
        return Files.writeString(
                Files.createDirectories(folder.resolve("corpus")).resolve(name), text);
    }

    private Dataset prepare(String... settings) {
        return prepareFrom(folder.resolve("corpus"), settings);
    }

    private Dataset prepareFrom(Path corpus, String... settings) {
        return prepareInput(corpus.toString(), settings);
    }

    private Dataset prepareInput(String corpus, String... settings) {
        return runInput(corpus, settings).dataset();
    }

    private PrepareJob.Prepared run(Path corpus, String... settings) {
        return runInput(corpus.toString(), settings);
    }

    private PrepareJob.Prepared runInput(String corpus, String... overrides) {
        return run(corpus, Progress.SILENT, overrides);
    }

    private PrepareJob.Prepared run(String corpus, Progress progress, String... overrides) {
        List<String> all = new ArrayList<>(List.of(
                "data.corpus=\"" + corpus + "\"",
                "data.output=\""
                        + folder.resolve("datasets").resolve(UUID.randomUUID().toString()) + "\"",
                "data.sequence=2"));
        all.addAll(List.of(overrides));
        Settings settings = Settings.load(Optional.empty(), all);
        DataConfig config = settings.bind("data", DataConfig.class).get();
        return PrepareJob.run(spark, config, settings.canonicalJson("data"), progress);
    }

    private static List<String> names(Path directory) {
        return Storage.withDefaults().names(directory.toString());
    }

    private static String[] with(String[] settings, String more) {
        return Stream.concat(Stream.of(settings), Stream.of(more)).toArray(String[]::new);
    }

    /** The documents of a split, put together again from its rows. */
    private static List<String> texts(Dataset dataset, Split split) {
        Tokenizer tokenizer = dataset.tokenizer();
        List<String> texts = new ArrayList<>();
        int[] stream = dataset.parts(split).stream()
                .map(dataset::read)
                .map(Part::rows)
                .flatMap(List::stream)
                .flatMapToInt(Arrays::stream)
                .toArray();
        int start = 0;
        for (int at = 0; at < stream.length; at++) {
            if (stream[at] == tokenizer.endOfDocument()) {
                texts.add(tokenizer.decode(Arrays.copyOfRange(stream, start, at)));
                start = at + 1;
            }
        }
        assertThat(start).isEqualTo(stream.length);
        return texts;
    }

    /** SHA-256 of every file of a dataset. */
    private static Map<String, String> files(Dataset dataset) throws IOException {
        Path root = Path.of(URI.create(dataset.path()));
        Storage storage = Storage.withDefaults();
        try (Stream<Path> files = Files.walk(root)) {
            return files.filter(Files::isRegularFile)
                    .collect(Collectors.toMap(
                            file -> root.relativize(file).toString(),
                            file -> storage.sha256(file.toString()),
                            (left, right) -> left,
                            TreeMap::new));
        }
    }

    private static String lines(int from, int to) {
        return IntStream.range(from, to)
                .mapToObj(i -> "this is line " + i + "\n")
                .collect(Collectors.joining());
    }

    private static String prose(Random random, int words) {
        StringBuilder text = new StringBuilder();
        for (int i = 0; i < words; i++) {
            text.append("word").append(random.nextInt(300)).append(random.nextInt(12) == 0 ? "\n" : " ");
        }
        return text.toString();
    }
}
