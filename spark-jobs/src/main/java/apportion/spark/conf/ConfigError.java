package apportion.spark.conf;

import apportion.spark.failure.UserError;
import java.util.List;

/** Everything that is wrong with a configuration, one problem a line. */
public final class ConfigError extends UserError {

    ConfigError(List<String> problems) {
        super(String.join("\n", problems));
    }
}
