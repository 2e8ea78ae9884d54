package apportion.spark.report;

import apportion.spark.page.Numbers;
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
        report.set("claims", MAPPER.valueToTree(findings.claims()));
        report.set("sweep", MAPPER.valueToTree(findings.summary()));
        findings.best().ifPresent(best -> report.put("best", best.layout().toString()));
        report.put("otherTrials", findings.others());
        report.set("noise", noise(findings.noise()));
        ArrayNode rates = report.putArray("learningRates");
        findings.rates().forEach((layout, search) -> rates.add(search(layout, search)));
        ArrayNode layouts = report.putArray("layouts");
        findings.layouts().forEach(layout -> layouts.add(layout(layout)));
        findings.theory().ifPresent(theory -> report.set("theory", theory(theory)));
        if (findings.best().isPresent()) {
            report.set("paretoFronts", fronts(findings));
        }
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

    private static ObjectNode search(Layout layout, RateSearch search) {
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

    private static ObjectNode theory(TheoryFinding theory) {
        ObjectNode node = MAPPER.createObjectNode()
                .put("kernel", theory.theory().kernel())
                .put("tokenDim", theory.theory().tokenDim())
                .put("budget", theory.theory().budget())
                .put("served", theory.served());
        ArrayNode curve = node.putArray("curve");
        theory.curve()
                .forEach(point -> curve.addObject()
                        .put("heads", theory.served() * point.heads())
                        .put("headDim", point.headDim())
                        .put("bound", point.bound()));
        ArrayNode bounds = node.putArray("bounds");
        theory.bounds()
                .forEach((layout, bound) ->
                        bounds.addObject().put("layout", layout.toString()).put("bound", bound));
        ArrayNode correlations = node.putArray("rankCorrelations");
        theory.correlations()
                .forEach((scoring, found) -> correlations
                        .addObject()
                        .put("scoring", scoring.label())
                        .put("spearman", found.rho())
                        .put("layouts", found.pairs())
                        .put("permutationProbability", found.probability())
                        .put("exact", found.exact()));
        return node;
    }

    private static ObjectNode fronts(Findings findings) {
        ObjectNode node = MAPPER.createObjectNode();
        for (ParetoFront.Cost cost : ParetoFront.Cost.values()) {
            ArrayNode front = node.putArray(cost.key());
            ParetoFront.of(cost, findings.layouts())
                    .layouts()
                    .forEach(layout -> front.add(layout.layout().toString()));
        }
        return node;
    }

    private static ObjectNode layout(LayoutFinding layout) {
        ObjectNode node = MAPPER.createObjectNode();
        node.put("layout", layout.layout().toString())
                .put("heads", layout.layout().heads())
                .put("headDim", LayoutNames.headDims(layout.layout().attention()))
                .put("attentionWidth", layout.layout().attention().width())
                .put("schedule", layout.layout().schedule())
                .put("scoring", layout.layout().scoring().label())
                .put("feedForward", layout.layout().feedForward())
                .put("standing", layout.standing().name().toLowerCase(Locale.ROOT));
        node.set("loss", estimate(layout.loss()));
        node.set("differenceToBest", estimate(layout.toBest()));
        node.set("differenceToMeanOfAll", estimate(layout.againstAll()));
        node.put("perplexity", layout.perplexity())
                .put("bitsPerByte", layout.bitsPerByte())
                .put("parameters", layout.parameters())
                .put("forwardFlops", layout.forwardFlops())
                .put("keyValueBytes", layout.keyValueBytes())
                .put("tokensPerSecond", layout.tokensPerSecond())
                .put("seconds", layout.seconds());
        ArrayNode perLayer = node.putArray("perLayer");
        layout.layout().perLayer().forEach(layer -> perLayer.add(layer.toString()));
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
        node.set("curve", MAPPER.valueToTree(result.curve()));
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
