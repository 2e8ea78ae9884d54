package apportion.model.transformer;

import apportion.model.compute.Tensor;

/** Sees what the attention of each layer reads, as forward passes go by. */
public interface AttentionObserver {

    /**
     * One layer's attention has projected its input and is about to give its result.
     *
     * @param layer the first being 0
     * @param time tokens of a sequence
     * @param in_nc what its projection read; to be left alone, and only valid during the call
     * @param projected_np what came out, as {@link apportion.model.config.AttentionShape} has it; likewise
     */
    void attended(int layer, int time, Tensor in_nc, Tensor projected_np);
}
