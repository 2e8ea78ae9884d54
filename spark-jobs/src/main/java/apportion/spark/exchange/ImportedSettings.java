package apportion.spark.exchange;

import apportion.model.config.BlockConfig;
import apportion.model.config.HeadGroup;
import apportion.model.config.ModelConfig;
import apportion.model.config.Positions;
import apportion.model.config.Scale;
import apportion.model.config.Sharing;
import apportion.spark.compute.ComputeConfig;
import apportion.spark.conf.Settings;
import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.util.List;
import java.util.Locale;
import java.util.Optional;

/** The settings of an imported model, as they are stored beside its checkpoint. */
final class ImportedSettings {

    private static final ObjectMapper JSON = new ObjectMapper();

    private ImportedSettings() {}

    /**
     * The section {@code model}, whole, so that it means the same when base.conf changes, and how it is computed.
     *
     * @param model of one of the layouts that can be imported
     */
    static String json(ModelConfig model, ComputeConfig compute) {
        Settings base = Settings.load(Optional.empty(), List.of());
        try {
            ObjectNode root = (ObjectNode) JSON.readTree(base.canonicalJson("model"));
            JSON.readerForUpdating(root.get("model")).readTree(JSON.writeValueAsString(section(model)));
            root.putObject("compute").put("backend", word(compute.backend())).put("threads", compute.threads());
            root.putObject("train").put("precision", word(compute.precision()));
            return JSON.writeValueAsString(root);
        } catch (JsonProcessingException e) {
            throw new IllegalArgumentException("settings are no JSON: " + e.getOriginalMessage(), e);
        }
    }

    private static ObjectNode section(ModelConfig model) {
        ObjectNode section = JSON.createObjectNode();
        BlockConfig block = model.block();
        section.put("vocabulary", model.vocabulary());
        section.put("context", model.context());
        section.put("width", model.width());
        section.put("layers", model.layers());
        attention(block, section.putObject("attention"));
        section.putObject("feed-forward")
                .put("width", block.feedForward().width())
                .put("activation", word(block.feedForward().activation()))
                .putObject("experts")
                .put("balance", block.feedForward().experts().balance());
        section.putObject("norm")
                .put("type", word(block.norm().type()))
                .put("epsilon", block.norm().epsilon())
                .put("placement", word(block.norm().placement()));
        if (model.positions() instanceof Positions.Rotary rotary) {
            section.putObject("positions").put("type", "rotary").put("base", rotary.base());
        } else {
            section.put("positions", "learned");
        }
        section.put("bias", block.bias());
        section.put("dropout", block.dropout());
        section.putObject("sharing")
                .put("embedding", model.sharing().embedding() instanceof Sharing.Embedding.Full ? "full" : "none");
        section.putObject("initialization").put("type", "gpt2").put("std", model.initialStd());
        return section;
    }

    private static void attention(BlockConfig block, ObjectNode attention) {
        HeadGroup heads = block.attention().groups().get(0);
        attention.put("heads", heads.heads());
        attention.put("head-dim", heads.headDim());
        attention.put("kv-heads", heads.kvHeads());
        if (block.scores().scale() instanceof Scale.Fixed fixed) {
            attention.putObject("scale").put("type", "fixed").put("value", fixed.value());
        }
    }

    private static String word(Enum<?> choice) {
        return choice.name().toLowerCase(Locale.ROOT).replace('_', '-');
    }
}
