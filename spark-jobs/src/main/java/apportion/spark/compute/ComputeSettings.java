package apportion.spark.compute;

import apportion.model.compute.Backends;
import apportion.model.compute.Precision;
import apportion.spark.conf.Settings;
import java.util.function.Supplier;

/**
 * The section {@code compute}: where numbers are computed. How exactly is {@code train.precision}'s to say, which stays
 * with a model when it is used.
 *
 * @param backend which implementation of the Transformer's operations
 * @param threads of one task
 */
public record ComputeSettings(Backends.Kind backend, int threads) {

    public ComputeSettings {
        ComputeConfig.checkThreads(threads);
    }

    /**
     * Reads both, and checks that they go together.
     *
     * @return asking for it throws a {@link apportion.spark.conf.ConfigError} if anything was found wrong so far
     */
    public static Supplier<ComputeConfig> bind(Settings settings) {
        Supplier<ComputeSettings> section = settings.bind("compute", ComputeSettings.class);
        Supplier<Precision> precision = settings.bind("train.precision", Precision.class);
        settings.check("compute", () -> section.get().in(precision.get()));
        return () -> section.get().in(precision.get());
    }

    private ComputeConfig in(Precision precision) {
        return new ComputeConfig(backend, precision, threads);
    }
}
