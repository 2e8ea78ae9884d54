package apportion.spark.train;

import apportion.spark.failure.UserError;
import apportion.spark.storage.LineLog;
import apportion.spark.storage.Storage;
import apportion.spark.tensorboard.EventFile;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;

/** The records of a run: a line each in {@code metrics.jsonl}, and with each checkpoint as events for TensorBoard. */
final class RunLog {

    private static final String EVENTS = "tensorboard";

    private final Storage storage;
    private final String output;
    private final LineLog lines;
    private final List<RoundRecord> records;
    /** How many records are in event files. */
    private int shown;

    private RunLog(Storage storage, String output, LineLog lines, List<RoundRecord> records) {
        this.storage = storage;
        this.output = output;
        this.lines = lines;
        this.records = records;
        this.shown = records.size();
    }

    /**
     * The log of the rounds that a checkpoint holds. A run that was killed behind it has recorded more, which it now
     * does again; those are taken out of the file.
     *
     * @throws UserError if a record is missing or is none
     */
    static RunLog open(Storage storage, String output, long round) {
        String metrics = Storage.child(output, TrainJob.METRICS);
        LineLog log = storage.lineLog(metrics);
        List<String> lines = log.lines();
        List<RoundRecord> records = new ArrayList<>();
        for (String line : lines.subList(0, (int) Math.min(round, lines.size()))) {
            records.add(record(line, metrics));
        }
        for (int i = 0; i < round; i++) {
            if (i >= records.size() || records.get(i).round() != i + 1) {
                throw new UserError(metrics + " has no record of round " + (i + 1) + ", but a checkpoint of round "
                        + round + " is beside it; put the file back, or delete the directory to begin anew");
            }
        }
        if (lines.size() > round) {
            log.keep((int) round);
        }
        return new RunLog(storage, output, log, records);
    }

    private static RoundRecord record(String line, String metrics) {
        try {
            return RoundRecord.fromJson(line);
        } catch (IllegalArgumentException e) {
            throw new UserError(
                    metrics + ": " + e.getMessage() + "; put the file back, or delete the directory to begin anew", e);
        }
    }

    /** Of all rounds so far. */
    List<RoundRecord> records() {
        return List.copyOf(records);
    }

    /** Tokens that all rounds so far have predicted. */
    long tokens() {
        return records.isEmpty() ? 0 : records.get(records.size() - 1).tokens();
    }

    void add(RoundRecord record) {
        lines.append(record.toJson());
        records.add(record);
    }

    /** To be called when the run has ended: the file then has every line, on any file system. */
    void end() {
        lines.merge();
    }

    /**
     * Writes what is new into an event file of its own: no file system has to append, and a resumed run writes the same
     * file again.
     */
    void writeEvents() {
        if (shown == records.size()) {
            return;
        }
        List<RoundRecord> fresh = records.subList(shown, records.size());
        String name = String.format(
                Locale.ROOT, "%s%010d", EventFile.PREFIX, fresh.get(0).round());
        byte[] bytes = EventFile.of(fresh.stream().map(this::event).toList());
        storage.writeAtomically(Storage.child(Storage.child(output, EVENTS), name), out -> out.write(bytes));
        shown = records.size();
    }

    private EventFile.Event event(RoundRecord record) {
        Map<String, Double> scalars = new LinkedHashMap<>();
        scalars.put("loss/training", record.loss());
        if (record.validationLoss() != null) {
            scalars.put("loss/validation", record.validationLoss());
        }
        if (record.balanceLoss() != null) {
            scalars.put("loss/balance", record.balanceLoss());
        }
        if (record.learningRate() != null) {
            scalars.put("optimization/learning rate", record.learningRate());
        }
        scalars.put("optimization/gradient norm", record.gradientNorm());
        scalars.put("optimization/divergence of replicas", record.divergence());
        scalars.put("progress/tokens", (double) record.tokens());
        long before =
                record.round() == 1 ? 0 : records.get((int) record.round() - 2).tokens();
        scalars.put("progress/tokens per second", (record.tokens() - before) / record.seconds());
        scalars.put("round/seconds", record.seconds());
        scalars.put("round/slowest replica", record.slowest());
        RoundRecord.Split split = record.split();
        scalars.put("round/publish", split.publish());
        scalars.put("round/read", split.read());
        scalars.put("round/compute", split.compute());
        scalars.put("round/reduce", split.reduce());
        scalars.put("round/outer", split.outer());
        scalars.put("round/idle", split.idle());
        scalars.put("bytes/down", (double) record.bytes().down());
        scalars.put("bytes/up", (double) record.bytes().up());
        return new EventFile.Event(record.ended(), record.step(), scalars);
    }
}
