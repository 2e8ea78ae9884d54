/**
 * The portable backend: every operation in ND4J's own operations, in 32 or 64 bits, on whatever device ND4J was built
 * for.
 *
 * <p>It is the reference that faster backends must agree with. Products are asked for as {@code C^T = ...} on
 * transposed views: all operands are then column-major as BLAS wants them and none is copied.
 */
@NullMarked
package apportion.model.compute.nd4j;

import org.jspecify.annotations.NullMarked;
