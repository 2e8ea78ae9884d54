package apportion.spark.sweep;

import apportion.spark.evaluate.DocumentLoss;
import apportion.spark.failure.UserError;
import apportion.spark.report.Outcome;
import apportion.spark.report.Report;
import apportion.spark.report.ReportFiles;
import apportion.spark.report.SweepJson;
import apportion.spark.report.SweepSummary;
import apportion.spark.report.TrialResult;
import apportion.spark.storage.LineLog;
import apportion.spark.storage.Storage;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** The files of one sweep's directory. */
final class SweepFiles {

    private static final int LARGEST = 1 << 30;
    private static final String MEASURE_AGAIN =
            "; give the sweep's command again, which measures this trial again from its last checkpoint";

    private static final Logger LOG = LoggerFactory.getLogger(SweepFiles.class);

    private static final String SUMMARY = "sweep.json";
    private static final String LEDGER = "ledger.jsonl";
    private static final String ORIGIN = "plan.json";

    private final Storage storage;
    private final String directory;

    SweepFiles(Storage storage, String directory) {
        this.storage = storage;
        this.directory = directory;
    }

    String ledgerPath() {
        return path(LEDGER);
    }

    private String path(String name) {
        return Storage.child(directory, name);
    }

    LineLog ledger() {
        return storage.lineLog(path(LEDGER));
    }

    /** The trials that a ledger lists, in the order in which they ended. */
    static List<TrialResult> results(LineLog ledger) {
        List<TrialResult> results = new ArrayList<>();
        for (String line : ledger.lines()) {
            try {
                results.add(SweepJson.readTrial(line));
            } catch (IllegalArgumentException e) {
                throw new UserError(
                        "line " + (results.size() + 1) + " of the sweep's " + LEDGER + " is " + e.getMessage()
                                + "; it was written by another release, or changed by hand. Delete or move the ledger"
                                + " and start the sweep again: trials that have ended are not trained again, but"
                                + " measured and listed anew",
                        e);
            }
        }
        return results;
    }

    void writeSummary(SweepSummary summary) {
        storage.writeAtomically(path(SUMMARY), SweepJson.write(summary) + "\n");
    }

    void writeOrigin(SweepOrigin origin) {
        storage.writeAtomically(path(ORIGIN), origin.toJson());
    }

    /** Empty in a directory of an earlier release. */
    Optional<SweepOrigin> origin() {
        return storage.exists(path(ORIGIN)) ? Optional.of(SweepOrigin.fromJson(read(path(ORIGIN)))) : Optional.empty();
    }

    /** Those trials of the ledger that the newest configuration asks for; all where nothing says which. */
    List<TrialResult> asked(List<TrialResult> ledger) {
        try {
            return origin().map(origin -> origin.asked(ledger)).orElse(ledger);
        } catch (IllegalArgumentException e) {
            throw new UserError(
                    path(ORIGIN) + " is " + e.getMessage() + "; give the sweep's command again, which writes it anew",
                    e);
        }
    }

    void writeDocuments(String trial, List<DocumentLoss> documents) {
        storage.writeAtomically(documentsOf(trial), SweepJson.write(documents) + "\n");
    }

    private String documentsOf(String trial) {
        return path("trials/" + trial + "/documents.json");
    }

    /** Whether a trial has all that the report needs; one that lacks something is measured again. */
    boolean isWhole(TrialResult trial) {
        if (!(trial.outcome() instanceof Outcome.Done)) {
            return true;
        }
        try {
            documents(trial.id());
            return true;
        } catch (UserError e) {
            LOG.warn("{}", e.getMessage());
            return false;
        }
    }

    private List<DocumentLoss> documents(String trial) {
        String file = documentsOf(trial);
        if (!storage.exists(file)) {
            throw new UserError(file + " is missing" + MEASURE_AGAIN);
        }
        try {
            return SweepJson.readDocuments(read(file));
        } catch (IllegalArgumentException e) {
            throw new UserError(file + " cannot be read: " + e.getMessage() + MEASURE_AGAIN, e);
        }
    }

    /**
     * The report on some trials of this sweep.
     *
     * @param others how many more the ledger has
     */
    ReportFiles report(List<TrialResult> results, int others) {
        if (!storage.exists(path(SUMMARY))) {
            throw new UserError(directory + " holds no sweep (it has no " + SUMMARY + ")");
        }
        Map<String, List<DocumentLoss>> documents = new HashMap<>();
        try {
            for (TrialResult result : results) {
                if (result.outcome() instanceof Outcome.Done) {
                    documents.put(result.id(), documents(result.id()));
                }
            }
            return Report.of(SweepJson.readSummary(read(path(SUMMARY))), results, documents, others);
        } catch (IllegalArgumentException e) {
            throw new UserError("the sweep in " + directory + " cannot be reported: " + e.getMessage(), e);
        }
    }

    /** Writes page, numbers and the table of trials; returns the page's path. */
    String write(ReportFiles report, List<TrialResult> results) {
        storage.writeAtomically(path("results.parquet"), out -> out.write(ResultsFile.of(results)));
        storage.writeAtomically(path("report.json"), report.json());
        storage.writeAtomically(path("report.html"), report.html());
        return path("report.html");
    }

    private String read(String path) {
        return new String(storage.read(path, LARGEST), StandardCharsets.UTF_8);
    }
}
