package apportion.spark.experiment.compression;

import apportion.spark.evaluate.DocumentLoss;
import apportion.spark.evaluate.Measurement;
import apportion.spark.statistics.DocumentRatio;
import java.util.Arrays;
import java.util.List;

/** How much more one model loses than another on the same documents, document by document. */
final class Excess {

    private final double[] losses;
    private final long[] tokens;

    private Excess(double[] losses, long[] tokens) {
        this.losses = losses;
        this.tokens = tokens;
    }

    /**
     * What the first loses more than the second.
     *
     * @throws IllegalArgumentException if they were measured on different documents
     */
    static Excess of(Measurement more, Measurement less) {
        long[] tokens = tokens(more);
        if (!Arrays.equals(tokens, tokens(less))) {
            throw new IllegalArgumentException("models can be compared on the same documents only, got "
                    + more.documents().size() + " and " + less.documents().size());
        }
        double[] losses = new double[tokens.length];
        for (int k = 0; k < losses.length; k++) {
            losses[k] = more.documents().get(k).loss() - less.documents().get(k).loss();
        }
        return new Excess(losses, tokens);
    }

    private static long[] tokens(Measurement measured) {
        return measured.documents().stream().mapToLong(DocumentLoss::tokens).toArray();
    }

    /** The mean of some, at least one, that were measured on the same documents. */
    static Excess mean(List<Excess> all) {
        double[] losses = new double[all.get(0).losses.length];
        for (Excess one : all) {
            for (int k = 0; k < losses.length; k++) {
                losses[k] += one.losses[k] / all.size();
            }
        }
        return new Excess(losses, all.get(0).tokens);
    }

    /** As much on every token of the same documents. */
    Excess constant(double nats) {
        return new Excess(
                Arrays.stream(tokens).mapToDouble(count -> nats * count).toArray(), tokens);
    }

    /** Nats per token; not finite where one of them diverged. */
    double value() {
        return Arrays.stream(losses).sum() / Arrays.stream(tokens).sum();
    }

    DocumentRatio ratio() {
        return DocumentRatio.of(losses, tokens);
    }
}
