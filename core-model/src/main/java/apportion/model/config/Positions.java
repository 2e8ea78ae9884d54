package apportion.model.config;

import java.io.Serializable;

/** How a token's place in the sequence reaches the model. */
public sealed interface Positions extends Serializable {

    /** Whether the model can run on more tokens than its context; a learned table cannot. */
    boolean extend();

    /** A learned vector for each place, added to the token's embedding. */
    record Learned() implements Positions {
        @Override
        public boolean extend() {
            return false;
        }
    }

    /**
     * Rotation of queries and keys by an angle that grows with the place (Su et al. 2021, section 3.2.2). Coordinates
     * {@code i} and {@code i + d/2} of a head form a pair, as in LLaMA's published weights.
     *
     * @param base angle of pair {@code i} at place {@code t} is {@code t * base^(-2i/d)}
     */
    record Rotary(double base) implements Positions {
        public Rotary {
            Check.positive(base, "positions.base");
        }

        @Override
        public boolean extend() {
            return true;
        }
    }
}
