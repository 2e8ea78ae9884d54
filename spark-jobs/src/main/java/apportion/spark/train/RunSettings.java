package apportion.spark.train;

import apportion.model.config.AttentionConfig;
import apportion.model.config.BlockConfig;
import apportion.model.config.HeadGroup;
import apportion.model.config.ModelConfig;
import apportion.model.config.Scale;
import apportion.model.config.Scores;
import apportion.spark.compute.ComputeConfig;
import apportion.spark.prepare.TextRules;
import apportion.spark.provenance.Program;
import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.SerializationFeature;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;

/**
 * The settings of one run as they are stored beside its checkpoints: those of the user, with what the dataset, a sweep
 * and the machine decided filled in.
 *
 * @param json of the sections {@code model}, {@code train} and {@code compute}; in a checkpoint also of {@code data},
 *     as far as it decides how a text is read
 */
public record RunSettings(String json) {

    private static final String TEXTS = "data";
    private static final ObjectMapper JSON = new ObjectMapper().enable(SerializationFeature.ORDER_MAP_ENTRIES_BY_KEYS);

    /**
     * Fills in what was decided.
     *
     * @param canonical {@code Settings.canonicalJson("model", "train", "compute")}
     */
    public static RunSettings of(String canonical, ModelConfig model, long seed, double learningRate) {
        try {
            ObjectNode root = (ObjectNode) JSON.readTree(canonical);
            ObjectNode section = (ObjectNode) root.get("model");
            section.put("vocabulary", model.vocabulary());
            writeHeads(model.block(), (ObjectNode) section.get("attention"));
            writeScores(model.block().scores(), (ObjectNode) section.get("attention"));
            ((ObjectNode) section.get("feed-forward"))
                    .put("width", model.block().feedForward().width());
            ObjectNode training = (ObjectNode) root.get("train");
            training.put("seed", seed);
            ((ObjectNode) training.get("optimizer")).put("learning-rate", learningRate);
            return new RunSettings(canonical(root));
        } catch (JsonProcessingException e) {
            throw new IllegalArgumentException("settings are no JSON: " + e.getOriginalMessage(), e);
        }
    }

    private static void writeHeads(BlockConfig block, ObjectNode attention) {
        attention.remove(List.of("heads", "head-dim", "kv-heads", "budget", "groups", "per-layer", "allocate"));
        if (block.perLayer().isEmpty()) {
            writeGroups(block.attention(), attention);
        } else {
            ArrayNode layers = attention.putArray("per-layer");
            block.perLayer().forEach(layer -> writeGroups(layer, layers.addObject()));
        }
    }

    /** What is configured stays as it was written, so that a sweep without ways to score keeps its trials' ids. */
    private static void writeScores(Scores scores, ObjectNode attention) {
        attention.put("qk-norm", scores.qkNorm());
        JsonNode written = attention.path("scale");
        String type =
                written.isTextual() ? written.asText() : written.path("type").asText();
        String chosen = scores.scale() instanceof Scale.InverseRoot
                ? "inverse-root"
                : scores.scale() instanceof Scale.Inverse ? "inverse" : type;
        if (!type.equals(chosen)) {
            attention.put("scale", chosen);
        }
    }

    private static void writeGroups(AttentionConfig heads, ObjectNode into) {
        ArrayNode groups = into.putArray("groups");
        for (HeadGroup group : heads.groups()) {
            groups.addObject()
                    .put("heads", group.heads())
                    .put("head-dim", group.headDim())
                    .put("kv-heads", group.kvHeads());
        }
    }

    /** The same of a model whose attention is divided differently. */
    public RunSettings withHeads(ModelConfig model) {
        try {
            ObjectNode root = (ObjectNode) JSON.readTree(json);
            writeHeads(model.block(), (ObjectNode) root.get("model").get("attention"));
            return new RunSettings(canonical(root));
        } catch (JsonProcessingException e) {
            throw new IllegalArgumentException("settings are no JSON: " + e.getOriginalMessage(), e);
        }
    }

