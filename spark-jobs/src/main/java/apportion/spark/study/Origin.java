package apportion.spark.study;

import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.Map;

/**
 * Where a study's numbers come from.
 *
 * @param command that computes them
 * @param config resolved configuration, as JSON
 * @param facts versions, sizes, seeds and the like: name to value, in the order to show them
 */
public record Origin(String command, String config, Map<String, String> facts) {

    public Origin {
        facts = Collections.unmodifiableMap(new LinkedHashMap<>(facts));
    }
}
