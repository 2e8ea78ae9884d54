package apportion.model.compress;

import apportion.model.config.AttentionShape;
import apportion.model.config.ModelConfig;
import apportion.model.inspect.HeadPlace;
import apportion.model.inspect.NamedWeights;

/**
 * The biases of a layer's keys and values, which a student does without: a key's adds the same to all scores of a
 * query, which leaves its probabilities alone, and a value's adds the same to every result, which the output's bias can
 * do. A key that is a query, too, keeps its own.
 */
final class HeadBiases {

    /** Of each column of a projected row; 0 where there is none, or it stays. */
    private final float[] ofColumn;

    private HeadBiases(float[] ofColumn) {
        this.ofColumn = ofColumn;
    }

    static HeadBiases of(ModelConfig model, NamedWeights weights, int layer) {
        AttentionShape shape = AttentionShape.of(model, layer);
        float[] ofColumn = new float[Math.toIntExact(shape.width())];
        weights.find("block." + layer + ".attention.qkv.bias").ifPresent(bias -> {
            for (HeadPlace head : HeadPlace.of(shape)) {
                if (!model.sharing().qkv().queryIsKey()) {
                    System.arraycopy(bias, head.key(), ofColumn, head.key(), head.headDim());
                }
                System.arraycopy(bias, head.value(), ofColumn, head.value(), head.headDim());
            }
        });
        return new HeadBiases(ofColumn);
    }

    /** Takes them off projected rows. */
    void takeOff(float[] projected_np) {
        for (int i = 0; i < projected_np.length; i++) {
            projected_np[i] -= ofColumn[i % ofColumn.length];
        }
    }
}
