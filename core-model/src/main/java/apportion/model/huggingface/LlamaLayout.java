package apportion.model.huggingface;

import apportion.model.config.Activation;
import apportion.model.config.AttentionConfig;
import apportion.model.config.AttentionShape;
import apportion.model.config.BlockConfig;
import apportion.model.config.FeedForwardConfig;
import apportion.model.config.HeadGroup;
import apportion.model.config.ModelConfig;
import apportion.model.config.Norm;
import apportion.model.config.Positions;
import apportion.model.config.Scale;
import apportion.model.config.Sharing;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.util.Map;
import java.util.regex.Pattern;

/** LLaMA (Touvron et al. 2023), as {@code LlamaForCausalLM} has it; coordinates pair for rotation as ours do. */
final class LlamaLayout implements Layout {

    private static final double THETA = 10_000;

    /** Each gates the other projection. */
    private static final Map<String, Activation> ACTIVATIONS =
            Map.of("silu", Activation.SWIGLU, "gelu", Activation.GEGLU);

    @Override
    public String type() {
        return "llama";
    }

    @Override
    public String title() {
        return "LLaMA";
    }

    @Override
    public String prefix() {
        return "model.";
    }

    @Override
    public String embedding() {
        return "embed_tokens.weight";
    }

    /** The rotation's angles, which early files hold. */
    @Override
    public Pattern buffers() {
        return Pattern.compile("layers\\.\\d+\\.self_attn\\.rotary_emb\\.inv_freq");
    }

    @Override
    public int layers(ConfigFile config) {
        return config.count("num_hidden_layers");
    }

    @Override
    public ModelConfig model(ConfigFile config) {
        int width = config.count("hidden_size");
        boolean bias = config.flag("attention_bias", false);
        config.require(
                config.flag("mlp_bias", false) == bias,
                "mlp_bias",
                bias + " as attention_bias is, since all projections have biases here or none has");
        BlockConfig block = new BlockConfig(
                attention(config, width),
                new FeedForwardConfig(
                        config.count("intermediate_size"), config.choice("hidden_act", "silu", ACTIVATIONS)),
                new Norm(Norm.Type.RMS, config.number("rms_norm_eps", 1e-6), Norm.Placement.PRE),
                bias,
                0);
        return new ModelConfig(
                config.count("vocab_size"),
                config.count("max_position_embeddings", 2048),
                width,
                layers(config),
                block,
                new Positions.Rotary(theta(config)),
                new Sharing(
                        config.flag("tie_word_embeddings", false) ? Sharing.Embedding.FULL : Sharing.Embedding.NONE),
                config.number("initializer_range", 0.02));
    }

    private static AttentionConfig attention(ConfigFile config, int width) {
        int heads = config.count("num_attention_heads");
        int kvHeads = config.count("num_key_value_heads", heads);
        config.require(
                heads % kvHeads == 0, "num_key_value_heads", "a divisor of num_attention_heads, which is " + heads);
        config.require(
                config.has("head_dim") || width % heads == 0,
                "num_attention_heads",
                "a divisor of hidden_size, which is " + width + ", where there is no head_dim");
        return AttentionConfig.uniform(heads, config.count("head_dim", width / heads))
                .withKvHeads(kvHeads);
    }

    /** Files of later versions of their library hold it in a section of its own. */
    private static double theta(ConfigFile config) {
        ConfigFile rope = config.section("rope_parameters");
        for (ConfigFile scaling : new ConfigFile[] {rope, config.section("rope_scaling")}) {
            String key = scaling.has("type") && !scaling.has("rope_type") ? "type" : "rope_type";
            scaling.require(
                    scaling.text(key, "default").equals("default"),
                    key,
                    "default, as rotary positions are never scaled here");
            scaling.require(!scaling.has("factor"), "factor", "absent, as rotary positions are never scaled here");
        }
        for (ConfigFile turned : new ConfigFile[] {config, rope}) {
            turned.require(
                    turned.number("partial_rotary_factor", 1) == 1,
                    "partial_rotary_factor",
                    "1, as rotary positions turn all of a head here");
        }
        return rope.number("rope_theta", config.number("rope_theta", THETA));
    }

    @Override
    public void check(ModelConfig model, Misfits misfits) {
        BlockConfig block = model.block();
        HeadGroup heads = Layout.heads(model);
        Activation activation = block.feedForward().activation();
        misfits.unless(model.positions() instanceof Positions.Rotary, "positions", model.positions(), "rotary");
        misfits.unless(
                block.norm().type() == Norm.Type.RMS, "norm.type", block.norm().type(), "rms");
        misfits.unless(ACTIVATIONS.containsValue(activation), "feed-forward.activation", activation, "swiglu or geglu");
        misfits.unless(
                model.sharing().qkv() != Sharing.Qkv.DIAGONALS,
                "sharing.qkv",
                model.sharing().qkv(),
                "none, key-value, query-key or all");
        double scale = block.scores().scale().factor(heads.headDim());
        misfits.unless(
                scale == new Scale.InverseRoot().factor(heads.headDim()), "attention.scale", scale, "inverse-root");
    }

    @Override
    public void describe(ModelConfig model, ObjectNode config) {
        BlockConfig block = model.block();
        HeadGroup heads = Layout.heads(model);
        config.putArray("architectures").add("LlamaForCausalLM");
        config.put("vocab_size", model.vocabulary());
        config.put("max_position_embeddings", model.context());
        config.put("hidden_size", model.width());
        config.put("num_hidden_layers", model.layers());
        config.put("num_attention_heads", heads.heads());
        config.put("num_key_value_heads", heads.kvHeads());
        config.put("head_dim", heads.headDim());
        config.put("intermediate_size", block.feedForward().width());
        config.put("hidden_act", block.feedForward().activation() == Activation.SWIGLU ? "silu" : "gelu");
        config.put("rms_norm_eps", block.norm().epsilon());
        config.put("rope_theta", model.positions() instanceof Positions.Rotary rotary ? rotary.base() : THETA);
        config.put("attention_bias", block.bias());
        config.put("mlp_bias", block.bias());
        config.put("attention_dropout", 0.0);
    }

    @Override
    public void place(ModelConfig model, Placements placements) {
        HeadGroup heads = Layout.heads(model);
        int hidden = model.block().feedForward().width();
        AttentionShape.Group columns = AttentionShape.of(model, 0).groups().get(0);
        for (int layer = 0; layer < model.layers(); layer++) {
            String theirs = "layers." + layer;
            String attention = "block." + layer + ".attention";
            String feedForward = "block." + layer + ".feed-forward";
            placements.gain(theirs + ".input_layernorm.weight", attention + ".norm.gain");
            String projections = theirs + ".self_attn.";
            placements.outputs(projections + "q_proj", attention + ".qkv", columns.queries(), heads.width());
            placements.outputs(projections + "k_proj", attention + ".qkv", columns.keys(), heads.keyValueWidth());
            placements.outputs(projections + "v_proj", attention + ".qkv", columns.values(), heads.keyValueWidth());
            placements.projection(projections + "o_proj", attention + ".out");
            placements.gain(theirs + ".post_attention_layernorm.weight", feedForward + ".norm.gain");
            placements.outputs(theirs + ".mlp.gate_proj", feedForward + ".in", 0, hidden);
            placements.outputs(theirs + ".mlp.up_proj", feedForward + ".in", hidden, hidden);
            placements.projection(theirs + ".mlp.down_proj", feedForward + ".out");
        }
        placements.gain("norm.weight", "head.norm.gain");
    }
}
