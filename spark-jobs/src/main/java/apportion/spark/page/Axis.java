package apportion.spark.page;

import java.util.ArrayList;
import java.util.List;

/**
 * A linear axis: values to pixels.
 *
 * @param low value at {@code start}
 * @param high value at {@code end}; more than {@code low}
 * @param start pixel; may lie beyond {@code end}, as on a vertical axis
 * @param end pixel
 */
public record Axis(double low, double high, double start, double end) {

    public Axis {
        if (!(low < high)) {
            throw new IllegalArgumentException("an axis must run upwards, got " + low + " to " + high);
        }
    }

    /** An axis over some values with room to breathe at both ends. */
    public static Axis over(double lowest, double highest, double start, double end) {
        double room = highest > lowest ? 0.08 * (highest - lowest) : Math.max(1e-6, 0.01 * Math.abs(highest));
        return new Axis(lowest - room, highest + room, start, end);
    }

    /** Where a value lies, in pixels. */
    public double at(double value) {
        return start + (value - low) / (high - low) * (end - start);
    }

    /** Round values within the axis, at most {@code most} of them: steps of 1, 2 or 5 times a power of ten. */
    public List<Double> ticks(int most) {
        double power = Math.pow(10, Math.floor(Math.log10((high - low) / most)));
        double step = power;
        for (double factor : new double[] {1, 2, 5, 10, 20}) {
            step = factor * power;
            if (Math.floor(high / step) - Math.ceil(low / step) + 1 <= most) {
                break;
            }
        }
        List<Double> ticks = new ArrayList<>();
        for (long i = (long) Math.ceil(low / step); i <= Math.floor(high / step); i++) {
            ticks.add(i * step);
        }
        return ticks;
    }

    /** Digits after the point that tell neighbouring ticks apart. */
    public static int decimals(List<Double> ticks) {
        double step = ticks.size() > 1 ? ticks.get(1) - ticks.get(0) : 1;
        return (int) Math.max(0, Math.min(9, Math.ceil(-Math.log10(step) - 1e-9)));
    }
}
