package apportion.model.compute;

/**
 * Which numbers dropout zeroes: a hash of the seed and the number's place, so that every backend, thread and chunk
 * draws the same mask.
 *
 * <p>The hash is the finaliser of MurmurHash3 (Appleby 2011), applied to the place and to the seed.
 */
public final class DropoutMask {

    private DropoutMask() {}

    /**
     * Writes the factor of each number: 0, or {@code 1 / (1 - rate)}.
     *
     * @param from place of the first number within its tensor, in row-major order
     * @param count of factors to write
     */
    public static void fill(long seed, double rate, long from, int count, float[] factors) {
        float keep = (float) (1 / (1 - rate));
        long start = mix(seed);
        long least = (long) (rate * (1L << 53));
        for (int i = 0; i < count; i++) {
            // The upper 53 bits, as a whole number below 2^53.
            factors[i] = mix(start + (from + i)) >>> 11 < least ? 0 : keep;
        }
    }

    private static long mix(long value) {
        long x = value + 0x9E3779B97F4A7C15L;
        x = (x ^ (x >>> 33)) * 0xFF51AFD7ED558CCDL;
        x = (x ^ (x >>> 33)) * 0xC4CEB9FE1A85EC53L;
        return x ^ (x >>> 33);
    }
}
