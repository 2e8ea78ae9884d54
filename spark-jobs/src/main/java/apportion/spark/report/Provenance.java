package apportion.spark.report;

import java.time.DateTimeException;
import java.time.Instant;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.Map;

/**
 * What produced a result.
 *
 * @param config hash of the resolved configuration
 * @param code version of this program
 * @param data hash of the dataset's manifest
 * @param machine where it ran
 * @param started when, in ISO 8601 with a zone: {@code 2026-03-01T12:00:00Z}
 */
public record Provenance(String config, String code, String data, Machine machine, String started) {

    public Provenance {
        try {
            Instant.parse(started);
        } catch (DateTimeException e) {
            throw new IllegalArgumentException(
                    "started must be a time such as 2026-03-01T12:00:00Z, got " + started, e);
        }
    }

    /**
     * Where a result was computed.
     *
     * @param backend name of the compute backend
     * @param precision of parameters and arithmetic
     * @param java version of the virtual machine
     * @param cores of the host
     * @param libraries name to version, in the order to show them
     */
    public record Machine(String backend, String precision, String java, int cores, Map<String, String> libraries) {

        public Machine {
            libraries = Collections.unmodifiableMap(new LinkedHashMap<>(libraries));
        }
    }
}
