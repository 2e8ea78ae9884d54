package apportion.spark.cli;

import apportion.model.allocation.KernelFit;
import apportion.spark.allocate.KernelJob;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.stream.IntStream;
import org.apache.spark.api.java.JavaSparkContext;

/** The kernel that {@code allocate --kernel-from} estimates, and how it is shown. */
final class EstimatedKernel {

    private static final int PER_LINE = 8;

    private EstimatedKernel() {}

    static KernelFit.Estimate of(Job job, String checkpoint, String data, int lags, long sequences) {
        JavaSparkContext context = JavaSparkContext.fromSparkContext(job.spark().sparkContext());
        return KernelJob.run(context, job.storage(), checkpoint, data, lags, sequences);
    }

    /** What is shown of an allocation, and before it the estimate that it rests on, if it rests on one. */
    static Outcome before(Outcome allocation, Optional<KernelFit.Estimate> estimate) {
        if (estimate.isEmpty()) {
            return allocation;
        }
        Map<String, Object> json = new LinkedHashMap<>();
        if (allocation.json() instanceof Map<?, ?> fields) {
            fields.forEach((name, value) -> json.put(String.valueOf(name), value));
        }
        json.put("kernel", estimate.get());
        return new Outcome(text(estimate.get()) + allocation.text(), json);
    }

    private static String text(KernelFit.Estimate estimate) {
        List<Double> coefficients = estimate.coefficients();
        StringBuilder text = new StringBuilder(String.format(
                Locale.ROOT,
                "estimated from %,d tokens; the tokens before explain %.2f%% of an embedding's variance%n",
                estimate.targets(),
                100 * estimate.explained()));
        for (int from = 0; from < coefficients.size(); from += PER_LINE) {
            text.append(String.format(Locale.ROOT, "rho of lag %,d on:", from + 1));
            IntStream.range(from, Math.min(from + PER_LINE, coefficients.size()))
                    .forEach(m -> text.append(String.format(Locale.ROOT, " %+.4f", coefficients.get(m))));
            text.append(System.lineSeparator());
        }
        return text.append(System.lineSeparator()).toString();
    }
}
