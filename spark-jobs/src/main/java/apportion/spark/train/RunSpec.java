package apportion.spark.train;

import apportion.model.config.ModelConfig;
import apportion.model.optim.AdamWConfig;
import apportion.model.optim.Schedule;
import apportion.spark.average.Encoded.Encoding;
import apportion.spark.compute.ComputeConfig;
import apportion.spark.dataset.Dataset;
import java.io.Serializable;

/**
 * What a replica must know of its run; travels with every task.
 *
 * @param identity hash of everything that could change the result
 * @param allotment who reads what
 * @param steps of the whole run, for the schedule
 * @param clip largest norm of the whole gradient; infinite for none
 */
record RunSpec(
        String identity,
        ModelConfig model,
        ComputeConfig compute,
        Dataset dataset,
        Shape shape,
        Allotment allotment,
        AdamWConfig optimizer,
        Schedule schedule,
        long steps,
        double clip,
        long seed)
        implements Serializable {

    /** How work is divided. */
    record Shape(
            int replicas, int batch, int accumulate, int recompute, Encoding compression, OptimizerState optimizerState)
            implements Serializable {}

    static RunSpec of(
            String identity,
            ModelConfig model,
            ComputeConfig compute,
            Dataset dataset,
            TrainConfig train,
            Allotment allotment) {
        return new RunSpec(
                identity,
                model,
                compute,
                dataset,
                new Shape(
                        train.replicas(),
                        train.batch(),
                        train.accumulate(),
                        train.recompute(),
                        train.compression(),
                        train.optimizerState()),
                allotment,
                train.optimizer(),
                train.schedule(),
                train.totalSteps(dataset.manifest().sequence()),
                train.clip().orElse(Double.POSITIVE_INFINITY),
                train.seed());
    }
}
