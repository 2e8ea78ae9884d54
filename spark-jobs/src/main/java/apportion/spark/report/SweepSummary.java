package apportion.spark.report;

import apportion.spark.study.Order;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/**
 * What all trials of a sweep have in common.
 *
 * @param name of the sweep
 * @param budget what every layout spends, in words: {@code attention width 128}
 * @param theory what its error bound is drawn for
 * @param corpus what was trained and validated on
 * @param claims statements about orders of its layouts, by name
 * @param ours settings that no source gives, one a sentence
 * @param model shape of the model apart from its heads: name to value, in the order to show them
 * @param training settings of the training, likewise
 * @param config resolved configuration
 * @param command that started the sweep
 */
public record SweepSummary(
        String name,
        String budget,
        Theory theory,
        Corpus corpus,
        List<Order> claims,
        List<String> ours,
        Map<String, String> model,
        Map<String, String> training,
        String config,
        String command) {

    public SweepSummary {
        claims = List.copyOf(claims);
        ours = List.copyOf(ours);
        model = Collections.unmodifiableMap(new LinkedHashMap<>(model));
        training = Collections.unmodifiableMap(new LinkedHashMap<>(training));
    }

    /**
     * What the error bound of arXiv 2510.03784 is drawn for.
     *
     * @param kernel how much each lag counts, as {@link apportion.model.allocation.LagKernel#parse} reads it
     * @param tokenDim dimension of what a head must keep of a token
     * @param budget attention width that the curve spends
     */
    public record Theory(String kernel, int tokenDim, int budget) {}

    /**
     * The text of a sweep.
     *
     * @param description in words
     * @param tokenizer in words
     * @param vocabulary tokens that the tokenizer knows
     * @param unigramLoss validation loss, in nats per token, of a model that knows only how often each token occurs
     */
    public record Corpus(
            String description,
            String tokenizer,
            int vocabulary,
            Split training,
            Split validation,
            double unigramLoss) {

        public Corpus {
            if (!(unigramLoss > 0) || Double.isInfinite(unigramLoss)) {
                throw new IllegalArgumentException("unigramLoss must be positive and finite, got " + unigramLoss);
            }
        }
    }

    /** The size of a part of the corpus. */
    public record Split(long documents, long tokens) {}
}
