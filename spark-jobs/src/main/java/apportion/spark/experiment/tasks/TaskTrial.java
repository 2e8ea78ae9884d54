package apportion.spark.experiment.tasks;

import apportion.data.task.SyntheticTask;
import apportion.model.config.RegressionConfig;
import apportion.spark.compute.ComputeConfig;
import apportion.spark.experiment.Tasks;
import apportion.spark.experiment.Training;
import apportion.spark.provenance.Program;
import java.io.Serializable;
import java.util.List;
import java.util.OptionalInt;

/**
 * One model, one learning rate, one seed: all that a Spark task needs to train it.
 *
 * @param steps of the optimizer
 * @param sequences of the training set; 0: every sequence is new
 */
record TaskTrial(
        SyntheticTask task,
        RegressionConfig model,
        Cell cell,
        int steps,
        int batch,
        int sequences,
        int validationSequences,
        int warmupSteps,
        double clip,
        double learningRate,
        long seed,
        ComputeConfig compute)
        implements Serializable {

    private static final int ID_LENGTH = 16;

    static TaskTrial of(Tasks experiment, Cell cell, double learningRate, long seed, ComputeConfig compute) {
        Training training = experiment.training();
        return new TaskTrial(
                experiment.task(),
                model(experiment, cell),
                cell,
                training.steps(),
                training.batchSequences(),
                training.sequences().orElse(0),
                training.validationSequences(),
                training.warmupSteps(),
                training.clip(),
                learningRate,
                seed,
                compute);
    }

    static RegressionConfig model(Tasks experiment, Cell cell) {
        return new RegressionConfig(
                experiment.task().inputs(),
                experiment.task().outputs(),
                experiment.network().width(),
                experiment.network().layers(),
                experiment.grid().attention(cell.heads()),
                cell.positions(),
                experiment.network().bias(),
                experiment.network().hidden());
    }

    /** Every cell, with fewest heads first. */
    static List<Cell> cells(Tasks experiment) {
        return experiment.grid().positions().stream()
                .flatMap(positions -> experiment.grid().times().stream()
                        .flatMap(time ->
                                experiment.grid().heads().stream().map(heads -> new Cell(positions, time, heads))))
                .toList();
    }

    /** How many different training sequences there are, if there is an end to them. */
    OptionalInt trainingSet() {
        return sequences == 0 ? OptionalInt.empty() : OptionalInt.of(sequences);
    }

    /** Hash of everything that could change the result; records write all that they hold. */
    String id() {
        return Program.sha256(Program.RELEASE + " " + this).substring(0, ID_LENGTH);
    }
}
