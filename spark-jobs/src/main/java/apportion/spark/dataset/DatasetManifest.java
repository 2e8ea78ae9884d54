package apportion.spark.dataset;

import apportion.data.pack.Split;
import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.DeserializationFeature;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.SerializationFeature;
import java.io.Serializable;
import java.util.List;
import java.util.Map;

/**
 * What a dataset holds and where it came from.
 *
 * @param formatVersion of the directory's layout
 * @param identity SHA-256 over the configuration and the sources: equal datasets have equal ones
 * @param sequence T: tokens that a row predicts; a row has T + 1
 * @param tokenizer which one encoded the texts
 * @param train the split to learn from
 * @param validation the split to measure on
 * @param unigramEntropy cross-entropy of the validation tokens under the training tokens' frequencies, in nats per
 *     token, each count raised by one: what a model that ignores context reaches
 * @param provenance sources, filters and settings
 */
public record DatasetManifest(
        int formatVersion,
        String identity,
        int sequence,
        TokenizerInfo tokenizer,
        SplitInfo train,
        SplitInfo validation,
        double unigramEntropy,
        Provenance provenance)
        implements Serializable {

    /** The only layout so far. */
    public static final int FORMAT_VERSION = 1;

    private static final ObjectMapper JSON = new ObjectMapper()
            .enable(SerializationFeature.INDENT_OUTPUT)
            .enable(SerializationFeature.ORDER_MAP_ENTRIES_BY_KEYS)
            .enable(DeserializationFeature.FAIL_ON_NULL_CREATOR_PROPERTIES)
            .enable(DeserializationFeature.FAIL_ON_MISSING_CREATOR_PROPERTIES);

    /**
     * The tokenizer beside the manifest.
     *
     * @param sha256 of tokenizer.json
     */
    public record TokenizerInfo(int vocabularySize, int endOfDocument, String sha256) implements Serializable {}

    /**
     * One split.
     *
     * @param bytes of UTF-8 text that its tokens stand for, for bits per byte
     * @param tokens with the ends of documents
     */
    public record SplitInfo(long documents, long bytes, long tokens, long sequences, List<PartInfo> parts)
            implements Serializable {
        public SplitInfo {
            parts = List.copyOf(parts);
        }
    }

    /**
     * One part.
     *
     * @param file path inside the dataset
     * @param bytes length of the file
     * @param sha256 of the file
     */
    public record PartInfo(String file, int sequences, long tokens, long bytes, String sha256)
            implements Serializable {}

    /** A file that was read. */
    public record SourceInfo(String name, long bytes, String sha256) implements Serializable {}

    /**
     * How the dataset came to be.
     *
     * @param dropped records left out, by reason
     * @param settings the resolved configuration without the place of the dataset, as canonical JSON
     */
    public record Provenance(List<SourceInfo> sources, Map<String, Long> dropped, String settings)
            implements Serializable {
        public Provenance {
            sources = List.copyOf(sources);
            dropped = Map.copyOf(dropped);
        }
    }

    public SplitInfo split(Split split) {
        return split == Split.TRAIN ? train : validation;
    }

    /** As a JSON object, equal for equal manifests. */
    public String toJson() {
        try {
            return JSON.writeValueAsString(this) + "\n";
        } catch (JsonProcessingException e) {
            throw new IllegalStateException("records of numbers and texts have a JSON form", e);
        }
    }

    /** Reads what {@link #toJson} wrote; the message of the exception fits behind the file's name. */
    public static DatasetManifest fromJson(String json) {
        try {
            JsonNode tree = JSON.readTree(json);
            int version = tree.path("formatVersion").asInt();
            if (version != FORMAT_VERSION) {
                throw new IllegalArgumentException("formatVersion = " + tree.path("formatVersion") + ", but it must be "
                        + FORMAT_VERSION + "; prepare the dataset with this version of Apportion");
            }
            return JSON.treeToValue(tree, DatasetManifest.class);
        } catch (JsonProcessingException e) {
            throw new IllegalArgumentException(
                    "it is no manifest of a dataset (" + e.getOriginalMessage() + "); rerun prepare", e);
        }
    }
}
