package apportion.spark.bench;

import apportion.spark.bench.RoundsSide.Ours;
import apportion.spark.bench.RoundsSide.Stock;
import apportion.spark.bench.RoundsTask.Bytes;
import apportion.spark.bench.RoundsTask.Fit;
import apportion.spark.bench.RoundsTask.Result;
import apportion.spark.dl4j.Averaging.Memory;
import apportion.spark.failure.Failure;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.concurrent.TimeoutException;
import java.util.stream.IntStream;
import org.apache.spark.api.java.JavaRDD;
import org.apache.spark.api.java.JavaSparkContext;
import org.deeplearning4j.nn.multilayer.MultiLayerNetwork;
import org.deeplearning4j.spark.impl.multilayer.SparkDl4jMultiLayer;
import org.nd4j.linalg.dataset.DataSet;
import org.nd4j.linalg.learning.config.Adam;
import org.nd4j.linalg.learning.config.IUpdater;
import org.nd4j.linalg.learning.config.Sgd;

/** Both masters in turn, in a process of their own. */
final class RoundsWorker {

    /** Sums in another order are all that separates the two. */
    private static final double TOLERANCE = 1e-5;

    private static final int AGREEMENT_ROUNDS = 4;
    private static final int OPTIONS_FREQUENCY = 5;
    private static final int SCORED = 4;

    private final RoundsTask task;
    private final JavaSparkContext context;
    private final JavaRDD<DataSet> data;

    private RoundsWorker(RoundsTask task, JavaSparkContext context) {
        this.task = task;
        this.context = context;
        this.data = batches(0, task.workers() * task.batches()).cache();
    }

    /** Arguments: the task's file, where to write what was measured. */
    public static void main(String[] arguments) throws IOException {
        RoundsTask task = RoundsTask.read(Path.of(arguments[0]));
        try (JavaSparkContext context = LocalCluster.start("local[" + task.workers() + "]")) {
            new RoundsWorker(task, context).measure().write(Path.of(arguments[1]));
        }
    }

    /** Made where they are needed, so that Spark has no data to send with a task: that would suit the other less. */
    private JavaRDD<DataSet> batches(int from, int count) {
        RoundsNetwork network = task.network();
        return context.parallelize(IntStream.range(from, from + count).boxed().toList(), task.workers())
                .map(network::batch);
    }

    private Result measure() {
        data.count();
        double difference = agreement();
        List<Fit> options = List.of();
        for (int pass = 0; pass < 2; pass++) {
            options = Stock.all().stream()
                    .map(stock -> fit(stock, OPTIONS_FREQUENCY))
                    .toList();
        }
        Stock best = best(options);
        List<RoundsSide> sides = List.of(new Ours(Memory.KEPT), best, best.savingUpdater());
        List<Fit> fits = new ArrayList<>();
        for (int turn = 0; turn <= task.turns(); turn++) {
            for (int frequency : task.frequencies()) {
                for (RoundsSide side : sides) {
                    Fit fit = fit(side, frequency);
                    if (turn > 0) {
                        fits.add(fit);
                    }
                }
            }
        }
        return new Result(
                network().numParams(),
                difference,
                options,
                fits,
                sides.stream().map(this::bytes).toList());
    }

    private static Stock best(List<Fit> options) {
        String best = options.stream()
                .min(Comparator.comparingDouble(Fit::seconds))
                .orElseThrow()
                .side();
        return Stock.all().stream()
                .filter(stock -> stock.name().equals(best))
                .findFirst()
                .orElseThrow();
    }

    private MultiLayerNetwork network() {
        return task.network().create(new Adam(1e-3));
    }

    private double score(MultiLayerNetwork network) {
        return IntStream.range(0, SCORED)
                .mapToDouble(number -> network.score(task.network().batch(number)))
                .average()
                .orElseThrow();
    }