    /**
     * The same with how the texts of the dataset were read, for a checkpoint: who reads other texts with the model
     * reads them likewise.
     *
     * @param dataset the settings of the dataset's manifest
     */
    RunSettings reading(String dataset) {
        try {
            ObjectNode root = (ObjectNode) JSON.readTree(json);
            root.set(TEXTS, TextRules.carried(dataset));
            return new RunSettings(canonical(root));
        } catch (JsonProcessingException e) {
            throw new IllegalStateException("settings that were written are JSON", e);
        }
    }

    /** The same with the backend that was chosen: results depend on it. */
    public RunSettings computedBy(ComputeConfig compute) {
        try {
            ObjectNode root = (ObjectNode) JSON.readTree(json);
            String backend = compute.backend().name().toLowerCase(Locale.ROOT);
            ((ObjectNode) root.get("compute")).put("backend", backend);
            return new RunSettings(canonical(root));
        } catch (JsonProcessingException e) {
            throw new IllegalStateException("settings that were written are JSON", e);
        }
    }

    private static String canonical(Object tree) throws JsonProcessingException {
        // Through plain maps, whose keys are written in order.
        return JSON.writeValueAsString(JSON.treeToValue(JSON.valueToTree(tree), Object.class));
    }

    /**
     * Hash of everything that could change the run's result: the settings but for where things lie, when they are
     * stored, what is computed twice, how long one waits and an elastic run's replicas; what it reads; and this
     * release.
     *
     * @param inputs identities of the dataset and, if there is one, of the model that the run begins with
     */
    public String identity(List<String> inputs) {
        try {
            return Program.sha256(canonical(decisive()) + " " + String.join(" ", inputs) + " " + Program.RELEASE);
        } catch (JsonProcessingException e) {
            throw new IllegalStateException("settings that were written are JSON", e);
        }
    }

    /** The settings that could change the result. */
    private ObjectNode decisive() throws JsonProcessingException {
        ObjectNode root = (ObjectNode) JSON.readTree(json);
        // The dataset's identity stands for them.
        root.remove(TEXTS);
        if (root.get("train") instanceof ObjectNode train) {
            train.remove(List.of("dataset", "output", "from", "checkpoint", "recompute", "patience"));
            if (train.path("elastic").asBoolean()) {
                train.remove("replicas");
            }
        }
        return root;
    }

    /** Where the model lies, as configured, that the run begins with. */
    Optional<String> startsFrom() {
        try {
            return Optional.ofNullable(
                    JSON.readTree(json).path("train").path("from").textValue());
        } catch (JsonProcessingException e) {
            throw new IllegalArgumentException("settings are no JSON: " + e.getOriginalMessage(), e);
        }
    }

    /**
     * The settings of these that are others than a stored run's and could change its result, each as {@code train.seed
     * = 2 (there 1)}.
     *
     * @throws IllegalArgumentException if the stored ones are no JSON
     */
    public List<String> differencesFrom(RunSettings stored) {
        Map<String, String> here = new TreeMap<>();
        Map<String, String> there = new TreeMap<>();
        try {
            flatten("", decisive(), here);
            flatten("", stored.decisive(), there);
        } catch (JsonProcessingException e) {
            throw new IllegalArgumentException("settings are no JSON: " + e.getOriginalMessage(), e);
        }
        Set<String> keys = new TreeSet<>(here.keySet());
        keys.addAll(there.keySet());
        return keys.stream()
                .filter(key -> !Objects.equals(here.get(key), there.get(key)))
                .map(key -> key + " = " + here.getOrDefault(key, "unset") + " (there "
                        + there.getOrDefault(key, "unset") + ")")
                .toList();
    }

    private static void flatten(String path, JsonNode node, Map<String, String> into) {
        if (node.isObject()) {
            node.fields()
                    .forEachRemaining(field -> flatten(
                            path.isEmpty() ? field.getKey() : path + "." + field.getKey(), field.getValue(), into));
        } else {
            into.put(path, node.isTextual() ? node.textValue() : node.toString());
        }
    }
}
