package apportion.spark.cluster;

import java.time.Duration;
import java.util.Optional;

/**
 * The section {@code cluster}.
 *
 * @param waitSeconds longest time that a job waits while there is no executor; for ever if empty
 */
public record ClusterConfig(Optional<Integer> waitSeconds) {

    public ClusterConfig {
        if (waitSeconds.isPresent() && waitSeconds.get() < 1) {
            throw new IllegalArgumentException("wait-seconds must be at least 1, got " + waitSeconds.get());
        }
    }

    Optional<Duration> patience() {
        return waitSeconds.map(Duration::ofSeconds);
    }
}
