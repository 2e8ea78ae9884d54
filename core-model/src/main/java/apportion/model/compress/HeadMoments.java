package apportion.model.compress;

import apportion.model.compute.Backend;
import apportion.model.compute.Tensor;
import apportion.model.config.ModelConfig;
import apportion.model.inspect.HeadPlace;
import apportion.model.inspect.LayerAttention;
import apportion.model.inspect.NamedWeights;
import apportion.model.transformer.AttentionObserver;
import java.util.ArrayList;
import java.util.List;

/**
 * Second moments of what each head sees of some data: {@code sum x x^T} over tokens, for its queries, for its keys, and
 * for its mixes of values {@code z_i = sum_j p_ij v_j}. Biases of keys and of values are taken off, as students have
 * none; a query's is part of it.
 *
 * <p>Of layers that share one attention, the sums of all are the first one's.
 */
public final class HeadMoments implements AttentionObserver {

    private final ModelConfig model;
    private final Backend backend;
    private final List<LayerAttention> layers = new ArrayList<>();
    private final List<HeadBiases> biases = new ArrayList<>();
    private final List<LayerMoments> sums = new ArrayList<>();

    /**
     * Nothing seen yet.
     *
     * @param backend of the decoder that will be observed
     */
    public HeadMoments(ModelConfig model, float[] weights, Backend backend) {
        this.model = model;
        this.backend = backend;
        NamedWeights names = new NamedWeights(model, weights);
        for (int layer = 0; layer < model.layers(); layer++) {
            layers.add(new LayerAttention(model, names, layer));
            biases.add(HeadBiases.of(model, names, layer));
            sums.add(new LayerMoments(layers.get(layer).heads()));
        }
    }

    @Override
    public void attended(int layer, int time, Tensor in_nc, Tensor projected_np) {
        float[] projected = new float[Math.toIntExact(projected_np.size())];
        backend.read(projected_np, projected);
        biases.get(layer).takeOff(projected);
        int sequences = Math.toIntExact(projected_np.rows() / time);
        LayerMoments into = sums.get(model.sharing().layers().attention() ? 0 : layer);
        for (HeadPlace place : layers.get(layer).heads()) {
            for (int sequence = 0; sequence < sequences; sequence++) {
                into.see(place.head(), layers.get(layer).head(projected, sequence, time, place));
            }
        }
    }

    /** The sums so far, layer after layer. */
    public List<LayerMoments> sums() {
        return sums;
    }
}
