package apportion.spark.train;

import apportion.model.checkpoint.Checkpoint;
import apportion.model.checkpoint.CheckpointContents;
import apportion.model.checkpoint.CheckpointError;
import apportion.model.checkpoint.Checkpoints;
import apportion.model.checkpoint.FlatVector;
import apportion.model.checkpoint.Parameters;
import apportion.model.checkpoint.Provenance;
import apportion.model.checkpoint.TrainingState;
import apportion.model.config.ModelConfig;
import apportion.model.config.Sharing;
import apportion.model.optim.Outer;
import apportion.model.optim.OuterOptimizer;
import apportion.model.transformer.ParameterLayout;
import apportion.spark.average.Encoded.Encoding;
import apportion.spark.cluster.SharedFiles;
import apportion.spark.compute.ClusterSettings;
import apportion.spark.compute.ComputeConfig;
import apportion.spark.dataset.Dataset;
import apportion.spark.evaluate.Evaluator;
import apportion.spark.failure.Diverged;
import apportion.spark.failure.Failure;
import apportion.spark.failure.UserError;
import apportion.spark.progress.Progress;
import apportion.spark.provenance.Program;
import apportion.spark.storage.Claim;
import apportion.spark.storage.OwnedByAnother;
import apportion.spark.storage.Storage;
import java.io.IOException;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.SortedMap;
import java.util.TreeMap;
import org.apache.spark.api.java.JavaSparkContext;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** One training run: rounds from the newest checkpoint, or from the beginning, to the end. */
public final class TrainJob {

    /** Files of a run's directory, beside its checkpoints. */
    public static final String METRICS = "metrics.jsonl";

    public static final String TOKENIZER = Dataset.TOKENIZER;

    /** What a checkpoint's provenance calls the dataset. */
    static final String DATASET = "dataset";

    /**
     * Rounds between two checkpoints at most: Spark serializes the whole lineage since the last one with every task,
     * recursively.
     */
    private static final int LONGEST_LINEAGE = 100;

    private static final Logger LOG = LoggerFactory.getLogger(TrainJob.class);

    /**
     * What to train, on what, and where to keep it.
     *
     * @param name for progress, such as {@code train 4x32}
     * @param from the model that the run begins with; empty for initial weights that {@code train.seed} draws
     * @param output directory of the run
     */
    public record Plan(
            String name,
            ModelConfig model,
            TrainConfig train,
            ComputeConfig compute,
            Dataset dataset,
            RunSettings settings,
            Optional<StartingModel> from,
            String output) {

        /** Hash of everything that could change the result. */
        public String identity() {
            return settings.identity(List.copyOf(inputs().values()));
        }

        /** SHA-256 of what the run reads, by what a checkpoint's provenance calls it. */
        SortedMap<String, String> inputs() {
            SortedMap<String, String> inputs = new TreeMap<>();
            inputs.put(DATASET, dataset.manifest().identity());
            from.ifPresent(model -> inputs.put(StartingModel.INPUT, model.sha256()));
            return inputs;
        }

        /** The same run in another directory. */
        public Plan at(String directory) {
            return new Plan(name, model, train, compute, dataset, settings, from, directory);
        }
    }

    private final JavaSparkContext context;
    private final Storage storage;
    private final Plan plan;
    private final RoundSchedule schedule;
    private final long rounds;
    private final ParameterLayout layout;
    private final Checkpoints checkpoints;
    private final Evaluator evaluator;
    /** The settings as checkpoints have them. */
    private final String stored;

    private TrainJob(JavaSparkContext context, Storage storage, Plan plan) {
        this.context = context;
        this.storage = storage;
        this.plan = plan;
        this.schedule = plan.train().rounds(plan.dataset().manifest().sequence());
        this.rounds = schedule.rounds();
        this.layout = ParameterLayout.of(plan.model());
        this.checkpoints = new Checkpoints(storage.checkpoints(), storage.qualified(plan.output()));
        this.stored = plan.settings()
                .reading(plan.dataset().manifest().provenance().settings())
                .json();
        this.evaluator = new Evaluator(
                context, plan.model(), plan.compute(), plan.train().batch());
    }

