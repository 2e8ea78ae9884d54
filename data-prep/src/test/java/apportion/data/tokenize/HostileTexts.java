package apportion.data.tokenize;

import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.stream.IntStream;
import java.util.stream.Stream;

/** Texts on which a tokenizer is likely to be wrong; the same ones in every run. */
final class HostileTexts {

    private static final String[] PIECES = {
        " ",
        "  ",
        "\n",
        "\r\n",
        "\t",
        "\u00a0",
        "\u0085",
        "\u2028",
        "\u2029",
        "\u3000",
        "\u180e",
        "\u200b",
        "\ufeff",
        "\u000b",
        "'",
        "'s",
        "'S",
        "'re",
        "'ll",
        "'lx",
        "'v",
        "'t",
        "\u2019s",
        "don't",
        "we've",
        "a",
        "Z",
        "word",
        "7",
        "2026",
        "\u0663\u0664",
        "\u00bd",
        "\u2167",
        "\u2460",
        "!",
        "...",
        "<|",
        "|>",
        "endoftext",
        "\u00e9",
        "e\u0301",
        "\u0308",
        "\u05d0",
        "\u4e2d\u6587",
        "\uac00",
        "\u0e01\u0e33",
        "\ud83d\ude00",
        "\ud83d\udc68\u200d\ud83d\udc69\u200d\ud83d\udc67",
        "\ud83c\uddeb\ud83c\uddf7",
        "\ud835\udfd8",
        "\ud801\udc00",
        "\ud869\udede",
        "\0",
        "\u007f",
        "\ufffd",
        "\uffff"
    };

    private HostileTexts() {}

    static List<String> all() {
        List<String> texts = new ArrayList<>(List.of("", " ", "'", "\n", "a".repeat(5000), " ".repeat(5000)));
        texts.add("-".repeat(2000) + "=".repeat(97) + "ab".repeat(500));
        texts.add("the cat sat ".repeat(20).replace(" ", ""));
        Random random = new Random(20260101);
        for (int i = 0; i < 400; i++) {
            texts.add(mixture(random));
        }
        return texts;
    }

    /** Unicode's assigned code points, 256 to a text, and the first and last of every plane. */
    static Stream<String> everyBlock() {
        return IntStream.range(0, 0x1100).mapToObj(block -> block(block << 8)).filter(text -> !text.isEmpty());
    }

    private static String block(int start) {
        StringBuilder text = new StringBuilder();
        for (int point = start; point < start + 256; point++) {
            boolean atEnd = (point & 0xFFFF) == 0 || (point & 0xFFFF) == 0xFFFF;
            boolean surrogate = point >= Character.MIN_SURROGATE && point <= Character.MAX_SURROGATE;
            if (!surrogate && (atEnd || isProbed(point))) {
                text.appendCodePoint(point);
            }
        }
        return text.toString();
    }

    /** Java 17 does not know all that the reference knows, so parts of planes that are in use are taken whole. */
    private static boolean isProbed(int point) {
        boolean ideograph = isIn(point, 0x4F00, 0x9F00) || isIn(point, 0x20100, 0x2A600);
        boolean inUse = isIn(point, 0, 0x18E00) || isIn(point, 0x1AF00, 0x33000) || isIn(point, 0xE0000, 0xE0200);
        // Ideographs are all alike; every 16th will do.
        return inUse && (!ideograph || point % 16 == 0);
    }

    private static boolean isIn(int point, int from, int to) {
        return point >= from && point < to;
    }

    private static String mixture(Random random) {
        StringBuilder text = new StringBuilder();
        int pieces = 1 + random.nextInt(40);
        for (int i = 0; i < pieces; i++) {
            text.append(PIECES[random.nextInt(PIECES.length)]);
        }
        return text.toString();
    }
}
