package apportion.model.huggingface;

import static java.util.Map.entry;

import apportion.model.config.Activation;
import apportion.model.config.AttentionConfig;
import apportion.model.config.BlockConfig;
import apportion.model.config.FeedForwardConfig;
import apportion.model.config.HeadGroup;
import apportion.model.config.ModelConfig;
import apportion.model.config.Norm;
import apportion.model.config.Positions;
import apportion.model.config.Scale;
import apportion.model.config.Scores;
import apportion.model.config.Sharing;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.util.List;
import java.util.Map;
import java.util.regex.Pattern;

/** GPT-2 (Radford et al. 2019), as {@code GPT2LMHeadModel} has it. */
final class Gpt2Layout implements Layout {

    private static final Map<String, Activation> ACTIVATIONS = Map.ofEntries(
            entry("gelu_new", Activation.GELU_TANH),
            entry("gelu_pytorch_tanh", Activation.GELU_TANH),
            entry("gelu", Activation.GELU),
            entry("relu", Activation.RELU),
            entry("silu", Activation.SILU));

    private static final Map<Activation, String> ACTIVATION_NAMES = Map.of(
            Activation.GELU_TANH, "gelu_new",
            Activation.GELU, "gelu",
            Activation.RELU, "relu",
            Activation.SILU, "silu");

    @Override
    public String type() {
        return "gpt2";
    }

    @Override
    public String title() {
        return "GPT-2";
    }

    @Override
    public String prefix() {
        return "transformer.";
    }

    @Override
    public String embedding() {
        return "wte.weight";
    }

    /** The causal mask, and what it writes where it hides. */
    @Override
    public Pattern buffers() {
        return Pattern.compile("h\\.\\d+\\.attn\\.(bias|masked_bias)");
    }

    @Override
    public int layers(ConfigFile config) {
        return config.count("n_layer", 12);
    }

    @Override
    public ModelConfig model(ConfigFile config) {
        int width = config.count("n_embd", 768);
        int heads = config.count("n_head", 12);
        config.require(width % heads == 0, "n_head", "a divisor of n_embd, " + width);
        config.require(
                !config.flag("scale_attn_by_inverse_layer_idx", false),
                "scale_attn_by_inverse_layer_idx",
                "false, as scores are scaled the same in every layer here");
        config.require(!config.flag("add_cross_attention", false), "add_cross_attention", "false");
        Scale scale = config.flag("scale_attn_weights", true) ? new Scale.InverseRoot() : new Scale.Fixed(1);
        BlockConfig block = new BlockConfig(
                AttentionConfig.uniform(heads, width / heads),
                List.of(),
                new Scores(scale, Scores.UNLIMITED, false),
                new FeedForwardConfig(
                        config.count("n_inner", (int) Math.min(4L * width, Integer.MAX_VALUE)),
                        config.choice("activation_function", "gelu_new", ACTIVATIONS)),
                new Norm(Norm.Type.LAYER, config.number("layer_norm_epsilon", 1e-5), Norm.Placement.PRE),
                true,
                0);
        return new ModelConfig(
                config.count("vocab_size", 50257),
                config.count("n_positions", 1024),
                width,
                layers(config),
                block,
                new Positions.Learned(),
                new Sharing(config.flag("tie_word_embeddings", true) ? Sharing.Embedding.FULL : Sharing.Embedding.NONE),
                config.number("initializer_range", 0.02));
    }

    @Override
    public void check(ModelConfig model, Misfits misfits) {
        BlockConfig block = model.block();
        HeadGroup heads = Layout.heads(model);
        Activation activation = block.feedForward().activation();
        misfits.unless(model.positions() instanceof Positions.Learned, "positions", model.positions(), "learned");
        misfits.unless(
                block.norm().type() == Norm.Type.LAYER,
                "norm.type",
                block.norm().type(),
                "layer");
        misfits.unless(
                ACTIVATION_NAMES.containsKey(activation),
                "feed-forward.activation",
                activation,
                "gelu-tanh, gelu, relu or silu");
        misfits.unless(
                heads.width() == model.width(),
                "heads * head-dim",
                heads.width(),
                "the model's width of " + model.width());
        misfits.unless(heads.kvHeads() == heads.heads(), "attention.kv-heads", heads.kvHeads(), "the heads");
        misfits.unless(
                model.sharing().qkv() == Sharing.Qkv.NONE,
                "sharing.qkv",
                model.sharing().qkv(),
                "none");
        double scale = block.scores().scale().factor(heads.headDim());
        misfits.unless(
                scale == 1 || scale == new Scale.InverseRoot().factor(heads.headDim()),
                "attention.scale",
                scale,
                "inverse-root or 1");
    }

    @Override
    public void describe(ModelConfig model, ObjectNode config) {
        BlockConfig block = model.block();
        HeadGroup heads = Layout.heads(model);
        config.putArray("architectures").add("GPT2LMHeadModel");
        config.put("vocab_size", model.vocabulary());
        config.put("n_positions", model.context());
        config.put("n_embd", model.width());
        config.put("n_layer", model.layers());
        config.put("n_head", heads.heads());
        config.put("n_inner", block.feedForward().width());
        config.put(
                "activation_function", ACTIVATION_NAMES.get(block.feedForward().activation()));
        config.put("layer_norm_epsilon", block.norm().epsilon());
        config.put("scale_attn_weights", block.scores().scale().factor(heads.headDim()) != 1);
        config.put("embd_pdrop", block.dropout());
        config.put("resid_pdrop", block.dropout());
        config.put("attn_pdrop", 0.0);
    }

    @Override
    public void place(ModelConfig model, Placements placements) {
        long width = model.width();
        placements.matrix("wpe.weight", "embedding.position");
        for (int layer = 0; layer < model.layers(); layer++) {
            String theirs = "h." + layer;
            String attention = "block." + layer + ".attention";
            String feedForward = "block." + layer + ".feed-forward";
            norm(placements, theirs + ".ln_1", attention + ".norm", width);
            projection(placements, theirs + ".attn.c_attn", attention + ".qkv", 3 * width);
            projection(placements, theirs + ".attn.c_proj", attention + ".out", width);
            norm(placements, theirs + ".ln_2", feedForward + ".norm", width);
            projection(
                    placements,
                    theirs + ".mlp.c_fc",
                    feedForward + ".in",
                    model.block().feedForward().width());
            projection(placements, theirs + ".mlp.c_proj", feedForward + ".out", width);
        }
        norm(placements, "ln_f", "head.norm", width);
    }

    private static void norm(Placements placements, String theirs, String ours, long width) {
        placements.gain(theirs + ".weight", ours + ".gain");
        placements.bias(theirs + ".bias", ours + ".bias", width);
    }

    /** Their "Conv1D" multiplies from the right. */
    private static void projection(Placements placements, String theirs, String ours, long outputs) {
        placements.transposed(theirs + ".weight", ours + ".weight");
        placements.bias(theirs + ".bias", ours + ".bias", outputs);
    }
}
