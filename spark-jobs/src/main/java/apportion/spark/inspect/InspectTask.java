package apportion.spark.inspect;

import apportion.model.config.ModelConfig;
import apportion.model.inspect.AttentionStatistics;
import apportion.model.inspect.HeadCut;
import apportion.spark.compute.ComputeConfig;
import apportion.spark.trained.Forward;
import java.io.Serializable;
import java.util.Arrays;
import java.util.List;

/**
 * The work of one task: some rows through the model, and again without each head.
 *
 * @param cut whether to do the latter
 * @param batch rows computed at once
 */
record InspectTask(ModelConfig model, ComputeConfig compute, boolean cut, int batch) implements Serializable {

    Sums of(float[] weights, List<int[]> rows) {
        try (Forward forward = new Forward(compute, model, weights)) {
            AttentionStatistics statistics = new AttentionStatistics(model, weights, forward.backend());
            HeadCut heads = new HeadCut(model, forward.backend(), forward.values(), weights);
            double loss = 0;
            long tokens = 0;
            for (int from = 0; from < rows.size(); from += batch) {
                List<int[]> some = rows.subList(from, Math.min(from + batch, rows.size()));
                long predicted = some.stream().mapToLong(row -> row.length - 1L).sum();
                statistics.expect(inputs(some));
                forward.observe(statistics);
                double whole = forward.totalLoss(some);
                forward.observe((layer, time, in_nc, projected_np) -> {});
                if (cut) {
                    heads.measure(() -> forward.totalLoss(some), whole, predicted, statistics.sums());
                }
                loss += whole;
                tokens += predicted;
            }
            return new Sums(statistics.sums(), loss, tokens);
        }
    }

    private static List<int[]> inputs(List<int[]> rows) {
        return rows.stream().map(row -> Arrays.copyOf(row, row.length - 1)).toList();
    }
}
