package apportion.model.peer;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDList;
import ai.djl.ndarray.types.DataType;
import ai.djl.ndarray.types.Shape;
import ai.djl.pytorch.engine.PtNDManager;
import apportion.model.checkpoint.SafetensorsReader;
import apportion.model.checkpoint.TensorSpec;
import com.fasterxml.jackson.databind.JsonNode;
import java.io.IOException;
import java.nio.LongBuffer;
import java.nio.file.Files;
import java.nio.file.Path;

/** A model on PyTorch with its optimizer, from the initial weights of a file. */
final class Training implements AutoCloseable {

    private final PtNDManager manager;
    private final Script script;
    private final NDList arguments = new NDList();
    private final NDArray ids;

    Training(PtNDManager parent, JsonNode task, Path weights, Variant variant) throws IOException {
        this.manager = (PtNDManager) parent.newSubManager();
        this.script = new Script(manager, task, variant);
        JsonNode shape = task.get("shape");
        this.ids = manager.zeros(
                new Shape(shape.get("batch").asInt(), shape.get("context").asInt() + 1), DataType.INT64);
        arguments.add(ids);
        readWeights(weights);
    }

    /** Matrices become the list {@code w}, and vectors, which are rows of one, the list {@code n}. */
    private void readWeights(Path file) throws IOException {
        try (SafetensorsReader reader =
                SafetensorsReader.of(file.toString(), Files.size(file), Files.newInputStream(file))) {
            for (TensorSpec tensor : reader.tensors()) {
                float[] numbers = new float[Math.toIntExact(tensor.size())];
                reader.read(numbers, 0, numbers.length);
                boolean vector = tensor.shape().size() == 1;
                Shape shape = new Shape(
                        tensor.shape().stream().mapToLong(Long::longValue).toArray());
                String list = vector ? "n" : "w";
                NDArray weight = manager.create(numbers, shape);
                weight.setRequiresGradient(true);
                add(list, weight);
                add(list + "m", manager.zeros(shape));
                add(list + "v", manager.zeros(shape));
                add(list + "s", manager.zeros(new Shape()));
            }
        }
    }

    private void add(String list, NDArray tensor) {
        tensor.setName(list + "[]");
        arguments.add(tensor);
    }

    /**
     * One step.
     *
     * @param batch tokens of all sequences, each of T + 1
     * @return the mean loss before the update
     */
    double step(long[] batch) {
        ids.set(LongBuffer.wrap(batch));
        try (NDArray loss = script.call("step", arguments)) {
            return loss.getFloat();
        }
    }

    @Override
    public void close() {
        script.close();
        manager.close();
    }
}
