package apportion.spark.bench;

import java.util.Map;
import java.util.TreeMap;

/**
 * The train job on two executors of one core each, on this machine.
 *
 * @param parameters {@code P} of the model
 * @param tokensPerStep of one replica
 * @param stepSeconds of the slower of two replicas, as it measured it
 * @param syncSeconds what a round takes beside its steps
 * @param localSteps {@code H} of those rounds
 * @param syncShare of such a round
 * @param workersRatio tokens a second of two workers, to those of one
 * @param heldOutErrors of what was predicted to what was measured, relative, where nothing was fitted
 * @param model fitted to the rest
 */
public record ClusterReport(
        long parameters,
        long tokensPerStep,
        double stepSeconds,
        double syncSeconds,
        int localSteps,
        double syncShare,
        double workersRatio,
        Map<String, Double> heldOutErrors,
        CostModel model) {

    private static final int EXECUTORS = 2;

    static ClusterReport of(ClusterTask task, ClusterTask.Result result) {
        double round = result.secondsPerRound(EXECUTORS, task.localSteps());
        double sync = result.syncSeconds(EXECUTORS, task.localSteps());
        double step = (round - sync) / task.localSteps();
        CostModel model = CostModel.fit(result, EXECUTORS, sync, step);
        Map<String, Double> errors = new TreeMap<>();
        for (Collective.Times times : result.heldOut()) {
            errors.put(
                    times.collective() + " of " + times.numbers() + " numbers, " + times.workers() + " workers",
                    model.seconds(times.collective(), times.workers(), times.numbers(), EXECUTORS) / times.seconds()
                            - 1);
        }
        double predicted = model.seconds(Collective.PUBLISH, EXECUTORS, result.parameters(), EXECUTORS)
                + model.seconds(
                        Collective.average(EXECUTORS, result.parameters()), EXECUTORS, result.parameters(), EXECUTORS)
                + model.besideSeconds() * result.parameters()
                + task.heldOut() * step;
        errors.put(
                "round of " + task.heldOut() + " steps",
                predicted / result.secondsPerRound(EXECUTORS, task.heldOut()) - 1);
        return new ClusterReport(
                result.parameters(),
                result.tokensPerStep(),
                step,
                sync,
                task.localSteps(),
                sync / round,
                EXECUTORS * result.secondsPerRound(1, task.localSteps()) / round,
                errors,
                model);
    }
}
