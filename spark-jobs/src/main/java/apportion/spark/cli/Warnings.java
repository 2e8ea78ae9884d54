package apportion.spark.cli;

import apportion.spark.train.TrainConfig;
import java.util.Collection;
import java.util.List;
import java.util.Optional;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Says on stderr, before any work and in a dry run, what a configuration allows and hardly anybody means. */
final class Warnings {

    private static final Logger LOG = LoggerFactory.getLogger(Warnings.class);

    private Warnings() {}

    /**
     * Warns of warm-ups that are longer than their run, of each once.
     *
     * @param sequence tokens that a row of the dataset predicts
     */
    static void ofWarmup(Collection<TrainConfig> runs, int sequence) {
        runs.stream()
                .map(run -> run.warmupBeyondTheEnd(sequence))
                .flatMap(Optional::stream)
                .distinct()
                .forEach(LOG::warn);
    }

    static void ofWarmup(TrainConfig run, int sequence) {
        ofWarmup(List.of(run), sequence);
    }
}
