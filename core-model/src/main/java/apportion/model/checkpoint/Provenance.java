package apportion.model.checkpoint;

import java.util.Collections;
import java.util.Map;
import java.util.TreeMap;
import java.util.regex.Pattern;

/**
 * Where a result comes from: enough to make it again, and to see whether two results can be compared.
 *
 * @param configHash SHA-256 of the resolved configuration
 * @param codeVersion commit or release of the code
 * @param inputs SHA-256 of what was read, by what it was: {@code dataset}, {@code tokenizer}, ...
 * @param seeds by what they seed: {@code init}, {@code data}, ...
 * @param libraries versions, by library
 */
public record Provenance(
        String configHash,
        String codeVersion,
        Map<String, String> inputs,
        Map<String, Long> seeds,
        Map<String, String> libraries) {

    /** The input that is the tokenizer of the run, where it is known. */
    public static final String TOKENIZER = "tokenizer";

    private static final Pattern SHA_256 = Pattern.compile("[0-9a-f]{64}");

    public Provenance {
        requireHash("config hash", configHash);
        if (codeVersion.isBlank()) {
            throw new IllegalArgumentException("code version is blank; name the commit or release");
        }
        inputs.forEach((name, hash) -> requireHash("hash of input " + name, hash));
        inputs = Collections.unmodifiableMap(new TreeMap<>(inputs));
        seeds = Collections.unmodifiableMap(new TreeMap<>(seeds));
        libraries = Collections.unmodifiableMap(new TreeMap<>(libraries));
    }

    /** With one more input, or another hash of it. */
    public Provenance withInput(String name, String sha256) {
        Map<String, String> more = new TreeMap<>(inputs);
        more.put(name, sha256);
        return new Provenance(configHash, codeVersion, more, seeds, libraries);
    }

    private static void requireHash(String what, String hash) {
        if (!SHA_256.matcher(hash).matches()) {
            throw new IllegalArgumentException(
                    what + " is \"" + hash + "\", but it must be a SHA-256 of 64 hexadecimal digits in lower case");
        }
    }
}