    /**
     * Trains to the end; a run that was stopped goes on from its newest checkpoint, a finished one is only read.
     *
     * @throws Diverged if a loss is not finite, or the run ended worse than guessing; the last checkpoint stays
     * @throws UserError if the plan does not fit the dataset, or the directory belongs to another run
     */
    public static TrainResult run(JavaSparkContext context, Storage storage, Plan plan, Progress progress) {
        ClusterSettings.refuseUnusable(context.getConf());
        refuseMisfit(plan);
        TrainJob job = new TrainJob(context, storage, plan);
        Replicas.begin(plan.identity());
        try (Claim claim = job.claim()) {
            SharedFiles.requireShared(context, storage, plan.output(), plan.output());
            SharedFiles.requireVisible(context, storage, plan.dataset().file(Dataset.MANIFEST));
            return job.run(progress, claim);
        } catch (CheckpointError e) {
            throw new Failure(String.valueOf(e.getMessage()), e);
        } catch (IOException e) {
            throw Storage.notWritten("the checkpoints of " + plan.output(), e);
        } catch (Exception e) {
            // Scala's methods throw SparkException without declaring it.
            throw Failure.within(e);
        } finally {
            Replicas.forget(plan.identity());
        }
    }

    private Claim claim() {
        try {
            return storage.claim(plan.output(), "train", plan.identity());
        } catch (OwnedByAnother e) {
            throw AnotherRun.explained(e, plan, checkpoints);
        }
    }

    /**
     * Refuses what can be known to fail without starting.
     *
     * @throws UserError if the plan does not fit the dataset, or its embedding would change only after the end
     */
    public static void refuseMisfit(Plan plan) {
        TrainMemory.refuseBeyondArrays(plan.model(), plan.train());
        int sequence = plan.dataset().manifest().sequence();
        if (sequence > plan.model().context()) {
            throw new UserError("model.context = " + plan.model().context() + ", but the dataset's sequences predict "
                    + sequence + " tokens; raise model.context, or prepare with a smaller data.sequence");
        }
        refuseTiesBeyondTheEnd(plan.model().sharing().embedding(), plan.train().totalSteps(sequence));
        long sequences = plan.dataset().manifest().train().sequences();
        if (sequences < plan.train().replicas()) {
            throw new UserError("train.replicas = " + plan.train().replicas() + ", but the dataset has only "
                    + sequences + " sequences to share out; use fewer replicas or more text");
        }
    }

    /**
     * Refuses an embedding that would change how it is shared only after the run.
     *
     * @param steps of the run
     */
    public static void refuseTiesBeyondTheEnd(Sharing.Embedding sharing, long steps) {
        if (sharing instanceof Sharing.Embedding.TiedUntil until && until.step() >= steps) {
            throw new UserError("model.sharing.embedding.step = " + until.step() + ", but the run has only " + steps
                    + " steps, so the matrices would never part; lower it, or share full");
        }
        if (sharing instanceof Sharing.Embedding.UntiedUntil until && until.step() + until.over() > steps) {
            throw new UserError("model.sharing.embedding.step = " + until.step() + " and over = " + until.over()
                    + ", but the run has only " + steps + " steps, so the matrices would never meet; lower them, or"
                    + " share none");
        }
    }

    private TrainResult run(Progress progress, Claim claim) throws IOException {
        Optional<Checkpoint> newest = newest();
        Optional<String> directory = newest.map(Checkpoint::directory);
        long done = newest.map(checkpoint -> checkpoint.state().round()).orElse(0L);
        float[] parameters =
                newest.isPresent() ? newest.get().parameters().values().floats() : initial();
        OuterOptimizer outer = new OuterOptimizer(
                newest.isPresent() ? newest.get().outerMomentum().map(FlatVector::floats) : Optional.empty());
        RunLog log = RunLog.open(storage, plan.output(), done);
        storage.writeAtomically(
                Storage.child(plan.output(), TOKENIZER),
                plan.dataset().tokenizer().toJson());
        Allotment allotment = allotment(newest.map(Checkpoint::state));
        RunSpec spec =
                RunSpec.of(plan.identity(), plan.model(), plan.compute(), plan.dataset(), plan.train(), allotment);
        try (Progress.Task task = progress.begin(plan.name(), rounds);
                Rounds replicas = new Rounds(
                        context,
                        storage,
                        spec,
                        parameters.length,
                        directory,
                        plan.train().patience())) {
            task.step(done, "");
            while (done < rounds) {
                done++;
                RoundSchedule.Round round = schedule.round(done);
                Rounds.Round result =
                        replicas.run(parameters, round, plan.name() + ": round " + done + " of " + rounds);
                refuseDivergence(done, result);
                long began = System.nanoTime();
                parameters = outer.step(rule(round), parameters, result.mean().vector());
                RoundRecord record = record(result.outer(ReplicaClock.secondsSince(began)), done, log, parameters);
                claim.require();
                log.add(record);
                if (isDue(done, Math.min(plan.train().checkpoint().everyRounds(), LONGEST_LINEAGE))) {
                    log.writeEvents();
                    claim.require();
                    String written = checkpoints.write(
                            contents(record, parameters, outer, replicas, allotment),
                            plan.train().checkpoint().keep());
                    replicas.restart(written);
                    directory = Optional.of(written);
                }
                task.step(1, note(record));
            }
        }
        log.end();
        TrainResult result = new TrainResult(directory.orElseThrow(), parameters, log.records());
        refuseWorseThanGuessing(result.last());
        return result;
    }

