package apportion.model.compute;

/** The numbers that a backend computes with. */
public enum Precision {
    /** 32 bits: training. */
    FLOAT(Float.BYTES),
    /** 64 bits: gradient checks. */
    DOUBLE(Double.BYTES),
    /** 32 bits for all that is kept and for sums, but products of numbers rounded to bfloat16: faster training. */
    BFLOAT16(Float.BYTES);

    private final int bytes;

    Precision(int bytes) {
        this.bytes = bytes;
    }

    /** Bytes of one number in memory. */
    public int bytes() {
        return bytes;
    }
}
