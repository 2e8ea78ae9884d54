package apportion.spark.bench;

import apportion.spark.dl4j.Averaging;
import apportion.spark.dl4j.AveragingTrainingMaster;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import org.apache.spark.storage.StorageLevel;
import org.deeplearning4j.spark.api.RDDTrainingApproach;
import org.deeplearning4j.spark.api.Repartition;
import org.deeplearning4j.spark.api.RepartitionStrategy;
import org.deeplearning4j.spark.api.TrainingMaster;
import org.deeplearning4j.spark.impl.paramavg.ParameterAveragingTrainingMaster;

/** A master that {@code bench rounds} measures. */
sealed interface RoundsSide {

    /** In the report. */
    String name();

    /**
     * A new one.
     *
     * @param examples of a mini-batch
     * @param frequency mini-batches of a worker between two averages
     */
    TrainingMaster<?, ?> master(int workers, int examples, int frequency);

    /** Ours. */
    record Ours(Averaging.Memory memory) implements RoundsSide {

        @Override
        public String name() {
            return "ours, memory " + memory.name().toLowerCase(Locale.ROOT);
        }

        @Override
        public TrainingMaster<?, ?> master(int workers, int examples, int frequency) {
            return new AveragingTrainingMaster(new Averaging(workers, frequency, memory));
        }
    }

    /** Deeplearning4j's own, with what it lets a user choose. */
    record Stock(
            boolean saveUpdater,
            RDDTrainingApproach approach,
            Repartition repartition,
            RepartitionStrategy strategy,
            boolean serialized)
            implements RoundsSide {

        /**
         * All that differ. Without repartitioning there is nothing to choose a strategy for, and the data has a
         * partition for each worker, so that it is not repartitioned where only another number would be. Export is left
         * out where DataVec's library for Spark is missing, which it needs.
         */
        static List<Stock> all() {
            List<Stock> all = new ArrayList<>();
            List<RDDTrainingApproach> approaches =
                    hasDataVec() ? List.of(RDDTrainingApproach.values()) : List.of(RDDTrainingApproach.Direct);
            for (RDDTrainingApproach approach : approaches) {
                all.add(new Stock(false, approach, Repartition.Never, RepartitionStrategy.Balanced, true));
                for (RepartitionStrategy strategy : RepartitionStrategy.values()) {
                    all.add(new Stock(false, approach, Repartition.Always, strategy, true));
                }
            }
            all.add(new Stock(
                    false, RDDTrainingApproach.Direct, Repartition.Never, RepartitionStrategy.Balanced, false));
            return all;
        }

        private static boolean hasDataVec() {
            return RoundsSide.class.getClassLoader().getResource("org/datavec/spark/util/DefaultHadoopConfig.class")
                    != null;
        }

        Stock savingUpdater() {
            return new Stock(true, approach, repartition, strategy, serialized);
        }

        @Override
        public String name() {
            return "saveUpdater=" + saveUpdater + " " + approach + " repartition=" + repartition
                    + (repartition == Repartition.Never ? "" : " " + strategy)
                    + (serialized ? "" : " storageLevel=MEMORY_ONLY");
        }

        @Override
        public TrainingMaster<?, ?> master(int workers, int examples, int frequency) {
            return new ParameterAveragingTrainingMaster.Builder(workers, examples)
                    .batchSizePerWorker(examples)
                    .averagingFrequency(frequency)
                    .saveUpdater(saveUpdater)
                    .rddTrainingApproach(approach)
                    .repartionData(repartition)
                    .repartitionStrategy(strategy)
                    .storageLevel(serialized ? StorageLevel.MEMORY_ONLY_SER() : StorageLevel.MEMORY_ONLY())
                    .rngSeed(1)
                    .build();
        }
    }
}
