package apportion.spark.prepare;

import apportion.data.tokenize.BpeTrainer;

/** Where the tokenizer comes from. */
public sealed interface TokenizerConfig {

    /** Every byte is a token. */
    record Bytes() implements TokenizerConfig {}

    /**
     * Byte-level BPE, learned from the training documents.
     *
     * @param vocabSize tokens at most, with the 256 bytes and the end of a document
     * @param minFrequency a pair that is rarer is not merged
     */
    record Bpe(int vocabSize, long minFrequency) implements TokenizerConfig {
        public Bpe {
            if (vocabSize < BpeTrainer.SMALLEST_VOCABULARY) {
                throw new IllegalArgumentException("vocab-size must be at least " + BpeTrainer.SMALLEST_VOCABULARY
                        + " (256 bytes and the end of a document), got " + vocabSize);
            }
            if (minFrequency < 1) {
                throw new IllegalArgumentException("min-frequency must be at least 1, got " + minFrequency);
            }
        }
    }

    /** A tokenizer.json that exists. */
    record File(String path) implements TokenizerConfig {}
}
