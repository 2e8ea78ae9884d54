package apportion.spark.compress;

import apportion.model.compress.HeadMoments;
import apportion.model.compress.LayerMoments;
import apportion.model.config.ModelConfig;
import apportion.spark.compute.ComputeConfig;
import apportion.spark.trained.Forward;
import java.io.Serializable;
import java.util.List;

/**
 * What the heads of a teacher see of some rows.
 *
 * @param batch rows computed at once
 */
record MomentsTask(ModelConfig teacher, ComputeConfig compute, int batch) implements Serializable {

    /** The moments of each layer. */
    List<LayerMoments> of(float[] weights, List<int[]> rows) {
        try (Forward forward = new Forward(compute, teacher, weights)) {
            HeadMoments moments = new HeadMoments(teacher, weights, forward.backend());
            forward.observe(moments);
            Batches.of(rows, batch).forEach(forward::totalLoss);
            return moments.sums();
        }
    }
}
