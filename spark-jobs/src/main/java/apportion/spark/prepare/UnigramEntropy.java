package apportion.spark.prepare;

import java.util.Arrays;

/**
 * What a model reaches that knows how frequent tokens are and nothing else.
 *
 * <p>With {@code c} the counts in the training split, {@code v} those in the validation split and {@code V} tokens:
 * {@code H = - sum_i (v_i / sum v) log((c_i + 1) / (sum c + V))}, in nats per token. One is added to each count so that
 * a token unseen in training costs much, but not everything (Laplace's rule of succession).
 */
final class UnigramEntropy {

    private UnigramEntropy() {}

    static double nats(long[] training, long[] validation) {
        double trained = Arrays.stream(training).sum() + (double) training.length;
        double measured = Arrays.stream(validation).sum();
        double nats = 0;
        for (int token = 0; token < training.length; token++) {
            nats -= validation[token] / measured * Math.log((training[token] + 1) / trained);
        }
        return nats;
    }
}
