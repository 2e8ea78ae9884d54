package apportion.model.huggingface;

import apportion.model.config.BlockConfig;
import apportion.model.config.ModelConfig;
import apportion.model.config.Norm;
import apportion.model.config.TablePiece;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Set;

/** What keeps a model from having a layout; each says the setting, what it is and what it must be. */
final class Misfits {

    private final List<String> all = new ArrayList<>();

    List<String> all() {
        return List.copyOf(all);
    }

    void unless(boolean fits, String setting, Object value, String must) {
        if (!fits) {
            all.add(setting + " is " + word(value) + ", but must be " + must);
        }
    }

    /** As a configuration writes a choice. */
    private static String word(Object value) {
        if (value instanceof Enum<?> choice) {
            return choice.name().toLowerCase(Locale.ROOT).replace('_', '-');
        }
        return value instanceof Record
                ? value.getClass().getSimpleName().toLowerCase(Locale.ROOT)
                : String.valueOf(value);
    }

    /** What every layout asks. */
    void common(ModelConfig model) {
        BlockConfig block = model.block();
        int experts = block.feedForward().experts().count();
        double factor = model.initialization().outputScale(model.width());
        attention(model);
        unless(
                block.norm().placement() == Norm.Placement.PRE,
                "norm.placement",
                block.norm().placement(),
                "pre");
        unless(experts == 1, "feed-forward.experts.count", experts, "1");
        unless(
                model.tablePieces().get(0).role() == TablePiece.Role.WHOLE,
                "sharing.embedding",
                model.sharing().embedding(),
                "full or none");
        unless(
                model.embedding().width() == model.width(),
                "embedding.width",
                model.embedding().width(),
                "the model's width of " + model.width());
        unless(!model.embedding().outputBias(), "embedding.output-bias", true, "false");
        unless(
                factor == 1,
                "initialization",
                model.initialization(),
                "gpt2 or xavier, as mup multiplies the logits by " + factor);
    }

    private void attention(ModelConfig model) {
        BlockConfig block = model.block();
        unless(
                Set.copyOf(block.perLayer()).size() <= 1,
                "attention.per-layer",
                block.perLayer(),
                "the same in every layer");
        unless(
                block.attention().groups().size() == 1,
                "attention.groups",
                block.attention().groups(),
                "heads of one size");
        unless(
                block.scores().window() >= model.context(),
                "attention.window",
                block.scores().window(),
                "at least the context of " + model.context());
        unless(!block.scores().qkNorm(), "attention.qk-norm", true, "false");
    }
}
