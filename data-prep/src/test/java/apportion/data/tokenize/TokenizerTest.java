package apportion.data.tokenize;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import apportion.data.SharedTexts;
import com.knuddels.jtokkit.Encodings;
import com.knuddels.jtokkit.api.Encoding;
import com.knuddels.jtokkit.api.EncodingType;
import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.ObjectInputStream;
import java.io.ObjectOutputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class TokenizerTest {

    @Test
    void bytesAreTheirOwnTokens() {
        Tokenizer bytes = Tokenizer.bytes();

        assertThat(bytes.encode("aé")).containsExactly('a', 0xC3, 0xA9);
        assertThat(bytes.vocabularySize()).isEqualTo(257);
        assertThat(bytes.endOfDocument()).isEqualTo(256);
        assertThat(bytes.byteLength(256)).isZero();
        assertThat(bytes.byteLength(97)).isOne();
    }

    @Test
    void everyCodePointIsClassedAsTheReferenceDoes() {
        try (HuggingFace reference = new HuggingFace(Tokenizer.bytes())) {
            HostileTexts.everyBlock().forEach(block -> {
                // After a letter, a number and a mark each: a code point joins the one of its own class.
                String probes = block.codePoints()
                        .mapToObj(Character::toString)
                        .map(point -> "\na" + point + "\n1" + point + "\n!" + point)
                        .collect(Collectors.joining());
                assertThat(wordsOfBytes(probes))
                        .as("U+%04X and the 255 that follow", block.codePointAt(0))
                        .isEqualTo(reference.words(probes));
            });
        }
    }

    @Test
    void hostileTextsEncodeAsTheReferenceDoesAndDecodeToThemselves() {
        Tokenizer tokenizer = trained(HostileTexts.all(), 1000);
        try (HuggingFace reference = new HuggingFace(tokenizer)) {
            for (String text : HostileTexts.all()) {
                int[] tokens = tokenizer.encode(text);
                assertThat(tokens).as(text).isEqualTo(reference.encode(text));
                assertThat(tokenizer.decode(tokens)).isEqualTo(text);
            }
        }
    }

    @Test
    void realTextsEncodeAsTheReferenceDoesAndDecodeToThemselves() throws IOException {
        List<Path> files = SharedTexts.files();
        Tokenizer learned = trained(List.of(Files.readString(files.get(0))), 2000);
        for (Tokenizer tokenizer : List.of(learned, Tokenizer.bytes())) {
            try (HuggingFace reference = new HuggingFace(tokenizer)) {
                for (Path file : files) {
                    String text = Files.readString(file).substring(0, 300_000);
                    int[] tokens = tokenizer.encode(text);
                    assertThat(tokens).as(file.toString()).isEqualTo(reference.encode(text));
                    assertThat(tokenizer.decode(tokens)).isEqualTo(text);
                }
            }
        }
    }

    @Test
    void theVocabularyOfGpt2LoadsAndAgreesWithTwoOtherImplementations() throws IOException {
        Gpt2 gpt2 = Gpt2.fromJtokkit();
        Tokenizer tokenizer = Tokenizer.fromGpt2(gpt2.vocabularyJson(), gpt2.mergesText());
        Encoding other = Encodings.newDefaultEncodingRegistry().getEncoding(EncodingType.R50K_BASE);

        assertThat(tokenizer.vocabularySize()).isEqualTo(50257);
        assertThat(tokenizer.endOfDocument()).isEqualTo(50256);
        assertThat(tokenizer.encode("Hello world")).containsExactly(15496, 995);
        String prose =
                "The quick brown fox doesn't jump; it's 1,234 years old.\n\n   Naïve café — 東京 🙂 \r\n\tx = y**2;";
        assertThat(tokenizer.encode(prose))
                .isEqualTo(other.encodeOrdinary(prose).toArray());
        Tokenizer reread = Tokenizer.fromJson(tokenizer.toJson());
        try (HuggingFace reference = new HuggingFace(tokenizer)) {
            for (String text : HostileTexts.all()) {
                assertThat(reread.encode(text)).as(text).isEqualTo(reference.encode(text));
            }
        }
    }

    @Test
    void shortAndLongWordsAreMergedBySameRules() {
        String text = "abcabcabd".repeat(200);
        Tokenizer tokenizer = trained(List.of("abcabc abcabd cabd aabb bbaa abab"), 300);
        WordMerger merger = new WordMerger(IntStream.range(0, 256).toArray(), tokenizer.merges());
        for (int length = 1; length < 96; length++) {
            byte[] word = text.substring(0, length).getBytes(StandardCharsets.UTF_8);
            assertThat(tokens(merger, word)).as("%d bytes", length).isEqualTo(naive(tokenizer, word));
        }
        byte[] word = text.getBytes(StandardCharsets.UTF_8);
        assertThat(tokens(merger, word)).isEqualTo(naive(tokenizer, word));
    }

    @Test
    void anEmptiedCacheChangesNothing() {
        Tokenizer tokenizer = trained(List.of("1234 5678 12 34"), 270);
        String many = IntStream.range(0, 100_000).mapToObj(i -> " w" + i * 7919).collect(Collectors.joining());

        assertThat(tokenizer.decode(tokenizer.encode(many))).isEqualTo(many);
        assertThat(tokenizer.encode(many)).isEqualTo(tokenizer.encode(many));
    }

    @Test
    void aTextNeverEncodesToTheSpecialToken() {
        Tokenizer tokenizer = trained(List.of("<|endoftext|> <|endoftext|> endoftext"), 400);

        int[] tokens = tokenizer.encode("a<|endoftext|>b");

        assertThat(tokens).doesNotContain(tokenizer.endOfDocument());
        assertThat(tokenizer.decode(tokens)).isEqualTo("a<|endoftext|>b");
    }

    @Test
    void aLoneSurrogateIsTheReplacementCharacter() {
        assertThat(Tokenizer.bytes().encode("a\ud800b")).containsExactly('a', 0xEF, 0xBF, 0xBD, 'b');
        assertThat(Tokenizer.bytes().encode("\udc00")).containsExactly(0xEF, 0xBF, 0xBD);
        assertThat(Tokenizer.bytes().decode(Tokenizer.bytes().encode("\ud83d\ude00")))
                .isEqualTo("\ud83d\ude00");
    }

    @Test
    void whatIsWrittenReadsBackTheSameAndCrossesToOtherMachines() throws Exception {
        Tokenizer tokenizer = trained(HostileTexts.all(), 500);
        ByteArrayOutputStream wire = new ByteArrayOutputStream();
        try (ObjectOutputStream out = new ObjectOutputStream(wire)) {
            out.writeObject(tokenizer);
        }
        Object arrived = new ObjectInputStream(new ByteArrayInputStream(wire.toByteArray())).readObject();

        assertThat(((Tokenizer) arrived).toJson()).isEqualTo(tokenizer.toJson());
        assertThat(Tokenizer.fromJson(tokenizer.toJson()).sha256()).isEqualTo(tokenizer.sha256());
        assertThat(tokenizer.sha256()).isNotEqualTo(Tokenizer.bytes().sha256()).hasSize(64);
    }

    @Test
    void mergesMayBePairsOfStrings() {
        String lines = trained(List.of("aaaa bbbb aaaa"), 260).toJson();
        String pairs = lines.replaceAll("\"(\\S+) (\\S+)\"(?=[,\\s])", "[\"$1\", \"$2\"]");

        assertThat(pairs).isNotEqualTo(lines);
        assertThat(Tokenizer.fromJson(pairs).toJson()).isEqualTo(lines);
    }

    @Test
    void aTemplateThatAddsNoTokenIsNone() {
        String template = "{\"type\":\"TemplateProcessing\",\"single\":[{\"Sequence\":{\"id\":\"A\",\"type_id\":0}}],"
                + "\"pair\":[],\"special_tokens\":{}}";
        String json = Tokenizer.bytes().toJson();

        Tokenizer read =
                Tokenizer.fromJson(json.replace("\"post_processor\" : null", "\"post_processor\" : " + template));

        assertThat(read.sha256()).isEqualTo(Tokenizer.bytes().sha256());
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = ';',
            value = {
                "\"normalizer\" : null ; \"normalizer\" : {\"type\":\"NFC\"} ; normalizer",
                "\"truncation\" : null ; \"truncation\" : {\"max_length\":512} ; truncation",
                "\"use_regex\" : true ; \"use_regex\" : false ; use_regex",
                "\"add_prefix_space\" : false ; \"add_prefix_space\" : true ; add_prefix_space",
                "\"type\" : \"ByteLevel\" ; \"type\" : \"Whitespace\" ; pre_tokenizer.type",
                "\"type\" : \"BPE\" ; \"type\" : \"Unigram\" ; model.type",
                "\"dropout\" : null ; \"dropout\" : 0.1 ; model.dropout",
                "\"end_of_word_suffix\" : null ; \"end_of_word_suffix\" : \"</w>\" ; model.end_of_word_suffix",
                "\"ignore_merges\" : false ; \"ignore_merges\" : true ; model.ignore_merges",
                "\"post_processor\" : null ; \"post_processor\" : {\"type\":\"BertProcessing\"} ; post_processor.type",
                "\"post_processor\" : null ; \"post_processor\" : {\"type\":\"TemplateProcessing\",\"single\":["
                        + "{\"SpecialToken\":{\"id\":\"<s>\"}},{\"Sequence\":{\"id\":\"A\"}}]} ; post_processor.type",
                "\"special\" : true ; \"special\" : false ; added token",
                "\"content\" : \"<|endoftext|>\" ; \"content\" : \"<pad>\" ; two tokens have the id 256",
                "\"!\" : 33 ; \"!\" : 34 ; two tokens have the id 34",
                "\"!\" : 33 ; \"!\" : -1 ; at least 0",
                "\"!\" : 33 ; \"!\" : 99999999 ; 99999999",
                "\"!\" : 33 ; \"東\" : 33 ; U+6771",
                "\"!\" : 33 ; \"!!\" : 33 ; byte 0x21",
                "\"merges\" : [ ] ; \"merges\" : [ \"a zz\" ] ; merge 0",
                "\"merges\" : [ ] ; \"merges\" : [ \"a\" ] ; two tokens",
            })
    void aFileThatWouldEncodeOtherwiseIsRefusedByName(String ours, String theirs, String named) {
        String json = Tokenizer.bytes().toJson();
        assertThat(json).contains(ours);

        assertThatThrownBy(() -> Tokenizer.fromJson(json.replace(ours, theirs)))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageContaining(named);
    }

    @Test
    void aFileThatIsCutShortIsRefused() {
        String json = trained(List.of("aaaa bbbb aaaa"), 260).toJson();
        for (int length = 0; length < json.length() - 2; length += 97) {
            String cut = json.substring(0, length);
            assertThatThrownBy(() -> Tokenizer.fromJson(cut))
                    .as("first %d characters", length)
                    .isInstanceOf(IllegalArgumentException.class);
        }
        assertThatThrownBy(() -> Tokenizer.fromJson("[".repeat(100_000)))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageContaining("tokenizer.json");
    }

    @Test
    void aTokenOutsideTheVocabularyIsNamed() {
        assertThatThrownBy(() -> Tokenizer.bytes().decode(new int[] {257}))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageContaining("token 257")
                .hasMessageContaining("256");
    }

    private static Tokenizer trained(List<String> texts, int vocabularySize) {
        Map<String, Long> counts = new HashMap<>();
        texts.forEach(text -> Words.forEach(text, word -> counts.merge(word, 1L, Long::sum)));
        return BpeTrainer.train(counts, vocabularySize, 1, (learned, wanted) -> {});
    }

    private static long[] wordsOfBytes(String text) {
        byte[] utf8 = text.getBytes(StandardCharsets.UTF_8);
        long[] words = new long[utf8.length];
        int word = 0;
        for (int start = 0; start < utf8.length; word++) {
            int end = Words.end(utf8, start);
            Arrays.fill(words, start, end, word);
            start = end;
        }
        return words;
    }

    private static int[] tokens(WordMerger merger, byte[] word) {
        int[] out = new int[word.length];
        int count = merger.merge(word, 0, word.length, out, 0);
        return Arrays.copyOf(out, count);
    }

    /** The definition: again and again the pair with the lowest rank, the leftmost of equals. */
    private static int[] naive(Tokenizer tokenizer, byte[] word) {
        List<Integer> tokens = IntStream.range(0, word.length)
                .mapToObj(i -> word[i] & 0xFF)
                .collect(Collectors.toCollection(ArrayList::new));
        while (true) {
            int best = -1;
            int rank = Merges.NONE;
            for (int i = 0; i + 1 < tokens.size(); i++) {
                int here = tokenizer.merges().rank(tokens.get(i), tokens.get(i + 1));
                if (here < rank) {
                    best = i;
                    rank = here;
                }
            }
            if (best < 0) {
                return tokens.stream().mapToInt(Integer::intValue).toArray();
            }
            tokens.set(best, tokenizer.merges().result(rank));
            tokens.remove(best + 1);
        }
    }
}
