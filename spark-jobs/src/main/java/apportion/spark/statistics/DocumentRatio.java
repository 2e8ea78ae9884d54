package apportion.spark.statistics;

import java.util.Arrays;
import java.util.stream.IntStream;

/**
 * Loss per token of one trial as a ratio of two sums over documents.
 *
 * <p>Long documents count for more, so the mean over documents would be another quantity; its variance is that of the
 * linearised ratio (Cochran 1977, section 6.3), unbiased for documents of unequal length as HC2 is (MacKinnon and White
 * 1985).
 */
public final class DocumentRatio {

    private final double value;
    private final double[] deviations;
    private final double degrees;

    private DocumentRatio(double value, double[] deviations, double degrees) {
        this.value = value;
        this.deviations = deviations;
        this.degrees = degrees;
    }

    /**
     * The ratio {@code R} and what each document adds to its deviation.
     *
     * @param losses summed over the tokens of a document
     * @param tokens predicted tokens of a document
     */
    public static DocumentRatio of(double[] losses, long[] tokens) {
        if (losses.length != tokens.length) {
            throw new IllegalArgumentException("losses and tokens must come from the same documents, got "
                    + losses.length + " losses and " + tokens.length + " token counts");
        }
        double allTokens = Arrays.stream(tokens).sum();
        if (!(allTokens > 0)) {
            throw new IllegalArgumentException("the documents must hold at least one predicted token, got none");
        }
        double value = Arrays.stream(losses).sum() / allTokens;
        // A document without a predicted token has no say in the loss, so it is none of the sample.
        int[] sampled =
                IntStream.range(0, tokens.length).filter(k -> tokens[k] > 0).toArray();
        // A document pulls the ratio towards itself by its share of the tokens, which makes its deviation look smaller.
        double[] deviations = Arrays.stream(sampled)
                .mapToDouble(k -> (losses[k] - value * tokens[k]) / allTokens / Math.sqrt(1 - tokens[k] / allTokens))
                .toArray();
        return new DocumentRatio(value, deviations, degrees(tokens));
    }

    /** Of a sum of squares that are as unequal as the documents are long; documents less one if all are equal. */
    private static double degrees(long[] tokens) {
        double squares = Arrays.stream(tokens).mapToDouble(t -> (double) t * t).sum();
        double fourth =
                Arrays.stream(tokens).mapToDouble(t -> Math.pow((double) t, 4)).sum();
        return Math.max(1, squares * squares / fourth - 1);
    }

    /** A loss of which no document's share is known. */
    public static DocumentRatio undivided(double value) {
        return new DocumentRatio(value, new double[0], 0);
    }

    /** The loss with its 95% interval over documents; without one if there are fewer than two documents. */
    public Estimate estimate() {
        if (documents() < 2) {
            return Estimate.unsure(value);
        }
        double variance = Arrays.stream(deviations).map(e -> e * e).sum();
        return Estimate.about(value, Student.margin95(degrees) * Math.sqrt(variance));
    }

    double value() {
        return value;
    }

    /** {@code e_k}, in nats per token; the squares of all sum to the variance of the loss. */
    double deviation(int document) {
        return deviations[document];
    }

    /** Degrees of freedom of a variance over these documents. */
    double degrees() {
        return degrees;
    }

    /** Documents with at least one predicted token; 0 if no document's share is known. */
    int documents() {
        return deviations.length;
    }
}
