package apportion.model.inspect;

import apportion.model.config.ModelConfig;
import apportion.model.transformer.TokenVectors;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Comparator;
import java.util.List;

/**
 * How far the vectors of tokens went, and how they lie to the output's.
 *
 * @param cosineToStart of each token's vector with what it was before training
 * @param normToStart its length as a multiple of what it was
 * @param cosineToOutput of it with the vector of its logit, which is 1 where both are one
 * @param normToOutput its length as a multiple of that one's
 * @param farthest the tokens that turned most, the farthest first
 */
public record EmbeddingDrift(
        Spread cosineToStart, Spread normToStart, Spread cosineToOutput, Spread normToOutput, List<Token> farthest) {

    private static final int SHOWN = 10;

    public EmbeddingDrift {
        farthest = List.copyOf(farthest);
    }

    /** One token's. */
    public record Token(int id, double cosineToStart, double normToStart) {}

    /** The mean over all tokens, and what 5%, 50% and 95% of them are at most. */
    public record Spread(double mean, double low, double median, double high) {

        static Spread of(double[] values) {
            double[] sorted = values.clone();
            Arrays.sort(sorted);
            double mean = Arrays.stream(values).average().orElse(0);
            return new Spread(mean, quantile(sorted, 0.05), quantile(sorted, 0.5), quantile(sorted, 0.95));
        }

        private static double quantile(double[] sorted, double share) {
            return sorted[(int) Math.max(0, Math.ceil(share * sorted.length) - 1)];
        }
    }

    /**
     * Compares.
     *
     * @param start the weights before training
     * @param now after it
     */
    public static EmbeddingDrift of(ModelConfig model, float[] start, float[] now) {
        TokenVectors before = new TokenVectors(model, start);
        TokenVectors after = new TokenVectors(model, now);
        int tokens = model.vocabulary();
        double[][] found = new double[4][tokens];
        for (int token = 0; token < tokens; token++) {
            double[] old = before.input(token);
            double[] in = after.input(token);
            double[] out = after.output(token);
            found[0][token] = cosine(in, old);
            found[1][token] = norm(in) / norm(old);
            found[2][token] = cosine(in, out);
            found[3][token] = norm(in) / norm(out);
        }
        List<Token> farthest = new ArrayList<>();
        for (int token = 0; token < tokens; token++) {
            farthest.add(new Token(token, found[0][token], found[1][token]));
        }
        farthest.sort(Comparator.comparingDouble(Token::cosineToStart));
        return new EmbeddingDrift(
                Spread.of(found[0]),
                Spread.of(found[1]),
                Spread.of(found[2]),
                Spread.of(found[3]),
                farthest.subList(0, Math.min(SHOWN, tokens)));
    }

    private static double cosine(double[] a, double[] b) {
        double norms = norm(a) * norm(b);
        return norms == 0 ? 0 : product(a, b) / norms;
    }

    private static double norm(double[] a) {
        return Math.sqrt(product(a, a));
    }

    private static double product(double[] a, double[] b) {
        double product = 0;
        for (int i = 0; i < a.length; i++) {
            product += a[i] * b[i];
        }
        return product;
    }
}
