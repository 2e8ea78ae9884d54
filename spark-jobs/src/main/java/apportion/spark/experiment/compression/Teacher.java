package apportion.spark.experiment.compression;

import apportion.spark.evaluate.Measurement;
import apportion.spark.train.TrainJob;

/**
 * A trained model whose heads are to become smaller.
 *
 * @param seed that it was trained with
 * @param plan of its training
 * @param checkpoint directory of the last one
 * @param loss on the validation split
 */
record Teacher(long seed, TrainJob.Plan plan, String checkpoint, Measurement loss) {}
