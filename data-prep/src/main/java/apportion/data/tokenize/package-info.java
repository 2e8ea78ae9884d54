/**
 * Text to token ids and back: bytes, and byte-level BPE.
 *
 * <p>A text is cut into <em>words</em> by the pattern of GPT-2 (Radford et al. 2019), each word is taken as its UTF-8
 * bytes, and neighbouring tokens are merged in the order in which the merges were learned (Sennrich et al. 2016,
 * section 3.2). The tokenizer of bytes is the same thing with no merges. Files are in Hugging Face's
 * {@code tokenizer.json} format; a file that would encode differently there is refused.
 *
 * <p>Invariants: every byte is a token, so every text can be encoded; {@code decode(encode(text))} is the text; a text
 * never encodes to a special token, whatever it holds; the same text gives the same ids on every machine. A surrogate
 * without its partner is encoded as U+FFFD, since UTF-8 has no form for it.
 *
 * <p>Depends on the JDK and Jackson.
 */
@NullMarked
package apportion.data.tokenize;

import org.jspecify.annotations.NullMarked;
