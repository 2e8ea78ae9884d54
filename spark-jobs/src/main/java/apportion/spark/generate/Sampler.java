package apportion.spark.generate;

import java.util.Arrays;
import java.util.Comparator;
import java.util.Random;
import java.util.stream.IntStream;

/** Draws tokens from logits. */
final class Sampler {

    private final GenerateConfig config;
    private final Random random;

    Sampler(GenerateConfig config) {
        this.config = config;
        this.random = new Random(config.seed());
    }

    int draw(float[] logits) {
        // Likeliest first; of equal ones the lower id, so that a seed always gives the same text.
        int[] order = IntStream.range(0, logits.length)
                .boxed()
                .sorted(Comparator.comparingDouble((Integer id) -> -logits[id]).thenComparing(id -> id))
                .mapToInt(Integer::intValue)
                .toArray();
        if (config.temperature() == 0) {
            return order[0];
        }
        int candidates = Math.min(config.topK().orElse(order.length), order.length);
        double[] weights = new double[candidates];
        for (int i = 0; i < candidates; i++) {
            weights[i] = Math.exp((logits[order[i]] - logits[order[0]]) / config.temperature());
        }
        int kept = nucleus(weights);
        double at = random.nextDouble() * Arrays.stream(weights, 0, kept).sum();
        for (int i = 0; i < kept - 1; i++) {
            at -= weights[i];
            if (at < 0) {
                return order[i];
            }
        }
        return order[kept - 1];
    }

    /** The fewest of the likeliest tokens whose share reaches top-p; at least one. */
    private int nucleus(double[] weights) {
        double enough = config.topP() * Arrays.stream(weights).sum();
        double sum = 0;
        for (int i = 0; i < weights.length; i++) {
            sum += weights[i];
            if (sum >= enough) {
                return i + 1;
            }
        }
        return weights.length;
    }
}
