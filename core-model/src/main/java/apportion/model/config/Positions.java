package apportion.model.config;

import java.io.Serializable;

/** How a token's place in the sequence reaches the model. */
public sealed interface Positions extends Serializable {

    /** Whether the model can run on more tokens than its context; a learned table cannot. */
    boolean extend();

    /** Nowhere: tokens know of order only what the causal mask tells them (Haviv et al. 2022). */
    record None() implements Positions {
        @Override
        public boolean extend() {
            return true;
        }
    }

    /** A learned vector for each place, added to the token's embedding. */
    record Learned() implements Positions {
        @Override
        public boolean extend() {
            return false;
        }
    }

    /**
     * A fixed vector for each place, sines and cosines of it, added to the token's embedding times {@code sqrt(C)}
     * (Vaswani et al. 2017, sections 3.5 and 3.4). Without that factor the sines, which are of size 1, would drown the
     * embeddings.
     */
    record Sinusoidal() implements Positions {

        private static final double LONGEST = 10_000;

        @Override
        public boolean extend() {
            return true;
        }

        /** The vectors of the first places, row after row: in columns {@code 2i} sines, in {@code 2i + 1} cosines. */
        public static float[] table(int places, int width) {
            float[] table = new float[Math.multiplyExact(places, width)];
            for (int place = 0; place < places; place++) {
                for (int c = 0; c < width; c++) {
                    double angle = place / Math.pow(LONGEST, (c - c % 2) / (double) width);
                    table[place * width + c] = (float) (c % 2 == 0 ? Math.sin(angle) : Math.cos(angle));
                }
            }
            return table;
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

    /**
     * A penalty of {@code slope * (i - j)} on the score of token {@code j} for token {@code i}, after the scale; each
     * head has its slope (Press et al. 2022, section 3).
     */
    record Alibi() implements Positions {
        @Override
        public boolean extend() {
            return true;
        }

        /**
         * The slopes of a layer's heads in their order, from the steepest of the first series; groups of heads take
         * theirs one after the other, whatever their size. For {@code 2^k} heads {@code 2^(-8/n), 2^(-16/n), ...}; for
         * other counts those of the power of two below, then every other one of the power above, as the paper's code
         * has it.
         */
        public static double[] slopes(int heads) {
            int below = Integer.highestOneBit(heads);
            double[] slopes = new double[heads];
            for (int h = 0; h < heads; h++) {
                slopes[h] = h < below
                        ? Math.pow(2, -8.0 * (h + 1) / below)
                        : Math.pow(2, -8.0 * (2 * (h - below) + 1) / (2.0 * below));
            }
            return slopes;
        }
    }

    /**
     * A learned number for each head and distance {@code i - j}, added to the score after the scale: a scalar, as in T5
     * (Raffel et al. 2020, section 2.1), by clipped distance instead of T5's logarithmic buckets, as in Shaw et al.
     * 2018, section 3.2. Every layer learns its own.
     *
     * @param distances how many there are, 0 among them; all that are farther share the last number
     */
    record Relative(int distances) implements Positions {
        public Relative {
            Check.atLeast(1, distances, "positions.distances");
        }

        @Override
        public boolean extend() {
            return true;
        }
    }
}
