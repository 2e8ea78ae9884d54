package apportion.spark.report;

import apportion.model.config.AttentionConfig;
import apportion.spark.report.LayoutFinding.TrialFinding;
import apportion.spark.statistics.Estimate;
import com.fasterxml.jackson.databind.json.JsonMapper;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.util.Locale;

/** The numbers of the page in full precision; what the page leaves out as unknown is left out here too. */
final class ReportJson {

    private static final JsonMapper MAPPER = JsonMapper.builder().build();

    private ReportJson() {}

    static String of(Findings findings, Numbers numbers) {
        Verdict verdict = Verdict.of(findings, numbers);
        ObjectNode report = MAPPER.createObjectNode();
        report.put("headline", verdict.headline()).put("verdict", verdict.text());
        report.set("sweep", MAPPER.valueToTree(findings.summary()));
        findings.best().ifPresent(best -> report.put("best", best.layout().toString()));
        report.set("noise", noise(findings.noise()));
        ArrayNode rates = report.putArray("learningRates");
        findings.rates().forEach((layout, search) -> rates.add(search(layout, search)));
        ArrayNode layouts = report.putArray("layouts");
        findings.layouts().forEach(layout -> layouts.add(layout(layout)));
        ArrayNode unfinished = report.putArray("unfinished");
        for (TrialResult trial : findings.unfinished()) {
            unfinished
                    .addObject()
                    .put("trial", trial.id())
                    .put("layout", trial.layout().toString())
                    .put("seed", trial.seed())
                    .set("outcome", MAPPER.valueToTree(trial.outcome()));
        }
        return report.toPrettyString() + "\n";
    }

    private static ObjectNode noise(Findings.Noise noise) {
        ObjectNode node = MAPPER.createObjectNode();
        node.put("seeds", noise.seeds()).put("documents", noise.documents());
        noise.seedDeviation()
                .ifPresent(deviation ->
                        node.put("seedDeviation", deviation).put("seedDegreesOfFreedom", noise.seedDegrees()));
        noise.detectable().ifPresent(difference -> node.put("detectableDifference", difference));
        return node;
    }

    private static ObjectNode search(AttentionConfig layout, RateSearch search) {
        ObjectNode node = MAPPER.createObjectNode()
                .put("layout", layout.toString())
                .put("chosen", search.chosen())
                .put("atEdge", search.atEdge());
        ArrayNode tried = node.putArray("tried");
        search.tried().forEach(rate -> {
            ObjectNode one = tried.addObject().put("learningRate", rate.learningRate());
            rate.loss().ifPresent(loss -> one.put("loss", loss));
        });
        return node;
    }

    private static ObjectNode layout(LayoutFinding layout) {
        ObjectNode node = MAPPER.createObjectNode();
        node.put("layout", layout.layout().toString())
                .put("heads", layout.layout().heads())
                .put("headDim", Numbers.headDims(layout.layout()))
                .put("standing", layout.standing().name().toLowerCase(Locale.ROOT));
        node.set("loss", estimate(layout.loss()));
        node.set("differenceToBest", estimate(layout.toBest()));
        node.set("differenceToMeanOfAll", estimate(layout.againstAll()));
        node.put("perplexity", layout.perplexity())
                .put("bitsPerByte", layout.bitsPerByte())
                .put("parameters", layout.parameters())
                .put("forwardFlops", layout.forwardFlops())
                .put("tokensPerSecond", layout.tokensPerSecond())
                .put("seconds", layout.seconds());
        ArrayNode trials = node.putArray("trials");
        layout.trials().forEach(trial -> trials.add(trial(trial)));
        return node;
    }

    private static ObjectNode trial(TrialFinding trial) {
        TrialResult result = trial.result();
        ObjectNode node = MAPPER.createObjectNode();
        node.put("trial", result.id())
                .put("seed", result.seed())
                .put("learningRate", result.setting().learningRate());
        node.set("loss", estimate(trial.loss()));
        node.put("perplexity", trial.validation().perplexity())
                .put("bitsPerByte", trial.validation().bitsPerByte())
                .put("tokensPerSecond", result.cost().tokensPerSecond())
                .set("cost", MAPPER.valueToTree(result.cost()));
        node.set("provenance", MAPPER.valueToTree(result.provenance()));
        return node;
    }

    private static ObjectNode estimate(Estimate estimate) {
        ObjectNode node = MAPPER.createObjectNode().put("value", estimate.value());
        estimate.interval()
                .ifPresent(interval -> node.put("low", interval.low()).put("high", interval.high()));
        return node;
    }
}
