package apportion.spark.trained;

import apportion.model.compute.Backend;
import apportion.model.compute.Tensor;
import apportion.model.compute.Tokens;
import apportion.model.config.ModelConfig;
import apportion.model.transformer.AttentionObserver;
import apportion.model.transformer.Decoder;
import apportion.spark.compute.ComputeConfig;
import java.util.Arrays;
import java.util.List;

/** A model that can be run forwards over rows of tokens; serves the thread that made it. */
public final class Forward implements AutoCloseable {

    private final Backend backend;
    private final Tensor values;
    private final Decoder decoder;

    /** A model on weights of its own. */
    public Forward(ComputeConfig compute, ModelConfig model, float[] weights) {
        this.backend = compute.open();
        this.values = backend.allocate(1, weights.length);
        backend.write(weights, values);
        // Nothing is ever back-propagated here, so the values stand in for the gradients.
        this.decoder = new Decoder(model, backend, values, values);
    }

    public Backend backend() {
        return backend;
    }

    /** All weights; what is written there counts from the next pass on. */
    public Tensor values() {
        return values;
    }

    /** Shows every pass from here on to an observer. */
    public void observe(AttentionObserver observer) {
        decoder.observe(observer);
    }

    /**
     * Loss in nats per token.
     *
     * @param batches rows to compute at once; each predicts all of its tokens but the first
     */
    public double loss(List<List<int[]>> batches) {
        double loss = 0;
        long tokens = 0;
        for (List<int[]> batch : batches) {
            loss += totalLoss(batch);
            tokens += batch.stream().mapToLong(row -> row.length - 1L).sum();
        }
        return loss / tokens;
    }

    /** Sum of the losses of some rows, computed at once; shorter ones are padded behind their end. */
    public double totalLoss(List<int[]> rows) {
        int time = rows.stream().mapToInt(row -> row.length - 1).max().orElse(0);
        int[] inputs = new int[rows.size() * time];
        int[] targets = new int[inputs.length];
        Arrays.fill(targets, Tokens.NONE);
        for (int r = 0; r < rows.size(); r++) {
            int[] row = rows.get(r);
            System.arraycopy(row, 0, inputs, r * time, row.length - 1);
            System.arraycopy(row, 1, targets, r * time, row.length - 1);
        }
        return time == 0 ? 0 : decoder.totalLoss(inputs, targets, time);
    }

    @Override
    public void close() {
        decoder.close();
        values.close();
        backend.close();
    }
}
