package apportion.spark.experiment.variants;

import apportion.spark.storage.Storage;
import apportion.spark.train.TrainJob;

/** One arm under one condition with one seed. */
public record Trial(String arm, String condition, long seed, TrainJob.Plan plan) {

    private static final int ID_LENGTH = 16;

    String id() {
        return plan.identity().substring(0, ID_LENGTH);
    }

    /** Where it trains, in an experiment's directory. */
    TrainJob.Plan within(String output) {
        return plan.at(Storage.child(output, "trials/" + id()));
    }
}