    private SparkDl4jMultiLayer onSpark(RoundsSide side, int frequency, MultiLayerNetwork network) {
        int examples = task.network().batch(0).numExamples();
        return new SparkDl4jMultiLayer(context, network, side.master(task.workers(), examples, frequency));
    }

    private Fit fit(RoundsSide side, int frequency) {
        MultiLayerNetwork network = network();
        double before = score(network);
        // The other master keeps an RDD in memory and leaves it there; this one is over the same mini-batches.
        JavaRDD<DataSet> own = data.map(batch -> batch);
        SparkDl4jMultiLayer onSpark = onSpark(side, frequency, network);
        long start = System.nanoTime();
        onSpark.fit(own);
        double seconds = (System.nanoTime() - start) * 1e-9;
        own.unpersist(true);
        onSpark.getTrainingMaster().deleteTempFiles(context);
        double after = score(network);
        if (!(after < before)) {
            throw new Failure(side.name() + ", averaging every " + frequency + " mini-batches: the loss went from "
                    + before + " to " + after + ", but it must fall");
        }
        return new Fit(side.name(), frequency, task.batches() / frequency, seconds, before, after);
    }

    /**
     * Rounds of one mini-batch for each worker, which leave no choice of order: both sides must come to the same
     * parameters, without an updater's memory and with one that is averaged.
     */
    private double agreement() {
        Stock stock = Stock.all().get(0);
        return Math.max(
                difference(new Sgd(0.1), new Ours(Memory.KEPT), stock),
                difference(new Adam(1e-3), new Ours(Memory.AVERAGED), stock.savingUpdater()));
    }

    private double difference(IUpdater updater, RoundsSide ours, RoundsSide other) {
        MultiLayerNetwork we = task.network().create(updater);
        MultiLayerNetwork they = task.network().create(updater);
        float[] start = we.params().toFloatVector();
        SparkDl4jMultiLayer weOnSpark = onSpark(ours, 1, we);
        SparkDl4jMultiLayer theyOnSpark = onSpark(other, 1, they);
        for (int round = 0; round < AGREEMENT_ROUNDS; round++) {
            JavaRDD<DataSet> batches = batches(round * task.workers(), task.workers());
            weOnSpark.fit(batches);
            theyOnSpark.fit(batches);
            batches.unpersist(true);
        }
        double difference = largest(we.params().toFloatVector(), they.params().toFloatVector());
        double moved = largest(we.params().toFloatVector(), start);
        if (!(difference <= TOLERANCE) || moved <= 10 * TOLERANCE) {
            throw new Failure("after " + AGREEMENT_ROUNDS + " rounds with "
                    + updater.getClass().getSimpleName()
                    + " parameters of " + ours.name() + " and " + other.name() + " differ by " + difference
                    + ", but must agree to " + TOLERANCE + " and have moved, by " + moved
                    + "; the two do not train the same, so their times say nothing");
        }
        return difference;
    }

    private static double largest(float[] ours, float[] others) {
        double largest = 0;
        for (int i = 0; i < ours.length; i++) {
            // Math.max keeps NaN.
            largest = Math.max(largest, Math.abs(ours[i] - others[i]));
        }
        return largest;
    }

    /** The difference of two fits, so that what is sent once in a fit is not counted. */
    private Bytes bytes(RoundsSide side) {
        long[] few = traffic(side, task.batches());
        long[] many = traffic(side, 1);
        double rounds = task.batches() - 1;
        return new Bytes(side.name(), (many[0] - few[0]) / rounds, (many[1] - few[1]) / rounds);
    }

    private long[] traffic(RoundsSide side, int frequency) {
        Traffic traffic = new Traffic(task.workers());
        context.sc().addSparkListener(traffic);
        try {
            fit(side, frequency);
            context.sc().listenerBus().waitUntilEmpty();
        } catch (TimeoutException e) {
            throw new Failure("Spark's listeners do not keep up", e);
        } finally {
            context.sc().removeSparkListener(traffic);
        }
        return new long[] {traffic.down(), traffic.up()};
    }
}
