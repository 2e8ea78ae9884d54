package apportion.spark.page;

import apportion.spark.statistics.Estimate;
import apportion.spark.statistics.Interval;
import java.math.BigDecimal;
import java.math.MathContext;
import java.util.List;
import java.util.Locale;

/**
 * How numbers are written, in page and table alike.
 *
 * @param decimals of losses: enough to show two digits of the narrowest interval
 */
public record Numbers(int decimals) {

    private static final String MINUS = "\u2212";

    /** Enough digits for two of a margin, from three to six after the point. */
    public static Numbers fitting(double narrowest) {
        return new Numbers((int) Math.min(6, Math.max(3, Math.ceil(1 - Math.log10(narrowest)))));
    }

    /** A loss, in nats per token. */
    public String loss(double value) {
        return fixed(value, decimals);
    }

    /** With a sign, unless it is written as 0. */
    public String signed(double value) {
        String text = loss(value);
        return value > 0 && !text.equals(loss(0)) ? "+" + text : text;
    }

    /** A half-width, for example {@code ± 0.012}; empty without an interval. */
    public String margin(Estimate estimate) {
        return estimate.interval()
                .map(interval -> "\u00b1\u00a0" + loss((interval.high() - interval.low()) / 2))
                .orElse("");
    }

    /** For example {@code 0.012 to 0.045}. */
    public String range(Interval interval) {
        return loss(interval.low()) + " to " + loss(interval.high());
    }

    /** Likewise, with signs. */
    public String signedRange(Interval interval) {
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

    /** A p-value to four digits after the point; {@code below 0.0001} instead of 0. */
    public static String pValue(double p) {
        return p < 1e-4 ? "below 0.0001" : fixed(p, 4);
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

    /** Seconds, to a tenth where there are few. */
    public static String seconds(double value) {
        return fixed(value, value < 100 ? 1 : 0);
    }

    /** {@code a}, {@code a and b}, {@code a, b and c}. */
    public static String list(List<String> items) {
        int last = items.size() - 1;
        return last < 1
                ? String.join("", items)
                : String.join(", ", items.subList(0, last)) + " and " + items.get(last);
    }
}
