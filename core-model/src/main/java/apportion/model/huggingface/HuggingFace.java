package apportion.model.huggingface;

import apportion.model.checkpoint.CheckpointError;
import apportion.model.checkpoint.CheckpointStore;
import apportion.model.checkpoint.Dtype;
import apportion.model.checkpoint.Json;
import apportion.model.checkpoint.SafetensorsWriter;
import apportion.model.checkpoint.TensorSpec;
import apportion.model.config.ModelConfig;
import apportion.model.transformer.ParameterLayout;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.io.IOException;
import java.io.OutputStream;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.stream.Collectors;

/** Reads and writes the directories of models that Hugging Face's {@code transformers} reads and writes. */
public final class HuggingFace {

    public static final String CONFIG = "config.json";

    private static final List<Layout> LAYOUTS = List.of(new Gpt2Layout(), new LlamaLayout());

    private static final int LARGEST_CONFIG = 1 << 20;

    /** Their library refuses a file that does not say what wrote it. */
    private static final Map<String, String> METADATA = Map.of("format", "pt");

    private HuggingFace() {}

    /**
     * A model that was read.
     *
     * @param layout as people call it
     * @param parameters as {@link ParameterLayout} places them
     * @param files that it was read from
     */
    public record Imported(String layout, ModelConfig model, float[] parameters, List<String> files) {}

    /**
     * Reads a model.
     *
     * @throws CheckpointError if a file is missing or damaged, has a weight that is NaN or infinite, or describes a
     *     model that ours cannot be
     */
    public static Imported read(CheckpointStore store, String directory) throws IOException {
        ConfigFile config = ConfigFile.read(store, directory + "/" + CONFIG, LARGEST_CONFIG);
        Layout layout = config.choice(
                "model_type", "absent", LAYOUTS.stream().collect(Collectors.toMap(Layout::type, each -> each)));
        TensorFiles tensors = TensorFiles.open(store, directory, layout);
        // More layers than any file could hold would fill the memory with names.
        if (layout.layers(config) > tensors.count()) {
            throw new CheckpointError(
                    config.where(),
                    "asks for " + layout.layers(config) + " layers, but the files hold only " + tensors.count()
                            + " tensors");
        }
        ModelConfig model = model(layout, config);
        List<Placement> placements = layout.placements(model);
        forgetCopy(config, layout, model, tensors);
        tensors.require(placements);
        float[] parameters = new float[size(config, model)];
        for (Placement placement : placements) {
            float[] tensor = tensors.floats(placement.name());
            tensors.requireFinite(placement, tensor);
            placement.scatter(tensor, parameters);
        }
        return new Imported(layout.title(), model, parameters, tensors.files());
    }

    private static ModelConfig model(Layout layout, ConfigFile config) {
        try {
            return layout.model(config);
        } catch (IllegalArgumentException e) {
            throw new CheckpointError(config.where(), "describes a model that cannot be: " + e.getMessage());
        }
    }

    private static int size(ConfigFile config, ModelConfig model) {
        long size = ParameterLayout.of(model).size();
        if (size > Integer.MAX_VALUE - 8) {
            throw new CheckpointError(
                    config.where(), "describes a model of " + size + " weights, but it must have fewer than 2^31");
        }
        return (int) size;
    }

    /** Some files hold the embedding a second time, as the output projection that it is. */
    private static void forgetCopy(ConfigFile config, Layout layout, ModelConfig model, TensorFiles tensors)
            throws IOException {
        if (!Layout.tied(model) || !tensors.has(Layout.OUTPUT) || !tensors.has(layout.embedding())) {
            return;
        }
        if (!Arrays.equals(tensors.floats(Layout.OUTPUT), tensors.floats(layout.embedding()))) {
            throw config.refused(
                    "tie_word_embeddings",
                    "false, as " + Layout.OUTPUT + " is another matrix than " + layout.embedding());
        }
        tensors.forget(Layout.OUTPUT);
    }

    /**
     * The layout that a model has, as people call it.
     *
     * @throws IllegalArgumentException if it has none; the message says all that keeps it from each
     */
    public static String layout(ModelConfig model) {
        return fitting(model).title();
    }

    /**
     * Writes a model: {@code config.json} and {@code model.safetensors}, in 32 bits.
     *
     * @param directory of the files; another one than any that holds something
     * @param parameters as {@link ParameterLayout} places them
     * @param endOfDocument the token that begins and ends texts
     * @throws IllegalArgumentException if the model has none of the layouts
     */
    public static void write(
            CheckpointStore store, String directory, ModelConfig model, float[] parameters, int endOfDocument)
            throws IOException {
        Layout layout = fitting(model);
        try (OutputStream out = store.create(directory + "/" + CONFIG)) {
            out.write(Json.pretty(describe(layout, model, endOfDocument)));
        }
        List<Placement> placements = layout.placements(model);
        List<TensorSpec> tensors = placements.stream()
                .map(placement -> new TensorSpec(layout.prefixed(placement.name()), Dtype.F32, placement.shape()))
                .toList();
        try (SafetensorsWriter writer =
                new SafetensorsWriter(store.create(directory + "/" + TensorFiles.WHOLE), tensors, METADATA)) {
            for (Placement placement : placements) {
                writer.write(placement.gather(parameters));
            }
        }
    }

    private static Layout fitting(ModelConfig model) {
        return LAYOUTS.stream()
                .filter(layout -> layout.misfits(model).isEmpty())
                .findFirst()
                .orElseThrow(() -> new IllegalArgumentException(LAYOUTS.stream()
                        .map(layout ->
                                "the model is no " + layout.title() + ": " + String.join("; ", layout.misfits(model)))
                        .collect(Collectors.joining(". "))));
    }

    private static ObjectNode describe(Layout layout, ModelConfig model, int endOfDocument) {
        ObjectNode config = Json.object();
        config.put("model_type", layout.type());
        layout.describe(model, config);
        config.put("tie_word_embeddings", Layout.tied(model));
        config.put("initializer_range", model.initialStd());
        config.put("bos_token_id", endOfDocument);
        config.put("eos_token_id", endOfDocument);
        config.put("torch_dtype", "float32");
        return config;
    }
}
