package apportion.model.peer;

import java.util.List;

/**
 * A way to compute the same step; which one is fastest depends on the processor, so each process tries all of its
 * precision.
 *
 * @param product the script's method for products: {@code matmul} is MKL in 32 bits, {@code convolution} oneDNN; in 16
 *     bits both are oneDNN
 * @param products precision of all but the attention's products; weights are 32 bits wide in any case
 * @param attention precision of the fused attention, which has no oneDNN inside
 */
record Variant(String name, String product, Type products, Type attention) {

    /** A type of numbers, by the number that libtorch's scripts call it. */
    enum Type {
        FLOAT(6),
        BFLOAT16(15);

        final int number;

        Type(int number) {
            this.number = number;
        }
    }

    static List<Variant> of(Type precision) {
        return switch (precision) {
            case FLOAT ->
                List.of(
                        new Variant("matmul", "matmul", Type.FLOAT, Type.FLOAT),
                        new Variant("convolution", "convolution", Type.FLOAT, Type.FLOAT));
            case BFLOAT16 ->
                List.of(
                        new Variant("bfloat16 attention", "matmul", Type.BFLOAT16, Type.BFLOAT16),
                        new Variant("float attention", "matmul", Type.BFLOAT16, Type.FLOAT));
        };
    }
}
