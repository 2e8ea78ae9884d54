package apportion.model.dl4j;

import apportion.model.compute.Backend;
import apportion.model.compute.Backends;
import apportion.model.compute.Precision;
import apportion.model.compute.Tensor;
import apportion.model.compute.nd4j.Nd4jTensor;
import apportion.model.compute.onednn.OneDnnBackend;
import apportion.model.config.ModelConfig;
import apportion.model.transformer.Decoder;
import java.lang.ref.Cleaner;
import org.nd4j.linalg.api.buffer.DataType;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.nd4j.linalg.factory.Nd4j;

/**
 * A decoder on a network's own flattened vectors, with the fastest backend that this machine has for them: nothing is
 * copied in a step. The vectors must outlive it.
 */
final class Computing {

    /** Networks are never told to close their layers, and oneDNN's memory is not on Java's heap. */
    private static final Cleaner CLEANER = Cleaner.create();

    /** The vectors, too: the backend knows no more of them than their addresses. */
    private record Resources(Backend backend, Decoder decoder, INDArray parameters, INDArray gradients)
            implements Runnable {
        @Override
        public void run() {
            decoder.close();
            backend.close();
        }
    }

    private final Resources resources;
    private final Cleaner.Cleanable cleanable;

    private Computing(Resources resources) {
        this.resources = resources;
        this.cleanable = CLEANER.register(this, resources);
    }

    /**
     * Over a network's parameters and gradients.
     *
     * @param parameters numbers side by side
     * @param gradients of the same length
     */
    static Computing over(ModelConfig model, INDArray parameters, INDArray gradients) {
        Precision precision = parameters.dataType() == DataType.DOUBLE ? Precision.DOUBLE : Precision.FLOAT;
        // In a build for CUDA, the vectors lie on a GPU.
        Backends.Kind kind = Backends.needsGpu(Backends.Kind.ND4J)
                ? Backends.Kind.ND4J
                : Backends.resolve(Backends.Kind.AUTO, precision);
        Backend backend = Backends.open(kind, precision, Nd4j.getEnvironment().maxThreads());
        Decoder decoder = new Decoder(model, backend, tensor(kind, parameters), tensor(kind, gradients));
        return new Computing(new Resources(backend, decoder, parameters, gradients));
    }

    private static Tensor tensor(Backends.Kind kind, INDArray vector) {
        // Refuses vectors with gaps, whatever the backend.
        Nd4jTensor tensor = Nd4jTensor.flat(vector);
        return kind == Backends.Kind.ND4J
                ? tensor
                : OneDnnBackend.borrow(vector.data().address() + Float.BYTES * vector.offset(), vector.length());
    }

    Decoder decoder() {
        return resources.decoder();
    }

    /** Frees what the backend holds, now instead of some time after the last use. */
    void close() {
        cleanable.clean();
    }
}