    /** Judges the end of a run, also of one that had ended before, so that the same command ends alike. */
    private void refuseWorseThanGuessing(RoundRecord last) {
        // The last round always has a validation.
        double loss = Objects.requireNonNull(last.validationLoss());
        double unigram = plan.dataset().manifest().unigramEntropy();
        // Unseen tokens may make the frequencies of a small text worse than none.
        double guessing = Math.min(unigram, Math.log(plan.model().vocabulary()));
        if (loss <= guessing) {
            return;
        }
        String ended = String.format(
                Locale.ROOT,
                "the run ended at a validation loss of %.4g nats per token, but a model that only knows how often each"
                        + " token occurs has %.4g",
                loss,
                guessing);
        if (DivergenceRule.diverged(
                loss, guessing, last.step() - plan.train().schedule().warmupSteps(), this::startingLoss)) {
            // The average belongs to no replica; the first stands for all.
            throw new Diverged(
                    last.round(),
                    0,
                    plan.name() + ": " + ended + "; it diverged or has not learned: lower"
                            + " train.optimizer.learning-rate, set train.clip, or train longer on more text (its last"
                            + " checkpoint stays in " + plan.output() + ")");
        }
        LOG.info("run={} {}; it was too short to tell more: train longer", plan.name(), ended);
    }

    /** Before the first step; infinite where the checkpoint that the run started from is gone. */
    private double startingLoss() {
        try {
            return evaluator.validation(initial(), plan.dataset()).loss();
        } catch (IOException | CheckpointError e) {
            LOG.info("run={} its start cannot be measured again: {}", plan.name(), e.getMessage());
            return Double.POSITIVE_INFINITY;
        }
    }

    private float[] initial() throws IOException {
        return plan.from().isPresent()
                ? plan.from().get().parameters(storage)
                : layout.initialize(plan.train().seed());
    }

    /** Who reads what from here on: as before, unless the number of replicas is another one. */
    private Allotment allotment(Optional<TrainingState> stored) {
        long sequences = plan.dataset().manifest().train().sequences();
        int replicas = plan.train().replicas();
        if (stored.isEmpty()) {
            return Allotment.fresh(sequences, replicas);
        }
        List<TrainingState.Replica> before = stored.get().replicas();
        Allotment known = stored.get()
                .allotment()
                .map(Allotment::fromJson)
                .orElseGet(() -> Allotment.fresh(sequences, before.size()));
        return before.size() == replicas
                ? known
                : known.among(
                        replicas,
                        before.stream().map(TrainingState.Replica::cursor).toList());
    }

    private Outer.Rule rule(RoundSchedule.Round round) {
        return plan.train().outer().rule(round.localSteps(), plan.train().replicas());
    }

    private Optional<Checkpoint> newest() throws IOException {
        Checkpoints.Search search = checkpoints.newest();
        search.skipped()
                .forEach(skipped -> LOG.warn("checkpoint={} skipped: {}", skipped.directory(), skipped.reason()));
        if (search.newest().isEmpty() && !search.skipped().isEmpty()) {
            throw new Failure("no checkpoint of " + plan.output() + " can be read ("
                    + search.skipped().get(0).reason() + "); delete the directory to begin anew");
        }
        return search.newest();
    }

    private boolean isDue(long round, int every) {
        return round == rounds || round % every == 0;
    }

    private void refuseDivergence(long round, Rounds.Round result) {
        for (ReplicaState.Summary replica : result.replicas()) {
            if (replica.progress().diverged() > 0) {
                throw diverged(
                        round,
                        replica.replica(),
                        "the loss of replica " + replica.replica() + " was not finite in round " + round + ", step "
                                + replica.progress().diverged());
            }
        }
    }

