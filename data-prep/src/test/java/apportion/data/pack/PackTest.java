package apportion.data.pack;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import apportion.data.corpus.ContentKey;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.TreeMap;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;

class PackTest {

    private static final int END = 99;

    @Test
    void packingLosesAndRepeatsNoTokenHoweverTheWorkIsSpread() {
        Random random = new Random(5);
        for (int trial = 0; trial < 200; trial++) {
            Layout layout = new Layout(2 + random.nextInt(6), 1 + random.nextInt(4));
            List<int[]> documents = documents(random);
            int[] stream = documents.stream().flatMapToInt(Arrays::stream).toArray();
            List<Part> parts = pack(documents, layout, random);

            assertThat(parts.stream().flatMap(part -> part.rows().stream()).flatMapToInt(Arrays::stream))
                    .containsExactlyElementsOf(IntStream.of(stream).boxed().toList());
            assertThat(parts).hasSize(layout.parts(stream.length));
            assertOnlyTheLastRowIsShort(parts, layout);
            assertRowsKnowTheirDocuments(parts);
        }
    }

    @Test
    void addingDocumentsMovesNoneToTheOtherSplit() {
        ValidationSplit split = new ValidationSplit.ByDocument(0.1, 42);
        int validation = 0;
        for (int i = 0; i < 5000; i++) {
            ContentKey key = ContentKey.of("document " + i);
            Map<Split, int[]> pieces = split.split(key, new int[] {1, 2}, END);
            assertThat(pieces).hasSize(1);
            assertThat(pieces.values().iterator().next()).containsExactly(1, 2, END);
            assertThat(split.split(key, new int[0], END).keySet()).isEqualTo(pieces.keySet());
            validation += pieces.containsKey(Split.VALIDATION) ? 1 : 0;
        }
        // Standard error 21.
        assertThat(validation).isBetween(400, 600);
    }

    @Test
    void theTailOfADocumentIsItsLastTokens() {
        int[] tokens = IntStream.range(0, 1_115_394).toArray();

        Map<Split, int[]> pieces = new ValidationSplit.Tail(0.1).split(ContentKey.of(""), tokens, -1);

        // As nanoGPT cuts tiny Shakespeare.
        assertThat(pieces.get(Split.TRAIN)).hasSize(1_003_854 + 1).endsWith(1_003_853, -1);
        assertThat(pieces.get(Split.VALIDATION))
                .hasSize(111_540 + 1)
                .startsWith(1_003_854)
                .endsWith(1_115_393, -1);
    }

    @Test
    void chunksWithAGapAreNotTakenForAPart() {
        Chunk first = new Chunk(0, 0, new int[] {1, 2});
        Chunk third = new Chunk(3, 0, new int[] {4});
        assertThatThrownBy(() -> Part.of(List.of(third, first), new Layout(2, 5), END))
                .isInstanceOf(IllegalStateException.class)
                .hasMessageContaining("tokens at 2 are missing");
    }

    @Test
    void impossibleLayoutsAreRefused() {
        assertThatThrownBy(() -> new Layout(1, 1)).hasMessageContaining("no target");
        assertThatThrownBy(() -> new Layout(2, 0)).hasMessageContaining("at least 1");
        assertThatThrownBy(() -> new Layout(1025, 1 << 20)).hasMessageContaining("part-sequences");
        assertThatThrownBy(() -> new ValidationSplit.Tail(1)).hasMessageContaining("between 0 and 1");
        assertThatThrownBy(() -> new ValidationSplit.ByDocument(Double.NaN, 0)).hasMessageContaining("NaN");
    }

    private static List<int[]> documents(Random random) {
        List<int[]> documents = new ArrayList<>();
        for (int i = 1 + random.nextInt(8); i > 0; i--) {
            int[] tokens = random.ints(random.nextInt(20) + 1L, 0, END).toArray();
            tokens[tokens.length - 1] = END;
            documents.add(tokens);
        }
        return documents;
    }

    /** Two workers, each with a run of documents; chunks arrive in any order. */
    private static List<Part> pack(List<int[]> documents, Layout layout, Random random) {
        int cut = random.nextInt(documents.size() + 1);
        long before = documents.subList(0, cut).stream()
                .mapToLong(tokens -> tokens.length)
                .sum();
        StreamCutter first = new StreamCutter(layout, 0, 0);
        StreamCutter second = new StreamCutter(layout, before, cut);
        List<Chunk> chunks = new ArrayList<>();
        documents.subList(0, cut).forEach(tokens -> chunks.addAll(first.next(tokens)));
        documents.subList(cut, documents.size()).forEach(tokens -> chunks.addAll(second.next(tokens)));
        Collections.shuffle(chunks, random);
        Map<Integer, List<Chunk>> byPart = new TreeMap<>();
        chunks.forEach(chunk -> byPart.computeIfAbsent(first.part(chunk), part -> new ArrayList<>())
                .add(chunk));
        return byPart.values().stream().map(part -> Part.of(part, layout, END)).toList();
    }

    private static void assertOnlyTheLastRowIsShort(List<Part> parts, Layout layout) {
        List<int[]> rows = parts.stream().flatMap(part -> part.rows().stream()).toList();
        assertThat(rows.subList(0, rows.size() - 1))
                .allSatisfy(row -> assertThat(row).hasSize(layout.rowTokens()));
        assertThat(rows.get(rows.size() - 1)).hasSizeBetween(1, layout.rowTokens());
        parts.subList(0, parts.size() - 1)
                .forEach(part -> assertThat(part.rows()).hasSize(layout.partRows()));
    }

    private static void assertRowsKnowTheirDocuments(List<Part> parts) {
        long ended = 0;
        for (Part part : parts) {
            for (int row = 0; row < part.rows().size(); row++) {
                assertThat(part.documents()[row]).isEqualTo(ended);
                ended += Arrays.stream(part.rows().get(row))
                        .filter(token -> token == END)
                        .count();
            }
        }
    }
}
