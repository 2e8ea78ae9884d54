package apportion.spark.cli;

import apportion.model.count.ModelCount;
import apportion.spark.dataset.Dataset;
import apportion.spark.dataset.DatasetManifest;
import apportion.spark.storage.Storage;
import apportion.spark.sweep.Layouts;
import apportion.spark.sweep.Layouts.Priced;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalInt;

/** How {@code sweep --dry-run} shows what each layout costs. */
final class SweepDryRun {

    private SweepDryRun() {}

    /** Without Spark: a dataset that is not there yet is replaced by a vocabulary that the configuration names. */
    static Outcome outcome(SweepSections sections, Storage storage) {
        OptionalInt named = sections.model().vocabulary();
        String dataset = storage.qualified(sections.train().dataset().orElseThrow());
        boolean checked = named.isEmpty() || storage.exists(dataset);
        Optional<DatasetManifest> manifest =
                checked ? Optional.of(Dataset.open(storage, dataset).manifest()) : Optional.empty();
        int vocabulary = manifest.map(data -> data.tokenizer().vocabularySize()).orElseGet(named::getAsInt);
        Warnings.ofWarmup(
                sections.train(),
                manifest.map(DatasetManifest::sequence).orElse(sections.model().context()));
        List<Priced> layouts = new Layouts(sections.sweep(), sections.model(), vocabulary).priced();
        int seeds = sections.sweep().seeds().size();
        int rates = sections.sweep().learningRates().size();
        return new Outcome(text(layouts, seeds, rates, checked), json(layouts, seeds, rates, checked));
    }

    private static String text(List<Priced> layouts, int seeds, int rates, boolean checked) {
        int longest = Math.max(
                6,
                layouts.stream()
                        .mapToInt(each -> each.layout().toString().length())
                        .max()
                        .orElseThrow());
        String row = "%-" + longest + "s  %12s  %14s  %18s  %14s  %12s%n";
        StringBuilder text =
                new StringBuilder(checked ? "" : "the dataset is not there yet; vocabulary as configured\n");
        text.append(String.format(
                Locale.ROOT,
                row,
                "layout",
                "feed-forward",
                "parameters",
                "FLOPs of a forward",
                "KV-cache bytes",
                "off equal by"));
        for (Priced each : layouts) {
            ModelCount count = each.count();
            text.append(String.format(
                    Locale.ROOT,
                    row,
                    each.layout(),
                    each.layout().feedForward(),
                    String.format(Locale.ROOT, "%,d", count.parameters()),
                    String.format(Locale.ROOT, "%,d", count.forwardFlops()),
                    String.format(Locale.ROOT, "%,d", count.keyValueBytes()),
                    String.format(Locale.ROOT, "%,d", each.deviation())));
        }
        return text.append(String.format(
                        Locale.ROOT,
                        "%,d layouts: %,d runs to find learning rates, %,d to compare",
                        layouts.size(),
                        layouts.size() * rates,
                        layouts.size() * seeds))
                .toString();
    }

    private static Map<String, Object> json(List<Priced> layouts, int seeds, int rates, boolean checked) {
        Map<String, Object> json = new LinkedHashMap<>();
        json.put("datasetChecked", checked);
        json.put("tuningRuns", layouts.size() * rates);
        json.put("comparedRuns", layouts.size() * seeds);
        json.put("layouts", layouts.stream().map(SweepDryRun::json).toList());
        return json;
    }

    private static Map<String, Object> json(Priced each) {
        Map<String, Object> json = new LinkedHashMap<>();
        json.put("layout", each.layout().toString());
        json.put("feedForward", each.layout().feedForward());
        json.put("parameters", each.count().parameters());
        json.put("forwardFlops", each.count().forwardFlops());
        json.put("keyValueBytes", each.count().keyValueBytes());
        json.put("deviation", each.deviation());
        return json;
    }
}
