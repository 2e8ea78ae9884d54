package apportion.spark.sweep;

import apportion.model.count.ModelCount;
import apportion.spark.cluster.ClusterFailure;
import apportion.spark.evaluate.Evaluator;
import apportion.spark.evaluate.Measurement;
import apportion.spark.failure.Diverged;
import apportion.spark.failure.UserError;
import apportion.spark.progress.Progress;
import apportion.spark.provenance.Program;
import apportion.spark.report.Outcome;
import apportion.spark.report.Provenance;
import apportion.spark.report.SweepJson;
import apportion.spark.report.TrialResult;
import apportion.spark.storage.LineLog;
import apportion.spark.storage.Storage;
import apportion.spark.sweep.SweepPlan.Trial;
import apportion.spark.train.RoundRecord;
import apportion.spark.train.TrainJob;
import apportion.spark.train.TrainResult;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import org.apache.spark.api.java.JavaSparkContext;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Trains and measures one trial and writes it into the ledger. Trials may run on several threads. */
final class TrialRunner {

    private static final Logger LOG = LoggerFactory.getLogger(TrialRunner.class);

    private final JavaSparkContext context;
    private final Storage storage;
    private final SweepFiles files;
    private final LineLog ledger;
    private final Progress.Task task;

    TrialRunner(JavaSparkContext context, Storage storage, SweepFiles files, LineLog ledger, Progress.Task task) {
        this.context = context;
        this.storage = storage;
        this.files = files;
        this.ledger = ledger;
        this.task = task;
    }

    /**
     * Runs one trial to its end, good or bad.
     *
     * @throws UserError for a mistake that the other trials share; a trial that is interrupted, or whose Spark ends,
     *     throws that and has not ended
     */
    void run(Trial trial) {
        String started = Instant.now().toString();
        List<RoundRecord> rounds = new ArrayList<>();
        Outcome outcome;
        try {
            TrainResult trained = TrainJob.run(context, storage, trial.plan(), shared(trial));
            rounds.addAll(trained.rounds());
            outcome = new Outcome.Done(measured(trial, trained));
        } catch (Diverged e) {
            outcome = new Outcome.Diverged((int) e.round(), e.replica(), String.valueOf(e.getMessage()));
        } catch (Exception e) {
            // Scala's methods throw SparkException without declaring it.
            if (SideBySide.endsAll(context, e)) {
                throw e;
            }
            LOG.warn("trial {} failed", trial.plan().name(), e);
            outcome = new Outcome.Failed(ClusterFailure.words(e));
        }
        record(result(trial, started, rounds, outcome));
    }

    /** Every trial's rounds are steps of the sweep. */
    private Progress shared(Trial trial) {
        return (name, total) -> (amount, note) -> {
            synchronized (task) {
                task.step(amount, trial.plan().name() + ": " + note);
            }
        };
    }

    private Outcome.Validation measured(Trial trial, TrainResult trained) {
        TrainJob.Plan plan = trial.plan();
        Measurement measurement = new Evaluator(
                        context, plan.model(), plan.compute(), plan.train().batch())
                .validation(trained.parameters(), plan.dataset());
        files.writeDocuments(trial.id(), measurement.documents());
        return new Outcome.Validation(measurement.loss(), measurement.tokens(), measurement.bytes());
    }

    private void record(TrialResult result) {
        synchronized (ledger) {
            if (!isListed(result)) {
                ledger.append(SweepJson.write(result));
            }
        }
    }

    /** Whether the ledger has the trial with this outcome: one whose losses by document were lost runs again. */
    private boolean isListed(TrialResult result) {
        return ledger.lines().stream()
                .filter(line -> line.contains(result.id()))
                .map(SweepJson::readTrial)
                .anyMatch(listed ->
                        listed.id().equals(result.id()) && listed.outcome().equals(result.outcome()));
    }

    private TrialResult result(Trial trial, String started, List<RoundRecord> rounds, Outcome outcome) {
        TrainJob.Plan plan = trial.plan();
        ModelCount count = ModelCount.of(plan.model());
        long tokens = rounds.isEmpty() ? 0 : rounds.get(rounds.size() - 1).tokens();
        return new TrialResult(
                trial.id(),
                trial.setting(),
                new TrialResult.Cost(
                        count.parameters(),
                        count.forwardFlops(),
                        count.keyValueBytes(),
                        rounds.stream().mapToDouble(RoundRecord::seconds).sum(),
                        tokens),
                RoundsCurve.of(rounds),
                outcome,
                provenance(plan, started));
    }

    private Provenance provenance(TrainJob.Plan plan, String started) {
        return new Provenance(
                Program.sha256(plan.settings().json()),
                Program.RELEASE,
                plan.dataset().manifest().identity(),
                new Provenance.Machine(
                        plan.compute().backend().name().toLowerCase(Locale.ROOT),
                        plan.compute().precision().name().toLowerCase(Locale.ROOT),
                        System.getProperty("java.version"),
                        Runtime.getRuntime().availableProcessors(),
                        Program.libraries(context.sc())),
                started);
    }
}
