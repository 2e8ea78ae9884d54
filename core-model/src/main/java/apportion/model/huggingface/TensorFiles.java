package apportion.model.huggingface;

import apportion.model.checkpoint.CheckpointError;
import apportion.model.checkpoint.CheckpointStore;
import apportion.model.checkpoint.Json;
import apportion.model.checkpoint.SafetensorsFile;
import apportion.model.checkpoint.TensorSpec;
import java.io.IOException;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import java.util.stream.Stream;

/** The weights of a directory: {@code model.safetensors}, or the shards that an index names. */
final class TensorFiles {

    static final String WHOLE = "model.safetensors";

    private static final String INDEX = "model.safetensors.index.json";
    private static final int LARGEST_INDEX = 1 << 26;

    /** A file of the same directory; an index may come from anywhere, so nothing else. */
    private static final Pattern SHARD = Pattern.compile("\\w[\\w.-]*\\.safetensors");

    private static final int MOST_SHOWN = 3;
    private static final int LONGEST_SHOWN = 120;

    /**
     * A tensor that may be read.
     *
     * @param file that holds it
     * @param spec as the file names and describes it
     */
    private record Tensor(SafetensorsFile file, TensorSpec spec) {}

    private final String directory;
    private final List<String> files;
    private final Map<String, Tensor> tensors = new LinkedHashMap<>();

    private TensorFiles(String directory, List<String> files) {
        this.directory = directory;
        this.files = files;
    }

    /** Reads the headers, and gives the tensors the names that the layout's placements have. */
    static TensorFiles open(CheckpointStore store, String directory, Layout layout) throws IOException {
        boolean whole = store.exists(directory + "/" + WHOLE);
        TensorFiles tensors = new TensorFiles(directory, whole ? List.of(WHOLE) : shards(store, directory));
        for (String name : tensors.files) {
            tensors.add(store, name, layout);
        }
        return tensors;
    }

    private static List<String> shards(CheckpointStore store, String directory) throws IOException {
        String index = directory + "/" + INDEX;
        if (!store.exists(index)) {
            throw new CheckpointError(
                    directory,
                    "has neither " + WHOLE + " nor " + INDEX + "; convert other formats with save_pretrained(...,"
                            + " safe_serialization=True)");
        }
        Map<String, String> map =
                Json.texts(index, ConfigFile.read(store, index, LARGEST_INDEX).json(), "weight_map");
        Set<String> shards = new LinkedHashSet<>(map.values());
        for (String shard : shards) {
            if (!SHARD.matcher(shard).matches()) {
                throw new CheckpointError(
                        index, "names the file \"" + brief(shard) + "\", but it must be a .safetensors file beside it");
            }
            if (!store.exists(directory + "/" + shard)) {
                throw new CheckpointError(directory + "/" + shard, "is missing, but " + INDEX + " names it");
            }
        }
        return List.copyOf(shards);
    }

    private void add(CheckpointStore store, String name, Layout layout) throws IOException {
        SafetensorsFile file = SafetensorsFile.open(store, directory + "/" + name);
        for (TensorSpec spec : file.tensors()) {
            String bare = layout.bare(spec.name());
            if (!layout.buffers().matcher(bare).matches() && tensors.put(bare, new Tensor(file, spec)) != null) {
                throw new CheckpointError(directory + "/" + name, "holds " + bare + ", of which there is another one");
            }
        }
    }

    /** The files that hold them. */
    List<String> files() {
        return files;
    }

    /** How many there are. */
    int count() {
        return tensors.size();
    }

    boolean has(String name) {
        return tensors.containsKey(name);
    }

    /** Refuses anything but exactly these tensors. */
    void require(List<Placement> placements) {
        Set<String> wanted = placements.stream().map(Placement::name).collect(Collectors.toSet());
        refuse("lacks tensors that its configuration asks for", wanted.stream().filter(name -> !has(name)));
        refuse(
                "has tensors for which this model has no place",
                tensors.keySet().stream().filter(name -> !wanted.contains(name)));
        refuse(
                "has tensors of other shapes than its configuration asks for",
                placements.stream()
                        .filter(placement -> !shape(placement.name()).equals(placement.shape()))
                        .map(placement -> placement.name() + " is " + shape(placement.name()) + ", but must be "
                                + placement.shape()));
    }

    private void refuse(String problem, Stream<String> tensors) {
        List<String> all = tensors.sorted().map(TensorFiles::brief).toList();
        if (!all.isEmpty()) {
            String some = String.join("; ", all.subList(0, Math.min(MOST_SHOWN, all.size())));
            String more = all.size() > MOST_SHOWN ? "; and " + (all.size() - MOST_SHOWN) + " more" : "";
            throw new CheckpointError(directory, problem + ": " + some + more);
        }
    }

    /** Names come from the file, and may be of any length. */
    private static String brief(String text) {
        return text.length() <= LONGEST_SHOWN ? text : text.substring(0, LONGEST_SHOWN) + "...";
    }

    private List<Long> shape(String name) {
        return tensor(name).spec.shape();
    }

    private Tensor tensor(String name) {
        return Optional.ofNullable(tensors.get(name)).orElseThrow();
    }

    /** Reads one; half precisions are exact, doubles are rounded. */
    float[] floats(String name) throws IOException {
        Tensor tensor = tensor(name);
        return tensor.file.floats(tensor.spec.name());
    }

    /**
     * Refuses weights that are not numbers: training and measuring would spread them.
     *
     * @param values of the placement's tensor
     */
    void requireFinite(Placement placement, float[] values) {
        int wrong = 0;
        int first = -1;
        for (int i = 0; i < values.length; i++) {
            if (!Float.isFinite(values[i])) {
                first = wrong++ == 0 ? i : first;
            }
        }
        if (wrong > 0) {
            Tensor tensor = tensor(placement.name());
            throw new CheckpointError(
                    tensor.file.where(),
                    brief(tensor.spec.name()) + placement.index(first) + " = " + values[first]
                            + (wrong == 1 ? "" : ", and " + (wrong - 1) + " more numbers of this tensor are not finite")
                            + ", but a weight must be a finite number of 32 bits; the model diverged before it was"
                            + " saved, or overflowed when it was converted: use another copy of it");
        }
    }

    /** Leaves one out. */
    void forget(String name) {
        tensors.remove(name);
    }
}
