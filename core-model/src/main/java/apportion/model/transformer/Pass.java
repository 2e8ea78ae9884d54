package apportion.model.transformer;

/**
 * One run through the model.
 *
 * @param rows {@code n = b t}: tokens
 * @param time {@code t}: tokens of a sequence
 * @param dropoutSeed decides the dropout masks of a training pass
 * @param training whether to drop
 * @param balanceScale what the gradient of a load-balance loss is multiplied by
 */
record Pass(int rows, int time, boolean training, long dropoutSeed, double balanceScale) {

    /** A run that nothing is learnt from. */
    static Pass inference(int rows, int time) {
        return new Pass(rows, time, false, 0, 0);
    }

    /** A seed of its own for each place that drops. */
    long seedAt(int site) {
        long mixed = (dropoutSeed + site * 0x9E3779B97F4A7C15L) * 0xBF58476D1CE4E5B9L;
        return mixed ^ (mixed >>> 31);
    }
}
