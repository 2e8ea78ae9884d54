package apportion.model.config;

/** The checks that the records of this package share; each message names the setting, its value and its bound. */
final class Check {

    private Check() {}

    static void atLeast(int least, int value, String setting) {
        if (value < least) {
            throw new IllegalArgumentException(setting + " must be at least " + least + ", got " + value);
        }
    }

    static void positive(double value, String setting) {
        if (!(value > 0) || Double.isInfinite(value)) {
            throw new IllegalArgumentException(setting + " must be positive and finite, got " + value);
        }
    }
}
