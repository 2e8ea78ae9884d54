package apportion.model.checkpoint;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;

/**
 * {@code manifest.json}: what the other files of a checkpoint must be.
 *
 * @param files exactly {@link #NAMES}, in their order
 */
record Manifest(List<FileEntry> files) {

    static final int FORMAT = 1;
    static final String NAME = "manifest.json";
    static final String MODEL = "model.safetensors";
    static final String OPTIMIZER = "optimizer.safetensors";
    static final String STATE = "state.json";
    static final String CONFIG = "config.json";
    static final List<String> NAMES = List.of(MODEL, OPTIMIZER, STATE, CONFIG);

    /** Far above what a manifest needs, far below what hurts. */
    static final int MAX_BYTES = 1 << 16;

    /** What a file must be. */
    record FileEntry(String name, long length, String sha256) {}

    Manifest {
        files = List.copyOf(files);
    }

    FileEntry file(String name) {
        return files.get(NAMES.indexOf(name));
    }

    byte[] toJson() {
        ObjectNode json = Json.object();
        json.put("format", FORMAT);
        ArrayNode entries = json.putArray("files");
        for (FileEntry file : files) {
            entries.addObject()
                    .put("name", file.name())
                    .put("length", file.length())
                    .put("sha256", file.sha256());
        }
        return Json.pretty(json);
    }

    static Manifest read(String where, byte[] bytes) {
        ObjectNode json = Json.parseObject(where, bytes);
        long format = Json.whole(where, json, "format");
        if (format != FORMAT) {
            throw new CheckpointError(
                    where,
                    "has format " + format + ", but this version of the program reads " + FORMAT
                            + "; use the version that wrote it");
        }
        Manifest manifest = new Manifest(files(where, json));
        // Nothing else guards the manifest itself. It says nothing that is not needed and checked, so a change can
        // only hide in how it is written; and there is one way to write it.
        if (!Arrays.equals(manifest.toJson(), bytes)) {
            throw new CheckpointError(
                    where,
                    "is not written as a manifest is, though it can be read; it was changed"
                            + " after it was written: use another checkpoint");
        }
        return manifest;
    }

    private static List<FileEntry> files(String where, JsonNode json) {
        List<FileEntry> files = new ArrayList<>();
        for (JsonNode file : Json.elements(where, json, "files")) {
            files.add(new FileEntry(
                    Json.text(where, file, "name"),
                    Json.whole(where, file, "length"),
                    Json.text(where, file, "sha256")));
        }
        List<String> names = files.stream().map(FileEntry::name).toList();
        if (!names.equals(NAMES)) {
            throw new CheckpointError(where, "lists the files " + names + ", but must list " + NAMES);
        }
        return files;
    }
}
