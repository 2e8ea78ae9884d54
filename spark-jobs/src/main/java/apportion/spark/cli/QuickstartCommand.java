package apportion.spark.cli;

import apportion.spark.dataset.Dataset;
import apportion.spark.prepare.DataConfig;
import apportion.spark.prepare.PrepareJob;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Optional;
import java.util.function.Supplier;
import picocli.CommandLine.Command;

@Command(
        name = "quickstart",
        description = "The whole way on a sample corpus: prepare, sweep head layouts, evaluate, report.",
        footer = {"", "Without CONFIG it uses conf/quickstart.conf; results lie under runs/quickstart."})
final class QuickstartCommand extends JobCommand {

    @Override
    Optional<String> defaultConfig() {
        return Optional.of("conf/quickstart.conf");
    }

    @Override
    Outcome run(Job job) {
        long began = System.nanoTime();
        Supplier<DataConfig> data = job.settings().bind("data", DataConfig.class);
        SweepSections sections = SweepSections.bind(job.settings());
        Dataset dataset = PrepareJob.run(job.spark(), data.get(), job.settings().canonicalJson("data"), job.progress())
                .dataset();
        Outcome swept = sections.run(job, dataset, "apportion quickstart");
        Map<String, Object> json = new LinkedHashMap<>();
        ((Map<?, ?>) swept.json()).forEach((key, value) -> json.put((String) key, value));
        json.put("seconds", (System.nanoTime() - began) * 1e-9);
        return new Outcome(swept.text(), json);
    }
}
