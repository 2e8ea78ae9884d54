package apportion.spark.generate;

import apportion.data.tokenize.Tokenizer;
import apportion.model.compute.Backend;
import apportion.model.compute.Tensor;
import apportion.model.transformer.Decoder;
import apportion.spark.failure.NonFiniteLoss;
import apportion.spark.failure.UserError;
import apportion.spark.progress.Progress;
import apportion.spark.storage.Storage;
import apportion.spark.trained.TrainedModel;
import java.util.Arrays;

/** Goes on from a prompt; runs where it is called, without Spark. */
public final class GenerateJob {

    private GenerateJob() {}

    /**
     * What was written.
     *
     * @param text prompt and continuation
     * @param tokens that were added
     * @param ended whether the model ended the document itself
     */
    public record Generated(String text, int tokens, boolean ended) {}

    /**
     * Samples until enough tokens are added or the model ends the document.
     *
     * <p>The model sees the last {@code context} tokens. An empty prompt begins a document; another one is cleaned as
     * the model's texts were.
     */
    public static Generated run(Storage storage, GenerateConfig config, Progress progress) {
        TrainedModel trained = TrainedModel.load(storage, config.checkpoint().orElseThrow());
        Tokenizer tokenizer = trained.tokenizer();
        String text =
                trained.texts().map(rules -> rules.prompt(config.prompt())).orElse(config.prompt());
        int[] prompt = config.prompt().isEmpty() ? new int[] {tokenizer.endOfDocument()} : tokenizer.encode(text);
        if (prompt.length == 0) {
            throw new UserError("generate.prompt has no tokens; give at least one character");
        }
        int[] tokens = Arrays.copyOf(prompt, prompt.length + config.tokens());
        int length = prompt.length;
        boolean ended = false;
        Sampler sampler = new Sampler(config);
        try (Backend backend = trained.compute().open();
                Tensor values = backend.allocate(1, trained.parameters().length);
                Decoder decoder = new Decoder(trained.model(), backend, values, values);
                Progress.Task task = progress.begin("generate", config.tokens())) {
            backend.write(trained.parameters(), values);
            while (length < tokens.length && !ended) {
                int from = Math.max(0, length - trained.model().context());
                int next = sampler.draw(finite(decoder.nextLogits(Arrays.copyOfRange(tokens, from, length)), trained));
                ended = next == tokenizer.endOfDocument();
                if (!ended) {
                    tokens[length++] = next;
                }
                task.step(1, "");
            }
        }
        int first = config.prompt().isEmpty() ? 1 : 0;
        String whole = tokenizer.decode(Arrays.copyOfRange(tokens, first, length));
        return new Generated(whole, length - prompt.length, ended);
    }

    /** Logits of which none is NaN or positive infinity: between such there is nothing to draw. */
    private static float[] finite(float[] logits, TrainedModel trained) {
        for (int token = 0; token < logits.length; token++) {
            if (!(logits[token] < Float.POSITIVE_INFINITY)) {
                throw new NonFiniteLoss(trained.directory() + " gives token " + token + " the logit " + logits[token]
                        + ", but it must be a finite number; the model diverged: use an earlier checkpoint, or train"
                        + " again with a lower train.optimizer.learning-rate");
            }
        }
        return logits;
    }
}
