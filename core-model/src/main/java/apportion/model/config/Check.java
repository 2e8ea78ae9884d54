package apportion.model.config;

import java.util.stream.Collectors;
import java.util.stream.IntStream;

/** The checks that the records of this package share; each message names the setting, its value and its bound. */
final class Check {

    private Check() {}

    static void atLeast(long least, long value, String setting) {
        if (value < least) {
            throw new IllegalArgumentException(setting + " must be at least " + least + ", got " + value);
        }
    }

    /** Refuses what does not divide a whole, and names the nearest numbers that do. */
    static void divides(int part, String setting, int whole, String wholeName) {
        atLeast(1, part, setting);
        if (whole % part != 0) {
            int start = Math.min(part, whole);
            String nearest = IntStream.of(
                            IntStream.iterate(start, p -> p - 1)
                                    .filter(p -> whole % p == 0)
                                    .findFirst()
                                    .orElseThrow(),
                            IntStream.rangeClosed(start, whole)
                                    .filter(p -> whole % p == 0)
                                    .findFirst()
                                    .orElse(whole))
                    .distinct()
                    .mapToObj(Integer::toString)
                    .collect(Collectors.joining(" or "));
            throw new IllegalArgumentException(
                    setting + " must divide " + wholeName + ", got " + part + "; the nearest that do: " + nearest);
        }
    }

    static void atMost(long most, String bound, long value, String setting) {
        if (value > most) {
            throw new IllegalArgumentException(setting + " must be at most " + bound + ", " + most + ", got " + value);
        }
    }

    static void atMost(long most, long value, String setting) {
        if (value > most) {
            throw new IllegalArgumentException(setting + " must be at most " + most + ", got " + value);
        }
    }

    static void positive(double value, String setting) {
        if (!(value > 0) || Double.isInfinite(value)) {
            throw new IllegalArgumentException(setting + " must be positive and finite, got " + value);
        }
    }
}
