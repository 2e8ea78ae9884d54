package apportion.spark.cli;

import apportion.spark.dataset.DatasetManifest;
import apportion.spark.prepare.DataConfig;
import apportion.spark.prepare.PrepareJob;
import apportion.spark.prepare.PrepareJob.Prepared;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.function.Supplier;
import picocli.CommandLine.Command;

@Command(
        name = "prepare",
        description = "Turn a corpus into a dataset: clean, deduplicate, tokenize, pack.",
        footer = {"", "Example:", "  apportion prepare --set data.corpus=books/*.txt --set data.output=books.dataset"})
final class PrepareCommand extends JobCommand {

    @Override
    Outcome run(Job job) {
        Supplier<DataConfig> data = job.settings().bind("data", DataConfig.class);
        DataConfig config = data.get();
        Prepared prepared = PrepareJob.run(job.spark(), config, job.settings().canonicalJson("data"), job.progress());
        DatasetManifest manifest = prepared.dataset().manifest();
        Map<String, Object> json = new LinkedHashMap<>();
        json.put("dataset", config.output());
        json.put("reused", prepared.reused());
        json.put("identity", manifest.identity());
        json.put("vocabulary", manifest.tokenizer().vocabularySize());
        json.put("train", counts(manifest.train()));
        json.put("validation", counts(manifest.validation()));
        json.put("dropped", manifest.provenance().dropped());
        json.put("unigramEntropy", manifest.unigramEntropy());
        return new Outcome(text(config, prepared), json);
    }

    private static Map<String, Object> counts(DatasetManifest.SplitInfo split) {
        Map<String, Object> counts = new LinkedHashMap<>();
        counts.put("documents", split.documents());
        counts.put("bytes", split.bytes());
        counts.put("tokens", split.tokens());
        counts.put("sequences", split.sequences());
        return counts;
    }

    private static String text(DataConfig config, Prepared prepared) {
        DatasetManifest manifest = prepared.dataset().manifest();
        return String.format(
                "%s %s: %,d tokens of %,d documents to train on, %,d of %,d to validate on; vocabulary %,d; left out: %s",
                config.output(),
                prepared.reused() ? "was prepared already" : "prepared",
                manifest.train().tokens(),
                manifest.train().documents(),
                manifest.validation().tokens(),
                manifest.validation().documents(),
                manifest.tokenizer().vocabularySize(),
                manifest.provenance().dropped().isEmpty()
                        ? "nothing"
                        : manifest.provenance().dropped());
    }
}
