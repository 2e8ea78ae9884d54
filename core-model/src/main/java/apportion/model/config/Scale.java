package apportion.model.config;

import java.io.Serializable;

/** What the product of a query and a key is multiplied by before the softmax. */
public sealed interface Scale extends Serializable {

    /** The factor for heads of dimension {@code d}. */
    double factor(int headDim);

    /**
     * {@code 1 / sqrt(d)}: products of independent numbers keep their variance (Vaswani et al. 2017, section 3.2.1).
     */
    record InverseRoot() implements Scale {
        @Override
        public double factor(int headDim) {
            return 1 / Math.sqrt(headDim);
        }
    }

    /**
     * {@code 1 / d}: scores keep their size as heads widen even where training has aligned queries with keys (Yang et
     * al. 2022, "Tensor Programs V", definition 4.1).
     */
    record Inverse() implements Scale {
        @Override
        public double factor(int headDim) {
            return 1.0 / headDim;
        }
    }

    /** The same for heads of every dimension. */
    record Fixed(double value) implements Scale {
        public Fixed {
            Check.positive(value, "scale.value");
        }

        @Override
        public double factor(int headDim) {
            return value;
        }
    }
}
