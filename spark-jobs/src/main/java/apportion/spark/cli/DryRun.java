package apportion.spark.cli;

import apportion.model.config.ModelConfig;
import apportion.spark.train.TrainEstimate;
import java.util.LinkedHashMap;
import java.util.Locale;
import java.util.Map;

/** How {@code train --dry-run} shows what a run will cost. */
final class DryRun {

    private DryRun() {}

    /**
     * What to show.
     *
     * @param checked whether the dataset was there to check the configuration against
     */
    static Outcome outcome(ModelConfig model, TrainEstimate run, boolean checked) {
        return new Outcome(text(model, run, checked), json(model, run, checked));
    }

    private static Map<String, Object> json(ModelConfig model, TrainEstimate run, boolean checked) {
        Map<String, Object> json = new LinkedHashMap<>();
        json.put("datasetChecked", checked);
        json.put("vocabulary", model.vocabulary());
        json.put("parameters", run.model().parameters());
        json.put("embeddingParameters", run.model().embeddingParameters());
        json.put("parts", run.parts());
        json.put("forwardFlopsPerToken", run.forwardFlopsOfAToken());
        json.put("trainingFlopsPerStep", run.trainingFlopsOfAStep());
        json.put("activationBytes", run.sequence().activationBytes());
        json.put("probabilityBytes", run.sequence().probabilityBytes());
        json.put("keyValueBytes", run.sequence().keyValueBytes());
        json.put("sequence", run.length());
        json.put("sequencesPerStep", run.sequences());
        json.put("tokensPerStep", run.tokensOfAStep());
        json.put("steps", run.steps());
        json.put("rounds", run.rounds());
        json.put("tokens", run.steps() * run.tokensOfAStep());
        return json;
    }

    private static String text(ModelConfig model, TrainEstimate run, boolean checked) {
        long parameters = run.model().parameters();
        StringBuilder parts = new StringBuilder();
        run.parts()
                .forEach((name, count) -> parts.append(String.format(
                        Locale.ROOT, "%n  %-14s %,d (%.1f%%)", name(name), count, 100.0 * count / parameters)));
        return String.format(
                Locale.ROOT,
                "configuration: valid%s%n"
                        + "parameters: %,d, of which %,d (%.1f%%) for embedding and output%s%n"
                        + "operations: %,d a token forward, %.3g a step forward and back, of all replicas together%n"
                        + "memory of a sequence of %,d tokens: %,d bytes of activations in training, %,d more where a"
                        + " backend keeps attention's probabilities; %,d bytes of keys and values in generation%n"
                        + "run: %,d steps of %,d sequences, %,d rounds, %,d tokens at most",
                checked
                        ? ""
                        : ", but the dataset is not there yet; vocabulary " + model.vocabulary() + " as configured",
                parameters,
                run.model().embeddingParameters(),
                100.0 * run.model().embeddingParameters() / parameters,
                parts,
                run.forwardFlopsOfAToken(),
                run.trainingFlopsOfAStep(),
                run.length(),
                run.sequence().activationBytes(),
                run.sequence().probabilityBytes(),
                run.sequence().keyValueBytes(),
                run.steps(),
                run.sequences(),
                run.rounds(),
                run.steps() * run.tokensOfAStep());
    }

    private static String name(String part) {
        return part.equals("feedForward") ? "feed-forward" : part;
    }
}
