package apportion.spark.cli;

import apportion.spark.failure.UserError;
import apportion.spark.storage.Storage;
import apportion.spark.study.Overview;
import apportion.spark.sweep.SweepJob;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;

@Command(
        name = "report",
        description = "Write the report on a sweep again, finished or not; or one page on all reports.",
        footer = {
            "",
            "With --all, every report.json beneath the directory, of sweeps and of experiments,",
            "gets a section of DIR/overview.html: what it found, and which statements agree.",
            "",
            "Examples:",
            "  apportion report --sweep runs/quickstart/sweep",
            "  apportion report --all runs"
        })
final class ReportCommand extends JobCommand {

    private static final String NUMBERS = "report.json";
    private static final int LARGEST = 1 << 30;

    @Option(names = "--sweep", paramLabel = "DIR", description = "Directory of the sweep.")
    private @Nullable String sweep;

    @Option(names = "--all", paramLabel = "DIR", description = "Directory with all that shall be on one page.")
    private @Nullable String all;

    @Override
    List<String> shortcuts() {
        List<String> keys = new ArrayList<>();
        shortcut(keys, "sweep.output", sweep);
        return keys;
    }

    @Override
    Outcome run(Job job) {
        if (all != null) {
            if (sweep != null) {
                throw new UserError("--sweep and --all are two reports; give one of them");
            }
            return overview(Storage.withDefaults(), all);
        }
        long began = System.nanoTime();
        String directory = job.settings().text("sweep.output");
        Storage storage = Storage.withDefaults();
        if (storage.exists(directory)) {
            storage.requireWritable(directory);
        }
        SweepJob.Result result = SweepJob.report(storage, directory);
        return SweepSections.outcome(result, (System.nanoTime() - began) * 1e-9);
    }

    private static Outcome overview(Storage storage, String directory) {
        String root = storage.qualified(directory);
        List<Overview.Entry> entries = new ArrayList<>();
        for (var file : storage.expand(List.of(directory))) {
            if (file.path().endsWith("/" + NUMBERS)) {
                entries.add(entry(storage, root, file.path()));
            }
        }
        storage.requireWritable(root);
        if (entries.isEmpty()) {
            throw new UserError("no " + NUMBERS + " lies beneath " + directory
                    + "; run an experiment or a sweep first, or name the directory of their outputs");
        }
        Overview overview = new Overview(entries);
        String page = Storage.child(root, "overview.html");
        storage.writeAtomically(page, overview.html());
        Map<String, Object> json = new LinkedHashMap<>();
        json.put("report", page);
        json.put("reports", entries.stream().map(Overview.Entry::page).toList());
        String score = overview.verdicts().score();
        json.put("score", score);
        return new Outcome(entries.size() + " reports: " + score + System.lineSeparator() + "report: " + page, json);
    }

    private static Overview.Entry entry(Storage storage, String root, String file) {
        String inside = file.substring(Storage.child(root, "").length());
        String page = inside.substring(0, inside.length() - NUMBERS.length()) + "report.html";
        try {
            return Overview.Entry.read(new String(storage.read(file, LARGEST), StandardCharsets.UTF_8), page);
        } catch (IllegalArgumentException e) {
            throw new UserError(
                    file + " is no report of a sweep or an experiment: " + e.getMessage()
                            + "; move it away, or write it again",
                    e);
        }
    }
}
