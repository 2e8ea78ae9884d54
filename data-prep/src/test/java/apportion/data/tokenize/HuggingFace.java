package apportion.data.tokenize;

import ai.djl.huggingface.tokenizers.jni.LibUtils;
import ai.djl.huggingface.tokenizers.jni.TokenizersLibrary;
import java.util.Arrays;
import java.util.function.LongFunction;

/**
 * The reference that our tokenizers are compared with, which reads what ours writes; called below DJL's conversions.
 */
final class HuggingFace implements AutoCloseable {

    private final TokenizersLibrary library;
    private final long tokenizer;

    HuggingFace(Tokenizer ours) {
        LibUtils.checkStatus();
        library = TokenizersLibrary.LIB;
        tokenizer = library.createTokenizerFromString(ours.toJson());
    }

    int[] encode(String text) {
        return Arrays.stream(encoded(text, library::getTokenIds))
                .mapToInt(Math::toIntExact)
                .toArray();
    }

    /** Which word each token of a text lies in. */
    long[] words(String text) {
        return encoded(text, library::getWordIds);
    }

    @Override
    public void close() {
        library.deleteTokenizer(tokenizer);
    }

    private long[] encoded(String text, LongFunction<long[]> property) {
        long encoding = library.encode(tokenizer, text, false);
        try {
            return property.apply(encoding);
        } finally {
            library.deleteEncoding(encoding);
        }
    }
}
