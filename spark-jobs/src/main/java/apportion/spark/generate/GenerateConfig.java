package apportion.spark.generate;

import java.util.Optional;

/**
 * The section {@code generate}.
 *
 * @param checkpoint directory of a checkpoint, or of a run
 * @param prompt text to go on from
 * @param tokens most tokens to add
 * @param temperature by which logits are divided; 0 takes the likeliest token
 * @param topK likeliest tokens that may be drawn; empty for all
 * @param topP share of probability that they must reach; 1 for all
 */
public record GenerateConfig(
        Optional<String> checkpoint,
        String prompt,
        int tokens,
        double temperature,
        Optional<Integer> topK,
        double topP,
        long seed) {

    public GenerateConfig {
        if (checkpoint.isEmpty()) {
            throw new IllegalArgumentException("checkpoint must name the model; use --checkpoint");
        }
        if (tokens < 1) {
            throw new IllegalArgumentException("tokens must be at least 1, got " + tokens);
        }
        if (!(temperature >= 0) || Double.isInfinite(temperature)) {
            throw new IllegalArgumentException("temperature must be at least 0 and finite, got " + temperature);
        }
        topK.filter(value -> value < 1).ifPresent(value -> {
            throw new IllegalArgumentException("top-k must be at least 1, got " + value);
        });
        if (!(topP > 0 && topP <= 1)) {
            throw new IllegalArgumentException("top-p must be above 0 and at most 1, got " + topP);
        }
    }
}
