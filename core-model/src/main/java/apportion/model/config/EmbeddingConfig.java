package apportion.model.config;

import java.io.Serializable;

/**
 * The tables of token vectors, and the output.
 *
 * @param width {@code D}: numbers that the tables hold for each token; if fewer than the model's {@code C}, a matrix
 *     {@code [D, C]} follows (Lan et al. 2020, section 3.1)
 * @param outputBias whether each token's logit has a bias
 */
public record EmbeddingConfig(int width, boolean outputBias) implements Serializable {}
