package apportion.model.transformer;

/**
 * One run through the model.
 *
 * @param rows {@code n = b t}: tokens
 * @param time {@code t}: tokens of a sequence
 * @param dropoutSeed decides the dropout masks of a training pass
 * @param training whether to drop
 */
record Pass(int rows, int time, boolean training, long dropoutSeed) {

    /** A seed of its own for each place that drops. */
    long seedAt(int site) {
        long mixed = (dropoutSeed + site * 0x9E3779B97F4A7C15L) * 0xBF58476D1CE4E5B9L;
        return mixed ^ (mixed >>> 31);
    }
}
