package apportion.spark.average;

/** IEEE 754 binary16, which Java has from version 20 on: 1 bit sign, 5 bits exponent of bias 15, 10 bits fraction. */
final class Half {

    /** Below it numbers are multiples of {@link #LEAST}. */
    private static final float LEAST_NORMAL = 0x1p-14f;

    private static final float LEAST = 0x1p-24f;

    private Half() {}

    /**
     * The nearest one, of two the even.
     *
     * @param number of a magnitude of at most 65,504
     */
    static short of(float number) {
        int sign = (Float.floatToRawIntBits(number) >>> 16) & 0x8000;
        float magnitude = Math.abs(number);
        if (magnitude < LEAST_NORMAL) {
            return (short) (sign | (int) Math.rint(magnitude / LEAST));
        }
        int bits = Float.floatToRawIntBits(magnitude);
        // Half of what is cut off, less one where the last bit that stays is even; a carry moves on to the exponent.
        int rounded = bits + 0xFFF + ((bits >>> 13) & 1);
        return (short) (sign | ((rounded >>> 13) - (112 << 10)));
    }

    /** The same number. */
    static float toFloat(short half) {
        int exponent = (half >>> 10) & 0x1F;
        int fraction = half & 0x3FF;
        float magnitude =
                exponent == 0 ? fraction * LEAST : Float.intBitsToFloat(((exponent + 112) << 23) | (fraction << 13));
        return half < 0 ? -magnitude : magnitude;
    }
}
