package apportion.spark.bench;

import java.util.Map;
import java.util.TreeMap;

/**
 * The train job on two executors of one core each, on this machine.
 *
 * @param parameters {@code P} of the model
 * @param tokensPerStep of one replica
 * @param stepSeconds slope of a round's seconds over its steps, with two replicas
 * @param syncSeconds what a round takes beside its steps
 * @param syncShare of a round of {@link #SHARE_STEPS} steps
 * @param workersRatio tokens a second of two workers, to those of one
 * @param heldOutErrors of what was predicted to what was measured, relative, where nothing was fitted
 * @param model fitted to the rest
 */
public record ClusterReport(
        long parameters,
        long tokensPerStep,
        double stepSeconds,
        double syncSeconds,
        double syncShare,
        double workersRatio,
        Map<String, Double> heldOutErrors,
        CostModel model) {

    static final int SHARE_STEPS = 32;
    private static final int EXECUTORS = 2;

    static ClusterReport of(ClusterTask task, ClusterTask.Result result) {
        double few = result.secondsPerRound(EXECUTORS, task.few());
        double many = result.secondsPerRound(EXECUTORS, task.many());
        double step = (many - few) / (task.many() - task.few());
        double sync = Math.max(0, few - task.few() * step);
        CostModel model = CostModel.fit(result, EXECUTORS, sync, step);
        Map<String, Double> errors = new TreeMap<>();
        for (Collective.Times times : result.heldOut()) {
            errors.put(
                    times.collective() + " of " + times.numbers() + " numbers, " + times.workers() + " workers",
                    model.seconds(times.collective(), times.workers(), times.numbers(), EXECUTORS) / times.seconds()
                            - 1);
        }
        double round = model.seconds(Collective.PUBLISH, EXECUTORS, result.parameters(), EXECUTORS)
                + model.seconds(Collective.SLICES, EXECUTORS, result.parameters(), EXECUTORS)
                + model.besideSeconds() * result.parameters()
                + task.heldOut() * step;
        errors.put(
                "round of " + task.heldOut() + " steps", round / result.secondsPerRound(EXECUTORS, task.heldOut()) - 1);
        return new ClusterReport(
                result.parameters(),
                result.tokensPerStep(),
                step,
                sync,
                sync / (sync + SHARE_STEPS * step),
                EXECUTORS * result.secondsPerRound(1, task.many()) / many,
                errors,
                model);
    }
}
