package apportion.model.compute;

/** The numbers that a backend computes with. */
public enum Precision {
    /** 32 bits: training. */
    FLOAT(Float.BYTES),
    /** 64 bits: gradient checks. */
    DOUBLE(Double.BYTES);

    private final int bytes;

    Precision(int bytes) {
        this.bytes = bytes;
    }

    /** Bytes of one number. */
    public int bytes() {
        return bytes;
    }
}
