package apportion.spark.train;

import static org.assertj.core.api.Assertions.assertThat;

import apportion.data.corpus.OnBadText;
import apportion.model.config.AttentionConfig;
import apportion.model.config.ModelConfig;
import apportion.spark.conf.ModelSettings;
import apportion.spark.conf.Settings;
import apportion.spark.prepare.TextRules;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** What is stored beside a checkpoint gives the same model again. */
class RunSettingsTest {

    private static ModelSettings model(Settings settings) {
        return settings.bind("model", ModelSettings.class).get();
    }

    private static ModelConfig stored(Settings settings, ModelConfig model) {
        RunSettings run = RunSettings.of(settings.canonicalJson("model", "train", "compute"), model, 7, 1e-3);
        return model(Settings.stored("a checkpoint", run.json())).toModel(model.vocabulary());
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "attention.heads=8",
                "attention.head-dim=8 attention.kv-heads=2 sharing.qkv=key-value",
                "attention.heads=2 sharing.qkv=diagonals positions=none",
                "attention.heads=3 attention.head-dim=6 attention.qk-norm=true positions={type=rotary,base=500}",
                "attention.heads=8 attention.budget=64 attention.window=16 positions=alibi",
                "attention.groups=[{heads=2,head-dim=5},{heads=4,head-dim=3,kv-heads=2}] positions=sinusoidal",
                "attention.heads=4 attention.scale={type=fixed,value=0.3} positions={type=relative,distances=9}",
                "layers=2 attention.scale=inverse attention.per-layer=[{heads=8},{groups=[{heads=2,head-dim=7}]}]",
                "attention.allocate={kernel=induction-step,token-dim=16} attention.budget=72",
            })
    void aStoredModelIsTheSameModel(String keys) {
        List<String> overrides =
                Arrays.stream(keys.split(" ")).map(key -> "model." + key).toList();
        Settings settings = Settings.load(Optional.empty(), overrides);
        ModelConfig model = model(settings).toModel(300);

        assertThat(stored(settings, model)).isEqualTo(model);
    }

    @Test
    void aCheckpointCarriesHowItsTextsWereRead() {
        Settings settings = Settings.load(Optional.empty(), List.of("model.attention.heads=2"));
        RunSettings run = RunSettings.of(
                settings.canonicalJson("model", "train", "compute"),
                model(settings).toModel(300),
                7,
                1e-3);
        String data = "{\"clean\":{\"trim\":true},\"corpus\":[\"a.txt\"],\"on-bad-text\":\"skip\"}";

        RunSettings stored = run.reading(data);

        TextRules rules =
                TextRules.stored(Settings.stored("a checkpoint", stored.json())).orElseThrow();
        assertThat(rules.clean().trim()).isTrue();
        assertThat(rules.onBadText()).isEqualTo(OnBadText.SKIP);
        assertThat(rules.maxDocumentBytes()).isEqualTo(TextRules.defaults().maxDocumentBytes());
        assertThat(stored.json()).doesNotContain("a.txt");
        assertThat(stored.identity(List.of())).isEqualTo(run.identity(List.of()));
        assertThat(run.differencesFrom(stored)).isEmpty();
        assertThat(TextRules.stored(Settings.stored("a checkpoint", run.json())))
                .isEmpty();
    }

    @Test
    void whatDoesNotChangeTheResultIsNotPartOfARunsIdentity() {
        assertThat(identity("train.recompute=3", "train.output=elsewhere", "train.checkpoint.keep=9"))
                .isEqualTo(identity());
        assertThat(identity("train.accumulate=2")).isNotEqualTo(identity());
        assertThat(identity("train.patience=null")).isEqualTo(identity());
        assertThat(identity("train.elastic=true", "train.replicas=5"))
                .isEqualTo(identity("train.elastic=true", "train.replicas=2"));
        assertThat(identity("train.replicas=5")).isNotEqualTo(identity("train.replicas=2"));
    }

    private static String identity(String... changes) {
        List<String> keys = new ArrayList<>(List.of("model.attention.heads=8", "train.steps=9"));
        keys.addAll(List.of(changes));
        Settings settings = Settings.load(Optional.empty(), keys);
        return RunSettings.of(
                        settings.canonicalJson("model", "train", "compute"),
                        model(settings).toModel(300),
                        1,
                        1e-3)
                .identity(List.of("a dataset"));
    }

    @Test
    void headsThatASweepChoseTakeThePlaceOfTheSections() {
        Settings settings = Settings.load(
                Optional.empty(),
                List.of(
                        "model.layers=2",
                        "model.attention.per-layer=[{heads=8},{heads=4}]",
                        "model.attention.window=9"));
        ModelConfig model = model(settings).toModel(300, AttentionConfig.uniform(6, 2));

        assertThat(stored(settings, model)).isEqualTo(model);
    }
}
