package apportion.spark.report.statistics;

import java.util.Arrays;
import java.util.stream.IntStream;

/**
 * Loss per token of one trial as a ratio of two sums over documents.
 *
 * <p>Long documents count for more, so the mean over documents would be another quantity; its variance is that of the
 * linearised ratio (Cochran 1977, section 6.3).
 */
public final class DocumentRatio {

    private final double value;
    private final double[] deviations;

    private DocumentRatio(double value, double[] deviations) {
        this.value = value;
        this.deviations = deviations;
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
        double tokensPerDocument = allTokens / sampled.length;
        double[] deviations = Arrays.stream(sampled)
                .mapToDouble(k -> (losses[k] - value * tokens[k]) / tokensPerDocument)
                .toArray();
        return new DocumentRatio(value, deviations);
    }

    /** A loss of which no document's share is known. */
    public static DocumentRatio undivided(double value) {
        return new DocumentRatio(value, new double[0]);
    }

    /** The loss with its 95% interval over documents; without one if there are fewer than two documents. */
    public Estimate estimate() {
        if (documents() < 2) {
            return Estimate.unsure(value);
        }
        return Estimate.about(value, new Spread(variance(deviations), documents() - 1).margin());
    }

    /** Variance of a sum over documents, from values that each document adds to it and that sum to 0. */
    static double variance(double[] deviations) {
        double documents = deviations.length;
        double squares = Arrays.stream(deviations).map(e -> e * e).sum();
        return squares / (documents - 1) / documents;
    }

    double value() {
        return value;
    }

    /** {@code e_k}, in nats per token. */
    double deviation(int document) {
        return deviations[document];
    }

    /** Documents with at least one predicted token; 0 if no document's share is known. */
    int documents() {
        return deviations.length;
    }
}