    private Diverged diverged(long round, int replica, String what) {
        return new Diverged(
                round,
                replica,
                plan.name() + ": " + what + "; checkpoints of earlier rounds in " + plan.output()
                        + " are intact; lower train.optimizer.learning-rate, or set train.clip");
    }

    private RoundRecord record(Rounds.Round round, long number, RunLog log, float[] parameters) {
        long tokens = 0;
        double loss = 0;
        double norm = 0;
        ReplicaState.Routing routing = ReplicaState.Routing.NONE;
        for (ReplicaState.Summary replica : round.replicas()) {
            tokens += replica.progress().tokens();
            loss += replica.progress().loss();
            norm = Math.max(norm, replica.progress().gradientNorm());
            routing = routing.plus(replica.progress().routing());
        }
        RoundRecord record = new RoundRecord(
                number,
                round.replicas().get(0).step(),
                log.tokens() + tokens,
                tokens == 0 ? 0 : loss / tokens,
                norm,
                round.mean().divergence(),
                round.replicas().stream().map(ReplicaState.Summary::cursor).toList(),
                System.currentTimeMillis() / 1e3,
                round.seconds(),
                round.slowest(),
                round.split(),
                round.bytes(),
                plan.train().learningRate(round.replicas().get(0).step(), schedule.steps()),
                isDue(number, plan.train().evaluateEveryRounds()) ? validationLoss(number, parameters) : null,
                routing.expertTokens().length == 0 ? null : routing.balanceLoss() / Math.max(1, tokens),
                routing.expertTokens().length == 0
                        ? null
                        : Arrays.stream(routing.expertTokens()).boxed().toList(),
                round.gpus().orElse(null));
        LOG.info(
                "run={} round={} step={} tokens={} loss={} divergence={} seconds={} split={} bytes={} validation={}",
                plan.name(),
                record.round(),
                record.step(),
                record.tokens(),
                record.loss(),
                record.divergence(),
                record.seconds(),
                record.split(),
                record.bytes(),
                record.validationLoss());
        return record;
    }

    private double validationLoss(long round, float[] parameters) {
        double loss = evaluator.validation(parameters, plan.dataset()).loss();
        if (!Double.isFinite(loss)) {
            // The average belongs to no replica; the first stands for all.
            throw diverged(round, 0, "the validation loss was not finite after round " + round);
        }
        return loss;
    }

    /** Such as {@code loss 2.310, validation 2.402, 97% of 1.2 s for steps}. */
    private static String note(RoundRecord record) {
        RoundRecord.Split split = record.split();
        String validation = record.validationLoss() == null
                ? ""
                : String.format(Locale.ROOT, ", validation %.3f", record.validationLoss());
        return String.format(
                Locale.ROOT,
                "loss %.3f%s, %.0f%% of %.1f s for steps",
                record.loss(),
                validation,
                100 * (split.compute() + split.read()) / record.seconds(),
                record.seconds());
    }

    private CheckpointContents contents(
            RoundRecord record, float[] parameters, OuterOptimizer outer, Rounds replicas, Allotment allotment) {
        List<TrainingState.Replica> at = replicas.summaries().stream()
                .map(replica -> new TrainingState.Replica(replica.cursor(), replica.step()))
                .toList();
        Provenance provenance = new Provenance(
                        Program.sha256(stored),
                        Program.RELEASE,
                        plan.inputs(),
                        Map.of("train", plan.train().seed()),
                        Program.libraries(context.sc()))
                .withInput(
                        Provenance.TOKENIZER,
                        plan.dataset().manifest().tokenizer().sha256());
        return new CheckpointContents(
                stored,
                new TrainingState(
                        record.round(),
                        record.step(),
                        record.tokens(),
                        at,
                        allotment.isFresh() ? Optional.empty() : Optional.of(allotment.toJson()),
                        Optional.of(METRICS),
                        provenance),
                new Parameters(
                        FlatVector.of(parameters),
                        layout.slices().stream()
                                .map(slice -> Parameters.Slice.of(slice.name(), slice.rows(), slice.columns()))
                                .toList()),
                outer.momentum().map(FlatVector::of),
                plan.train().compression() != Encoding.FLOAT,
                replicas.states());
    }
}
