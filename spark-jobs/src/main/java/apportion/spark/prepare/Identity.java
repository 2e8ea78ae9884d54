package apportion.spark.prepare;

import apportion.spark.dataset.DatasetManifest;
import apportion.spark.dataset.DatasetManifest.SourceInfo;
import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.HexFormat;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.stream.Collectors;

/**
 * What makes a dataset the one that was asked for: its settings and the bytes of its sources.
 *
 * @param settings the section {@code data} as canonical JSON, without the place of the dataset
 */
record Identity(String settings, List<SourceInfo> sources) {

    private static final ObjectMapper JSON = new ObjectMapper();

    static Identity of(String sectionsJson, List<SourceInfo> sources) {
        try {
            ObjectNode data = (ObjectNode) JSON.readTree(sectionsJson).path("data");
            data.remove("output");
            return new Identity(JSON.writeValueAsString(data), sources);
        } catch (JsonProcessingException | ClassCastException e) {
            throw new IllegalArgumentException("the settings are no JSON with a section data", e);
        }
    }

    String sha256() {
        try {
            String all = DatasetManifest.FORMAT_VERSION + "\n" + settings + "\n" + sources;
            return HexFormat.of()
                    .formatHex(MessageDigest.getInstance("SHA-256").digest(all.getBytes(StandardCharsets.UTF_8)));
        } catch (NoSuchAlgorithmException e) {
            throw new IllegalStateException("every Java has SHA-256", e);
        }
    }

    /** In words, how an existing dataset differs from this one. */
    String differenceTo(DatasetManifest existing) {
        Map<String, String> ours = flat(settings);
        Map<String, String> theirs = flat(existing.provenance().settings());
        TreeSet<String> keys = new TreeSet<>(ours.keySet());
        keys.addAll(theirs.keySet());
        String changed = keys.stream()
                .filter(key -> !Objects.equals(ours.get(key), theirs.get(key)))
                .map(key -> "data" + key + " was " + theirs.getOrDefault(key, "not set") + " and is now "
                        + ours.getOrDefault(key, "not set"))
                .collect(Collectors.joining("; "));
        return changed.isEmpty() ? differentSources(existing.provenance().sources()) : changed;
    }

    private String differentSources(List<SourceInfo> theirs) {
        return sources.stream()
                .filter(source -> !theirs.contains(source))
                .findFirst()
                .map(source -> source.name() + " is new or has changed")
                .orElseGet(() -> theirs.stream()
                        .filter(source -> !sources.contains(source))
                        .findFirst()
                        .map(source -> source.name() + " is gone")
                        .orElse("the order of the files has changed"));
    }

    private static Map<String, String> flat(String json) {
        try {
            Map<String, String> flat = new TreeMap<>();
            flatten("", JSON.readTree(json), flat);
            return flat;
        } catch (JsonProcessingException e) {
            throw new IllegalStateException("the settings in a manifest are JSON", e);
        }
    }

    private static void flatten(String path, JsonNode node, Map<String, String> flat) {
        if (node.isObject()) {
            node.fields().forEachRemaining(child -> flatten(path + "." + child.getKey(), child.getValue(), flat));
        } else {
            flat.put(path, node.toString());
        }
    }
}
