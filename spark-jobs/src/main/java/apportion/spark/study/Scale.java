package apportion.spark.study;

import apportion.spark.page.Axis;
import apportion.spark.page.Numbers;
import java.util.ArrayList;
import java.util.List;

/** How values lie on an axis. */
public enum Scale {
    /** Equal differences at equal distances. */
    LINEAR {
        @Override
        double position(double value) {
            return value;
        }

        @Override
        List<Tick> ticks(Axis axis, int most) {
            List<Double> values = axis.ticks(most);
            int decimals = Axis.decimals(values);
            return values.stream()
                    .map(value -> new Tick(value, Numbers.fixed(value, decimals)))
                    .toList();
        }
    },
    /** Like {@link #LINEAR}, of whole numbers. */
    WHOLE {
        @Override
        double position(double value) {
            return value;
        }

        @Override
        List<Tick> ticks(Axis axis, int most) {
            return axis.ticks(most).stream()
                    .filter(value -> value == Math.rint(value))
                    .map(value -> new Tick(value, Numbers.fixed(value, 0)))
                    .toList();
        }
    },
    /** Equal ratios at equal distances; values are more than 0, ticks at powers of 2. */
    LOG2 {
        @Override
        double position(double value) {
            return Math.log(value) / Math.log(2);
        }

        @Override
        List<Tick> ticks(Axis axis, int most) {
            return powers(axis, most, 2);
        }
    },
    /** Equal ratios at equal distances; values are more than 0, ticks at powers of 10 and between them. */
    LOG10 {
        @Override
        double position(double value) {
            return Math.log10(value);
        }

        @Override
        List<Tick> ticks(Axis axis, int most) {
            List<Tick> ticks = powers(axis, most, 10);
            return ticks.size() < 3 ? between(axis, most) : ticks;
        }
    };

    /** A place on an axis, in the axis's own units, and its label. */
    record Tick(double position, String label) {}

    /** A value in the units of the axis. */
    abstract double position(double value);

    /** Places to mark, at most {@code most}. */
    abstract List<Tick> ticks(Axis axis, int most);

    private static List<Tick> powers(Axis axis, int most, int base) {
        int first = (int) Math.ceil(axis.low());
        int last = (int) Math.floor(axis.high());
        int step = Math.max(1, (last - first + most) / most);
        List<Tick> ticks = new ArrayList<>();
        for (int power = first; power <= last; power++) {
            if (Math.floorMod(power, step) == 0) {
                ticks.add(new Tick(power, label(Math.pow(base, power))));
            }
        }
        return ticks;
    }

    /** Where hardly a power of ten lies on the axis: 1, 2 and 5 times each. */
    private static List<Tick> between(Axis axis, int most) {
        List<Tick> ticks = new ArrayList<>();
        for (int power = (int) Math.floor(axis.low()); power <= axis.high(); power++) {
            for (int factor : new int[] {1, 2, 5}) {
                double value = factor * Math.pow(10, power);
                if (Math.log10(value) >= axis.low() && Math.log10(value) <= axis.high()) {
                    ticks.add(new Tick(Math.log10(value), label(value)));
                }
            }
        }
        return ticks.size() < 2 ? round(axis, most) : ticks.size() <= most ? ticks : axis(axis, most);
    }

    /** Where not even two of those lie on the axis: values at equal differences. */
    private static List<Tick> round(Axis axis, int most) {
        List<Double> values = new Axis(Math.pow(10, axis.low()), Math.pow(10, axis.high()), 0, 1).ticks(most);
        return values.stream()
                .map(value -> new Tick(Math.log10(value), Numbers.fixed(value, Axis.decimals(values))))
                .toList();
    }

    private static List<Tick> axis(Axis axis, int most) {
        return axis.ticks(most).stream()
                .map(position -> new Tick(position, label(Math.pow(10, position))))
                .toList();
    }

    /** Two significant digits at most, small numbers as powers of ten. */
    private static String label(double value) {
        if (value >= 1e4 || value < 1e-3) {
            int power = (int) Math.round(Math.log10(value));
            boolean exact = Math.abs(value / Math.pow(10, power) - 1) < 1e-9;
            return exact ? "10" + superscript(power) : String.format(java.util.Locale.ROOT, "%.0e", value);
        }
        return Numbers.fixed(value, (int) Math.max(0, Math.ceil(-Math.log10(value) - 1e-9)));
    }

    private static String superscript(int power) {
        String digits = "\u2070\u00b9\u00b2\u00b3\u2074\u2075\u2076\u2077\u2078\u2079";
        StringBuilder text = new StringBuilder(power < 0 ? "\u207b" : "");
        Integer.toString(Math.abs(power)).chars().forEach(digit -> text.append(digits.charAt(digit - '0')));
        return text.toString();
    }
}
