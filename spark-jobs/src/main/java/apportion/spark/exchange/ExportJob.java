package apportion.spark.exchange;

import apportion.data.tokenize.Tokenizer;
import apportion.model.dl4j.TransformerNetwork;
import apportion.model.huggingface.HuggingFace;
import apportion.model.optim.AdamWConfig;
import apportion.spark.dataset.Dataset;
import apportion.spark.failure.Failure;
import apportion.spark.failure.UserError;
import apportion.spark.storage.Claim;
import apportion.spark.storage.StagedDirectory;
import apportion.spark.storage.Storage;
import apportion.spark.trained.TrainedModel;
import apportion.spark.trained.UntrainedRun;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.IOException;
import java.io.OutputStream;
import java.nio.charset.StandardCharsets;
import java.util.LinkedHashMap;
import java.util.Map;

/** Gives a checkpoint's model to another program. */
public final class ExportJob {

    private ExportJob() {}

    /**
     * What was exported.
     *
     * @param output directory or file
     * @param checkpoint that it came from
     * @param layout as people call it
     */
    public record Result(String output, String checkpoint, String layout, int parameters) {}

    /**
     * Writes a directory that {@code AutoModelForCausalLM} and {@code AutoTokenizer} read.
     *
     * @throws UserError if the model has no layout that they know, or the output exists
     */
    public static Result huggingFace(Storage storage, String checkpoint, String output) {
        try (Claim claim = UntrainedRun.claim(storage, output);
                StagedDirectory staged = storage.stage(output)) {
            TrainedModel trained = TrainedModel.load(storage, checkpoint);
            String layout = layout(trained);
            Tokenizer tokenizer = trained.tokenizer();
            HuggingFace.write(
                    storage.checkpoints(),
                    staged.path(),
                    trained.model(),
                    trained.parameters(),
                    tokenizer.endOfDocument());
            staged.write(Dataset.TOKENIZER, out -> out.write(tokenizer.toJson().getBytes(StandardCharsets.UTF_8)));
            staged.write("tokenizer_config.json", out -> out.write(tokenizerConfig(trained)));
            claim.require();
            staged.commit();
            return result(storage, output, trained, layout);
        } catch (IOException e) {
            throw new Failure("cannot write " + output + ": " + e.getMessage(), e);
        }
    }

    private static String layout(TrainedModel trained) {
        try {
            return HuggingFace.layout(trained.model());
        } catch (IllegalArgumentException e) {
            throw new UserError(trained.directory() + " cannot be exported: " + e.getMessage(), e);
        }
    }

    /** Without it their library would look for the files of the tokenizer that GPT-2 or LLaMA had. */
    private static byte[] tokenizerConfig(TrainedModel trained) throws IOException {
        Map<String, Object> config = new LinkedHashMap<>();
        config.put("tokenizer_class", "PreTrainedTokenizerFast");
        config.put("bos_token", Tokenizer.END_OF_DOCUMENT);
        config.put("eos_token", Tokenizer.END_OF_DOCUMENT);
        config.put("model_max_length", trained.model().context());
        config.put("clean_up_tokenization_spaces", false);
        return new ObjectMapper().writerWithDefaultPrettyPrinter().writeValueAsBytes(config);
    }

    /**
     * Writes a zip that Deeplearning4j's {@code ModelSerializer} restores.
     *
     * @param optimizer of the network
     * @throws UserError if Deeplearning4j's updaters cannot train such a model, or the output exists
     */
    public static Result deeplearning4j(Storage storage, String checkpoint, String output, AdamWConfig optimizer) {
        try (Claim claim = UntrainedRun.claim(storage, output)) {
            TrainedModel trained = TrainedModel.load(storage, checkpoint);
            claim.require();
            storage.writeAtomically(output, out -> writeNetwork(trained, optimizer, out));
            return result(storage, output, trained, "MultiLayerNetwork");
        }
    }

    private static void writeNetwork(TrainedModel trained, AdamWConfig optimizer, OutputStream out) throws IOException {
        try {
            TransformerNetwork.write(trained.model(), trained.parameters(), optimizer, out);
        } catch (IllegalArgumentException e) {
            throw new UserError(trained.directory() + " cannot be exported: " + e.getMessage(), e);
        }
    }

    private static Result result(Storage storage, String output, TrainedModel trained, String layout) {
        return new Result(storage.qualified(output), trained.directory(), layout, trained.parameters().length);
    }
}
