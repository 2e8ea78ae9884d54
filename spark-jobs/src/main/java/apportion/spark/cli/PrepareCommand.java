package apportion.spark.cli;

import apportion.spark.conf.Settings;
import apportion.spark.dataset.DatasetManifest;
import apportion.spark.prepare.DataConfig;
import apportion.spark.prepare.PrepareJob;
import apportion.spark.prepare.PrepareJob.Prepared;
import java.util.Locale;
import picocli.CommandLine.Command;

/** Reads the section {@code data}. */
@Command(
        name = "prepare",
        description = "Turns texts into a dataset: read, clean, tokenize, pack, split.",
        footer = {
            "",
            "Examples:",
            "  apportion prepare conf/quickstart.conf",
            "  apportion prepare --set data.corpus=texts/*.txt --set data.output=runs/texts --set data.tokenizer.type=bpe"
        })
final class PrepareCommand extends JobCommand {

    /** What {@code --json} shows. */
    private record Shown(
            String dataset,
            boolean reused,
            int vocabulary,
            long documents,
            long trainTokens,
            long validationTokens,
            double unigramEntropy) {

        static Shown of(Prepared prepared) {
            DatasetManifest manifest = prepared.dataset().manifest();
            return new Shown(
                    prepared.dataset().path(),
                    prepared.reused(),
                    manifest.tokenizer().vocabularySize(),
                    manifest.train().documents() + manifest.validation().documents(),
                    manifest.train().tokens(),
                    manifest.validation().tokens(),
                    manifest.unigramEntropy());
        }

        String text() {
            return String.format(
                    Locale.ROOT,
                    "%s %s: %,d documents, %,d tokens to train on and %,d to measure on, vocabulary %,d,"
                            + " unigram loss %.3f nats per token",
                    reused ? "already there:" : "wrote",
                    dataset,
                    documents,
                    trainTokens,
                    validationTokens,
                    vocabulary,
                    unigramEntropy);
        }
    }

    @Override
    Outcome run(Job job) {
        Settings settings = job.settings();
        DataConfig data = settings.bind("data", DataConfig.class).get();
        Shown shown = Shown.of(PrepareJob.run(job.spark(), data, settings.canonicalJson("data"), job.progress()));
        return new Outcome(shown.text(), shown);
    }
}
