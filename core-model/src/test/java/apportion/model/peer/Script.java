package apportion.model.peer;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDList;
import ai.djl.pytorch.engine.PtNDManager;
import ai.djl.pytorch.engine.PtSymbolBlock;
import ai.djl.pytorch.jni.IValueUtils;
import ai.djl.pytorch.jni.JniUtils;
import com.fasterxml.jackson.databind.JsonNode;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;
import java.util.Objects;
import java.util.zip.CRC32;
import java.util.zip.ZipEntry;
import java.util.zip.ZipOutputStream;

/** {@code training_step.py} as libtorch runs it. */
final class Script implements AutoCloseable {

    /** An object of the class without attributes, and an empty tuple, as Python's protocol 2 pickles them. */
    private static final String OBJECT = "\u0080\u0002c__torch__\nStep\n)\u0081}b.";

    private static final String EMPTY_TUPLE = "\u0080\u0002).";

    private final PtNDManager manager;
    private final PtSymbolBlock module;

    /** Compiles the script for a model and a way to compute it. */
    Script(PtNDManager manager, JsonNode task, Variant variant) throws IOException {
        this.manager = manager;
        String source;
        try (InputStream in = Objects.requireNonNull(Script.class.getResourceAsStream("training_step.py"))) {
            source = new String(in.readAllBytes(), StandardCharsets.UTF_8);
        }
        for (Map.Entry<String, Object> value : values(task, variant).entrySet()) {
            source = source.replaceAll("\\$" + value.getKey() + "\\b", String.valueOf(value.getValue()));
        }
        Path archive = Files.createTempFile("training-step", ".pt");
        try {
            write(source, archive);
            module = JniUtils.loadModule(manager, archive, false, new String[0], new String[0], false);
        } finally {
            Files.delete(archive);
        }
    }

    private static Map<String, Object> values(JsonNode task, Variant variant) {
        JsonNode optimizer = task.get("optimizer");
        return Map.ofEntries(
                Map.entry("LAYERS", task.get("shape").get("layers").asInt()),
                Map.entry("HEADS", task.get("shape").get("heads").asInt()),
                Map.entry("EPSILON", task.get("normEpsilon").asDouble()),
                Map.entry("PRODUCT", variant.product()),
                Map.entry("PRECISION", variant.products().number),
                Map.entry("ATTENTION", variant.attention().number),
                Map.entry("FLOAT", Variant.Type.FLOAT.number),
                Map.entry("CLIP", task.get("clip").asDouble()),
                Map.entry("RATE", optimizer.get("learningRate").asDouble()),
                Map.entry("BETA1", optimizer.get("beta1").asDouble()),
                Map.entry("BETA2", optimizer.get("beta2").asDouble()),
                Map.entry("DECAY", optimizer.get("weightDecay").asDouble()),
                Map.entry("TINY", optimizer.get("epsilon").asDouble()));
    }

    private static void write(String source, Path archive) throws IOException {
        try (OutputStream file = Files.newOutputStream(archive);
                ZipOutputStream zip = new ZipOutputStream(file)) {
            entry(zip, "data.pkl", OBJECT.getBytes(StandardCharsets.ISO_8859_1));
            entry(zip, "code/__torch__.py", source.getBytes(StandardCharsets.UTF_8));
            entry(zip, "constants.pkl", EMPTY_TUPLE.getBytes(StandardCharsets.ISO_8859_1));
            entry(zip, "version", "3\n".getBytes(StandardCharsets.US_ASCII));
        }
    }

    /** libtorch maps its archives into memory, so nothing in them is compressed. */
    private static void entry(ZipOutputStream zip, String name, byte[] content) throws IOException {
        CRC32 checksum = new CRC32();
        checksum.update(content);
        ZipEntry entry = new ZipEntry("step/" + name);
        entry.setMethod(ZipEntry.STORED);
        entry.setSize(content.length);
        entry.setCrc(checksum.getValue());
        zip.putNextEntry(entry);
        zip.write(content);
        zip.closeEntry();
    }

    /**
     * Calls a method that returns one tensor.
     *
     * @param arguments those whose names end in {@code []} become lists
     */
    NDArray call(String method, NDList arguments) {
        try (NDArray name = manager.create(0)) {
            // So DJL is told which method to call.
            name.setName("module_method:" + method);
            NDList all = new NDList(arguments);
            all.add(name);
            return IValueUtils.forward(module, all, true).singletonOrThrow();
        }
    }

    @Override
    public void close() {
        module.close();
    }
}
