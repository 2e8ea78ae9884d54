package apportion.model.checkpoint;

import java.util.ArrayList;
import java.util.List;

/** The names and the order of the vectors in {@code optimizer.safetensors}. */
final class OptimizerTensors {

    static final String OUTER_MOMENTUM = "outer.momentum";

    private OptimizerTensors() {}

    static String firstMoment(int replica) {
        return "replica." + replica + ".first-moment";
    }

    static String secondMoment(int replica) {
        return "replica." + replica + ".second-moment";
    }

    static String residual(int replica) {
        return "replica." + replica + ".residual";
    }

    /** The outer momentum comes last, so that the replicas lie in the same places with and without it. */
    static List<TensorSpec> of(int replicas, boolean residuals, boolean outerMomentum, Dtype dtype, long length) {
        List<TensorSpec> tensors = new ArrayList<>();
        for (int replica = 0; replica < replicas; replica++) {
            tensors.add(TensorSpec.of(firstMoment(replica), dtype, length));
            tensors.add(TensorSpec.of(secondMoment(replica), dtype, length));
            if (residuals) {
                tensors.add(TensorSpec.of(residual(replica), dtype, length));
            }
        }
        if (outerMomentum) {
            tensors.add(TensorSpec.of(OUTER_MOMENTUM, dtype, length));
        }
        return tensors;
    }
}
