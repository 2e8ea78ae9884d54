package apportion.model.compute.nd4j;

import apportion.model.config.Activation;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.nd4j.linalg.api.ops.DynamicCustomOp;
import org.nd4j.linalg.api.ops.impl.scalar.RectifiedLinear;
import org.nd4j.linalg.api.ops.impl.scalar.Step;
import org.nd4j.linalg.api.ops.impl.transforms.strict.Erf;
import org.nd4j.linalg.api.ops.impl.transforms.strict.Tanh;
import org.nd4j.linalg.factory.Nd4j;
import org.nd4j.linalg.ops.transforms.Transforms;

/** The functions of one number that activations are made of, and their slopes, over whole arrays. */
final class Curves {

    private static final double SQRT_HALF = Math.sqrt(0.5);
    private static final double TWO_BY_ROOT_PI = 2 / Math.sqrt(Math.PI);
    private static final double ROOT_TWO_BY_PI = Math.sqrt(2 / Math.PI);
    private static final double CUBIC = 0.044715;

    private Curves() {}

    /** {@code out = f(x)}. */
    static void value(Activation curve, INDArray x, INDArray out) {
        switch (curve) {
            case RELU -> Nd4j.exec(new RectifiedLinear(x, out, 0));
            case GELU -> {
                x.muli(SQRT_HALF, out);
                Nd4j.exec(new Erf(out, out));
                out.addi(1).muli(x).muli(0.5);
            }
            case GELU_TANH -> {
                tanh(x, out);
                out.addi(1).muli(x).muli(0.5);
            }
            case SILU -> {
                sigmoid(x, out);
                out.muli(x);
            }
            case SWIGLU, GEGLU -> throw new IllegalArgumentException(curve + " is no function of one number");
        }
    }

    /**
     * {@code out = f'(x)}.
     *
     * @param spare of the same shape, overwritten
     */
    static void slope(Activation curve, INDArray x, INDArray out, INDArray spare) {
        switch (curve) {
            case RELU -> Nd4j.exec(new Step(x, out, 0));
            case GELU -> {
                // Phi(x) + x phi(x) = (1 + erf(z) + 2 z exp(-z^2) / sqrt(pi)) / 2, with z = x / sqrt(2)
                x.muli(SQRT_HALF, out);
                out.muli(out, spare);
                Transforms.exp(spare.negi(), false).muli(out).muli(TWO_BY_ROOT_PI);
                Nd4j.exec(new Erf(out, out));
                out.addi(spare).addi(1).muli(0.5);
            }
            case GELU_TANH -> {
                // With t = tanh(u): (1 + t + x (1 - t^2) u') / 2, u' = sqrt(2 / pi) (1 + 3 * 0.044715 x^2)
                tanh(x, out);
                out.muli(out, spare);
                spare.rsubi(1).muli(x);
                out.addi(1).muli(0.5);
                spare.muli(0.5 * ROOT_TWO_BY_PI);
                out.addi(spare);
                spare.muli(x).muli(x).muli(3 * CUBIC);
                out.addi(spare);
            }
            case SILU -> {
                // With s = sigmoid(x): s (1 + x (1 - s))
                sigmoid(x, spare);
                spare.rsubi(1, out);
                out.muli(x).addi(1).muli(spare);
            }
            case SWIGLU, GEGLU -> throw new IllegalArgumentException(curve + " is no function of one number");
        }
    }

    /** {@code tanh(sqrt(2 / pi) (x + 0.044715 x^3))}. */
    private static void tanh(INDArray x, INDArray out) {
        x.muli(x, out);
        out.muli(CUBIC).addi(1).muli(x).muli(ROOT_TWO_BY_PI);
        Nd4j.exec(new Tanh(out, out));
    }

    private static void sigmoid(INDArray x, INDArray out) {
        Nd4j.exec(
                DynamicCustomOp.builder("sigmoid").addInputs(x).addOutputs(out).build());
    }
}
