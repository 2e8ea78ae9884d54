package apportion.model.huggingface;

import apportion.model.config.HeadGroup;
import apportion.model.config.ModelConfig;
import apportion.model.transformer.ParameterLayout;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.util.List;
import java.util.regex.Pattern;

/** A family of models that Hugging Face's library has a class for. */
sealed interface Layout permits Gpt2Layout, LlamaLayout {

    /** The output projection, which stands outside of the prefix and is left out where it is the embedding. */
    String OUTPUT = "lm_head.weight";

    /** As {@code model_type} names it. */
    String type();

    /** As people call it. */
    String title();

    /** What the tensors' names begin with, but for {@link #OUTPUT}; files of the bare model leave it out. */
    String prefix();

    /** The table of token vectors, without the prefix. */
    String embedding();

    /** Names of tensors that follow from the configuration, and are no weights. */
    Pattern buffers();

    /** How many layers a configuration asks for. */
    int layers(ConfigFile config);

    /**
     * The model that a configuration describes.
     *
     * @throws apportion.model.checkpoint.CheckpointError if ours cannot be that model
     */
    ModelConfig model(ConfigFile config);

    /** Adds all that keeps a model of ours from being one of these. */
    void check(ModelConfig model, Misfits misfits);

    /** Writes a model that fits, so that {@link #model} reads it. */
    void describe(ModelConfig model, ObjectNode config);

    /** What each tensor of a model that fits is to us, but for the token vectors and the output projection. */
    void place(ModelConfig model, Placements placements);

    /** What each tensor of a model that fits is to us. */
    default List<Placement> placements(ModelConfig model) {
        Placements placements = new Placements(ParameterLayout.of(model));
        placements.matrix(embedding(), "embedding.token");
        place(model, placements);
        if (!tied(model)) {
            placements.matrix(OUTPUT, "head.weight");
        }
        return placements.all();
    }

    /** All that keeps a model of ours from being one of these. */
    default List<String> misfits(ModelConfig model) {
        Misfits misfits = new Misfits();
        misfits.common(model);
        check(model, misfits);
        return misfits.all();
    }

    /** A name as it stands in a whole model's file. */
    default String prefixed(String name) {
        return name.equals(OUTPUT) ? name : prefix() + name;
    }

    /** A name without the prefix, if it has one. */
    default String bare(String name) {
        return name.startsWith(prefix()) ? name.substring(prefix().length()) : name;
    }

    /** Whether the output projection is the embedding. */
    static boolean tied(ModelConfig model) {
        return model.tablePieces().stream().allMatch(piece -> piece.shared());
    }

    /** The heads of a model that fits. */
    static HeadGroup heads(ModelConfig model) {
        return model.block().attention().groups().get(0);
    }
}
