package apportion.spark.compress;

import apportion.model.compress.Compression;
import java.util.Locale;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.OptionalLong;
import java.util.SortedSet;
import java.util.TreeSet;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * The section {@code compress}.
 *
 * @param checkpoint directory of the teacher's checkpoint, or of its run
 * @param output directory of the student's run
 * @param layers {@code all}, or numbers and ranges
 * @param heads likewise, in each of those layers
 * @param headDim what remains of each of those heads
 * @param parts which of a head's products
 * @param method where the student's matrices come from; empty: data if there are any, else weights
 * @param dataset to compress for, and to measure on
 * @param sequences most of each split that are used; empty for all
 * @param batch sequences computed at once
 * @param seed of what is drawn
 */
public record CompressConfig(
        Optional<String> checkpoint,
        Optional<String> output,
        String layers,
        String heads,
        OptionalInt headDim,
        Compression.Parts parts,
        Optional<Method> method,
        Optional<String> dataset,
        OptionalLong sequences,
        int batch,
        long seed) {

    /** Where a student's matrices come from. */
    public enum Method {
        WEIGHTS,
        DATA,
        RANDOM
    }

    private static final Pattern RANGE = Pattern.compile("(\\d{1,6})(?:-(\\d{1,6}))?");

    public CompressConfig {
        if (checkpoint.isEmpty()) {
            throw new IllegalArgumentException("checkpoint must name the model; use --checkpoint");
        }
        if (output.isEmpty()) {
            throw new IllegalArgumentException("output must name where the smaller model will be; use --output");
        }
        numbers("layers", layers);
        numbers("heads", heads);
        if (headDim.isEmpty()) {
            throw new IllegalArgumentException("head-dim must say what remains of a head; use --head-dim");
        }
        if (headDim.getAsInt() < 1) {
            throw new IllegalArgumentException("head-dim must be at least 1, got " + headDim.getAsInt());
        }
        if (method.equals(Optional.of(Method.DATA)) && dataset.isEmpty()) {
            throw new IllegalArgumentException("method = data needs a dataset to be best for; use --data");
        }
        if (sequences.isPresent() && sequences.getAsLong() < 1) {
            throw new IllegalArgumentException("sequences must be at least 1, got " + sequences.getAsLong());
        }
        if (batch < 1) {
            throw new IllegalArgumentException("batch must be at least 1, got " + batch);
        }
    }

    /** Which heads become how small. */
    public Compression compression() {
        return new Compression(numbers("layers", layers), numbers("heads", heads), headDim.orElseThrow(), parts);
    }

    /** The method, one of them. */
    Method chosenMethod() {
        return method.orElse(dataset.isPresent() ? Method.DATA : Method.WEIGHTS);
    }

    /** {@code 4-6,8} as numbers; none for {@code all}. */
    private static SortedSet<Integer> numbers(String key, String text) {
        SortedSet<Integer> numbers = new TreeSet<>();
        if (text.toLowerCase(Locale.ROOT).equals("all")) {
            return numbers;
        }
        for (String part : text.split(",", -1)) {
            Matcher range = RANGE.matcher(part.strip());
            if (!range.matches()) {
                throw new IllegalArgumentException(
                        key + " must be all, or numbers and ranges such as 4-5,7, got \"" + text + "\"");
            }
            int from = Integer.parseInt(range.group(1));
            int to = range.group(2) == null ? from : Integer.parseInt(range.group(2));
            if (to < from) {
                throw new IllegalArgumentException(key + " must name ranges upwards, got \"" + text + "\"");
            }
            for (int number = from; number <= to; number++) {
                numbers.add(number);
            }
        }
        return numbers;
    }
}
