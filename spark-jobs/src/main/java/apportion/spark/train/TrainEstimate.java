package apportion.spark.train;

import apportion.model.config.ModelConfig;
import apportion.model.count.ModelCount;
import apportion.model.transformer.ParameterLayout;
import apportion.model.transformer.ParameterLayout.Slice;
import java.util.LinkedHashMap;
import java.util.Map;

/**
 * What a run will cost, before it runs.
 *
 * @param model what the model costs, for sequences as long as its context
 * @param sequence the same for sequences as long as the dataset's
 * @param parts parameters by what they are for
 * @param length of a sequence, in tokens
 * @param sequences of a step of all replicas together
 * @param steps of each replica
 * @param rounds after each of which replicas are averaged
 * @param bytes that the run sends if each replica is on an executor of its own: every round parameters to each, and
 *     from each what is averaged
 */
public record TrainEstimate(
        ModelCount model,
        ModelCount sequence,
        Map<String, Long> parts,
        int length,
        long sequences,
        long steps,
        long rounds,
        long bytes) {

    /**
     * Counts a run.
     *
     * @param sequence tokens of a sequence
     */
    public static TrainEstimate of(ModelConfig model, TrainConfig train, int sequence) {
        ModelCount count = ModelCount.of(model, train.recompute());
        long rounds = train.rounds(sequence).rounds();
        return new TrainEstimate(
                count,
                ModelCount.of(model.withContext(sequence), train.recompute()),
                parts(ParameterLayout.of(model)),
                sequence,
                (long) train.replicas() * train.batch(),
                train.totalSteps(sequence),
                rounds,
                bytes(train, count.parameters(), rounds));
    }

    private static long bytes(TrainConfig train, long parameters, long rounds) {
        long vector = Float.BYTES * parameters;
        long up = train.compression().bytes(parameters);
        // Moments follow the parameters down from the second round on, as the first begins with zeros.
        long moments = train.optimizerState() == OptimizerState.AVERAGED ? 2 * vector : 0;
        return train.replicas() * (rounds * (vector + up + 2 * moments) - moments);
    }

    private static Map<String, Long> parts(ParameterLayout layout) {
        Map<String, Long> parts = new LinkedHashMap<>();
        for (String part : new String[] {"embedding", "attention", "feedForward", "norms", "output"}) {
            parts.put(part, 0L);
        }
        for (Slice slice : layout.slices()) {
            parts.merge(part(slice.name()), slice.size(), Long::sum);
        }
        return parts;
    }

    private static String part(String name) {
        if (name.endsWith(".norm.gain") || name.endsWith(".norm.bias")) {
            return "norms";
        }
        if (name.startsWith("block.")) {
            return name.contains(".attention.") ? "attention" : "feedForward";
        }
        return name.startsWith("head.") ? "output" : "embedding";
    }

    /** Floating-point operations of a token on its way forward, at a sequence's length. */
    public long forwardFlopsOfAToken() {
        return sequence.forwardFlops() / length;
    }

    /** Floating-point operations of one step of all replicas together. */
    public double trainingFlopsOfAStep() {
        return (double) sequence.trainingFlops() * sequences;
    }

    /** Tokens of one step of all replicas together, if every row of the dataset is full. */
    public long tokensOfAStep() {
        return sequences * length;
    }
}
