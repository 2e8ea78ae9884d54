package apportion.data.tokenize;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.IOException;
import java.io.InputStream;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Base64;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/** GPT-2's vocabulary as it was published, worked out from the ranks that jtokkit ships. */
final class Gpt2 {

    private final Map<ByteBuffer, Integer> ranks = new HashMap<>();
    private final List<byte[]> tokens = new ArrayList<>();

    private Gpt2(String tiktoken) {
        tiktoken.lines().forEach(line -> {
            byte[] token = Base64.getDecoder().decode(line.substring(0, line.indexOf(' ')));
            ranks.put(ByteBuffer.wrap(token), tokens.size());
            tokens.add(token);
        });
    }

    static Gpt2 fromJtokkit() throws IOException {
        try (InputStream in = Gpt2.class.getResourceAsStream("/com/knuddels/jtokkit/r50k_base.tiktoken")) {
            if (in == null) {
                throw new IllegalStateException("jtokkit has no r50k_base.tiktoken");
            }
            return new Gpt2(new String(in.readAllBytes(), StandardCharsets.US_ASCII));
        }
    }

    String vocabularyJson() throws JsonProcessingException {
        Map<String, Integer> vocabulary = new HashMap<>();
        for (int id = 0; id < tokens.size(); id++) {
            vocabulary.put(ByteAlphabet.spell(tokens.get(id)), id);
        }
        vocabulary.put(Tokenizer.END_OF_DOCUMENT, tokens.size());
        return new ObjectMapper().writeValueAsString(vocabulary);
    }

    /** A token's merge joins the two pieces into which the merges before it cut its bytes. */
    String mergesText() {
        StringBuilder text = new StringBuilder("#version: 0.2\n");
        for (int id = 256; id < tokens.size(); id++) {
            List<byte[]> pieces = pieces(tokens.get(id), id);
            if (pieces.size() != 2) {
                throw new IllegalStateException("token " + id + " comes in " + pieces.size() + " pieces");
            }
            text.append(ByteAlphabet.spell(pieces.get(0))).append(' ');
            text.append(ByteAlphabet.spell(pieces.get(1))).append('\n');
        }
        return text.toString();
    }

    private List<byte[]> pieces(byte[] token, int below) {
        List<byte[]> pieces = new ArrayList<>();
        for (byte value : token) {
            pieces.add(new byte[] {value});
        }
        Optional<Integer> best = lowest(pieces, below);
        while (best.isPresent()) {
            int at = best.get();
            pieces.set(at, joined(pieces.get(at), pieces.get(at + 1)));
            pieces.remove(at + 1);
            best = lowest(pieces, below);
        }
        return pieces;
    }

    private Optional<Integer> lowest(List<byte[]> pieces, int below) {
        int lowest = below;
        Optional<Integer> at = Optional.empty();
        for (int i = 0; i + 1 < pieces.size(); i++) {
            int rank = ranks.getOrDefault(ByteBuffer.wrap(joined(pieces.get(i), pieces.get(i + 1))), below);
            if (rank < lowest) {
                lowest = rank;
                at = Optional.of(i);
            }
        }
        return at;
    }

    private static byte[] joined(byte[] left, byte[] right) {
        return ByteBuffer.allocate(left.length + right.length)
                .put(left)
                .put(right)
                .array();
    }
}
