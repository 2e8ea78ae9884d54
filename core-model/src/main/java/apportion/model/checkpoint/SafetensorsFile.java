package apportion.model.checkpoint;

import java.io.IOException;
import java.io.InputStream;
import java.util.List;
import java.util.Map;

/** A safetensors file of which any tensor can be read alone. */
public final class SafetensorsFile {

    /** Some virtual machines cannot make longer arrays. */
    private static final int MAX_ARRAY = Integer.MAX_VALUE - 8;

    private final CheckpointStore store;
    private final String file;
    private final SafetensorsHeader header;

    private SafetensorsFile(CheckpointStore store, String file, SafetensorsHeader header) {
        this.store = store;
        this.file = file;
        this.header = header;
    }

    /** Reads the header and checks that the file is as long as it says. */
    public static SafetensorsFile open(CheckpointStore store, String file) throws IOException {
        try (InputStream in = store.open(file, 0)) {
            return new SafetensorsFile(store, file, SafetensorsHeader.read(file, store.length(file), in));
        }
    }

    /** Its name, as messages have it. */
    public String where() {
        return file;
    }

    /** In the order of their values. */
    public List<TensorSpec> tensors() {
        return header.tensors();
    }

    public Map<String, String> metadata() {
        return header.metadata();
    }

    public TensorSpec tensor(String name) {
        return header.tensors().get(header.indexOf(file, name));
    }

    /** Reads all values, from the first tensor on. */
    public SafetensorsReader reader() throws IOException {
        return readerAt(0);
    }

    /** Reads the values of a tensor, and then those behind it. */
    public SafetensorsReader readerAt(String tensor) throws IOException {
        return readerAt(header.indexOf(file, tensor));
    }

    private SafetensorsReader readerAt(int index) throws IOException {
        return new SafetensorsReader(file, header, index, store.open(file, header.offset(index)));
    }

    public float[] floats(String tensor) throws IOException {
        float[] values = new float[arrayLength(tensor, tensor(tensor).size())];
        try (SafetensorsReader reader = readerAt(tensor)) {
            reader.read(values, 0, values.length);
        }
        return values;
    }

    public double[] doubles(String tensor) throws IOException {
        double[] values = new double[arrayLength(tensor, tensor(tensor).size())];
        try (SafetensorsReader reader = readerAt(tensor)) {
            reader.read(values, 0, values.length);
        }
        return values;
    }

    /** One tensor, in its own type. */
    FlatVector vector(String tensor) throws IOException {
        return switch (tensor(tensor).dtype()) {
            case F64 -> FlatVector.of(doubles(tensor));
            default -> FlatVector.of(floats(tensor));
        };
    }

    /** All tensors as one flat vector; they must be of one type, F32 or F64. */
    FlatVector vector() throws IOException {
        Dtype dtype = tensors().isEmpty() ? Dtype.F32 : tensors().get(0).dtype();
        for (TensorSpec tensor : tensors()) {
            if (tensor.dtype() != dtype || (dtype != Dtype.F32 && dtype != Dtype.F64)) {
                throw new CheckpointError(
                        file,
                        "tensor " + tensor.name() + " is " + tensor.dtype()
                                + ", but the tensors of a checkpoint must all be F32 or all F64");
            }
        }
        int length = arrayLength(
                "of all parameters",
                tensors().stream().mapToLong(TensorSpec::size).reduce(0, Math::addExact));
        try (SafetensorsReader reader = reader()) {
            if (dtype == Dtype.F64) {
                double[] values = new double[length];
                reader.read(values, 0, length);
                return FlatVector.of(values);
            }
            float[] values = new float[length];
            reader.read(values, 0, length);
            return FlatVector.of(values);
        }
    }

    private int arrayLength(String tensor, long size) {
        if (size > MAX_ARRAY) {
            throw new CheckpointError(
                    file,
                    "tensor " + tensor + " has " + size + " values, but an array holds at most " + MAX_ARRAY
                            + "; read it in pieces");
        }
        return (int) size;
    }
}
