package apportion.spark.train;

import apportion.model.config.ModelConfig;
import apportion.model.count.ModelCount;
import apportion.model.optim.Outer;
import apportion.model.transformer.ParameterLayout;
import apportion.spark.average.Encoded.Encoding;
import apportion.spark.failure.UserError;
import java.util.Locale;

/**
 * Memory that the processes of a run need, in bytes, with {@code spark.memory.fraction} at {@value #FRACTION}.
 *
 * <p>Of a heap, Spark fills that fraction with blocks, which it can move to disk: states of replicas and published
 * parameters. The rest must hold what is in use, in vectors of 4 bytes a parameter: while replicas train, the state
 * that each makes (the parameters and two moments) and the driver's parameters; then the mean beside the parameters
 * before.
 *
 * @param embedded heap of a process that is driver and executor in one
 * @param driver heap of a driver whose replicas are on executors
 * @param executor heap of an executor of one task
 * @param outside what one task takes outside of the heap
 * @param atOnce replicas that the embedded process trains at a time
 * @param parameters of the model
 * @param most parameters that a run with these settings may have
 */
public record TrainMemory(
        long embedded, long driver, long executor, long outside, int atOnce, long parameters, long most) {

    /** What Spark may fill of a heap, where memory is short: each half holds a state. */
    public static final double FRACTION = 0.5;

    /** The program, Spark, and the dataset's parts that are being read. */
    private static final long BASE = 700_000_000;

    /** Some virtual machines cannot make longer arrays. */
    private static final long LONGEST_ARRAY = Integer.MAX_VALUE - 8;

    /** Parameters, gradients and two moments; parameters once more while the validation loss is measured. */
    private static final int VECTORS_OUTSIDE = 5;

    /**
     * Counts a run's memory.
     *
     * @param sequence tokens of a sequence
     * @param cores of the embedded Spark
     */
    public static TrainMemory of(ModelConfig model, TrainConfig train, int sequence, int cores) {
        long parameters = ModelCount.of(model).parameters();
        long activations =
                ModelCount.of(model.withContext(sequence), train.recompute()).activationBytes();
        int atOnce = Math.min(train.replicas(), cores);
        boolean compresses = train.compression() != Encoding.FLOAT;
        boolean averagesMoments = train.optimizerState() == OptimizerState.AVERAGED;
        boolean remembers = !(train.outer() instanceof Outer.Average);
        double state = compresses ? 4 : 3;
        double inTask = state + (compresses ? 2 : 0) + (averagesMoments ? 3 : 0);
        double kept = 1 + (remembers ? 1 : 0) + (averagesMoments ? 2 : 0);
        double atMean = kept + 2 + (remembers ? 2 : 0) + (averagesMoments ? 3 : 0);
        // Half a vector for slices on their way.
        double embedded = Math.max(Math.max(atOnce * inTask + kept, atMean) + 0.5, atOnce * state + 1);
        double executor = Math.max(inTask + 0.5, state + 1);
        long vector = Float.BYTES * parameters;
        return new TrainMemory(
                heap(embedded, vector),
                heap(atMean + 0.5, vector),
                heap(executor, vector),
                VECTORS_OUTSIDE * vector + train.batch() / train.accumulate() * activations,
                atOnce,
                parameters,
                most(train));
    }

    private static long heap(double vectors, long vector) {
        return BASE + (long) (vectors * vector / FRACTION);
    }

    private static long most(TrainConfig train) {
        // Averaged moments are published in one array with the parameters.
        return train.optimizerState() == OptimizerState.AVERAGED ? LONGEST_ARRAY / 3 : LONGEST_ARRAY;
    }

    /**
     * Refuses a model whose parameters do not fit an array.
     *
     * @throws UserError if they do not
     */
    public static void refuseBeyondArrays(ModelConfig model, TrainConfig train) {
        // In floating point, as sizes beyond reason may exceed even 64 bits.
        double parameters = ParameterLayout.of(model).slices().stream()
                .mapToDouble(slice -> (double) slice.rows() * slice.columns())
                .sum();
        if (parameters > most(train)) {
            throw new UserError(String.format(
                    Locale.ROOT,
                    "the model has %,.0f parameters, but it must have at most %,d, as an array of Java holds %,d numbers"
                            + " and train.optimizer-state = %s needs %d a parameter; lower model.width, model.layers or"
                            + " the vocabulary",
                    parameters,
                    most(train),
                    LONGEST_ARRAY,
                    train.optimizerState().name().toLowerCase(Locale.ROOT),
                    LONGEST_ARRAY / most(train)));
        }
    }
}
