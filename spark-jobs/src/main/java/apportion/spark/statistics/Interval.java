package apportion.spark.statistics;

/** A range of values, both ends included. */
public record Interval(double low, double high) {

    public Interval {
        if (!(low <= high)) {
            throw new IllegalArgumentException("an interval must run upwards, got " + low + " to " + high);
        }
    }

    /** The interval of half-width {@code margin} about {@code centre}. */
    public static Interval about(double centre, double margin) {
        return new Interval(centre - margin, centre + margin);
    }

    public boolean contains(double value) {
        return low <= value && value <= high;
    }
}
