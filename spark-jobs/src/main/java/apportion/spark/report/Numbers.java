package apportion.spark.report;

import apportion.model.config.AttentionConfig;
import apportion.model.config.HeadGroup;
import apportion.spark.statistics.Estimate;
import apportion.spark.statistics.Interval;
import java.math.BigDecimal;
import java.math.MathContext;
import java.util.List;
import java.util.Locale;
import java.util.stream.Collectors;

/**
 * How numbers are written, in page and table alike.
 *
 * @param decimals of losses: enough to show two digits of the narrowest interval
 */
public record Numbers(int decimals) {

    private static final String MINUS = "\u2212";

    static Numbers fitting(Findings findings) {
        double narrowest = findings.layouts().stream()
                .flatMap(layout -> layout.toBest().interval().stream())
                .mapToDouble(interval -> (interval.high() - interval.low()) / 2)
                .filter(margin -> margin > 0)
                .min()
                .orElse(0.01);
        return new Numbers((int) Math.min(6, Math.max(3, Math.ceil(1 - Math.log10(narrowest)))));
    }

    String loss(double value) {
        return fixed(value, decimals);
    }

    /** With a sign, unless it is written as 0. */
    String signed(double value) {
        String text = loss(value);
        return value > 0 && !text.equals(loss(0)) ? "+" + text : text;
    }

    /** A half-width, for example {@code ± 0.012}; empty without an interval. */
    String margin(Estimate estimate) {
        return estimate.interval()
                .map(interval -> "\u00b1\u00a0" + loss((interval.high() - interval.low()) / 2))
                .orElse("");
    }

    /** For example {@code 0.012 to 0.045}. */
    String range(Interval interval) {
        return loss(interval.low()) + " to " + loss(interval.high());
    }

    String signedRange(Interval interval) {
        return signed(interval.low()) + " to " + signed(interval.high());
    }

    /** With so many digits after the point. */
    public static String fixed(double value, int decimals) {
        if (Math.abs(value) >= 1e9) {
            return String.format(Locale.ROOT, "%.3g", value);
        }
        String text = String.format(Locale.ROOT, "%,." + decimals + "f", value);
        boolean zero = text.chars().noneMatch(c -> c >= '1' && c <= '9');
        return zero ? text.replace("-", "") : text.replace("-", MINUS);
    }

    /**
     * Rounded to so many significant digits: {@code 5,100}, {@code 0.00012}; with an exponent if very large or small.
     */
    public static String significant(double value, int digits) {
        if (!(Math.abs(value) >= 1e-6 && Math.abs(value) < 1e9)) {
            return value == 0 ? "0" : String.format(Locale.ROOT, "%." + (digits - 1) + "e", value);
        }
        BigDecimal rounded = new BigDecimal(value).round(new MathContext(digits));
        return fixed(rounded.doubleValue(), Math.max(0, rounded.scale()));
    }

    /** A whole number. */
    public static String count(long value) {
        return String.format(Locale.ROOT, "%,d", value);
    }

    /** Three significant digits and a unit: {@code 12.3 M}. */
    public static String rounded(double value) {
        String[] units = {"", "\u00a0k", "\u00a0M", "\u00a0G", "\u00a0T", "\u00a0P", "\u00a0E"};
        int unit = 0;
        double scaled = value;
        while (scaled >= 999.5 && unit < units.length - 1) {
            scaled /= 1000;
            unit++;
        }
        int digits = scaled >= 99.95 || scaled == Math.rint(scaled) ? 0 : scaled >= 9.995 ? 1 : 2;
        return fixed(scaled, digits) + units[unit];
    }

    static String seconds(double value) {
        return fixed(value, value < 100 ? 1 : 0);
    }

    /**
     * In words: {@code 8 heads of 16 with QK-norm}, {@code 4 heads of 32 + 16 heads of 8 (2 kv)}, {@code narrow-late}.
     */
    static String words(Layout layout) {
        String heads = layout.schedule().isEmpty() ? words(layout.attention()) : layout.schedule();
        String scoring = layout.scoring().label();
        return scoring.isEmpty() ? heads : heads + " with " + scoring;
    }

    private static String words(AttentionConfig layout) {
        return layout.groups().stream().map(Numbers::words).collect(Collectors.joining(" + "));
    }

    private static String words(HeadGroup group) {
        return (group.heads() == 1 ? "one head of " : group.heads() + " heads of ") + group.headDim() + keys(group);
    }

    private static String keys(HeadGroup group) {
        return group.kvHeads() == group.heads() ? "" : " (" + group.kvHeads() + "\u00a0kv)";
    }

    /** For labels: {@code 8 × 16}, {@code 8 × 16, QK-norm}, or the name of a schedule. */
    static String label(Layout layout) {
        String heads = layout.schedule().isEmpty() ? label(layout.attention()) : layout.schedule();
        String scoring = layout.scoring().label();
        return scoring.isEmpty() ? heads : heads + ", " + scoring;
    }

    /** Heads without how they are scored: {@code 8 × 16}. */
    static String label(AttentionConfig layout) {
        return layout.groups().stream()
                .map(group -> group.heads() + "\u00a0\u00d7\u00a0" + group.headDim() + keys(group))
                .collect(Collectors.joining(" + "));
    }

    static String headDims(AttentionConfig layout) {
        return layout.groups().stream()
                .map(group -> Integer.toString(group.headDim()))
                .distinct()
                .collect(Collectors.joining(", "));
    }

    /** {@code a}, {@code a and b}, {@code a, b and c}. */
    public static String list(List<String> items) {
        int last = items.size() - 1;
        return last < 1
                ? String.join("", items)
                : String.join(", ", items.subList(0, last)) + " and " + items.get(last);
    }
}
