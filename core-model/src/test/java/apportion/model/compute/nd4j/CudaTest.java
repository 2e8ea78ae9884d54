package apportion.model.compute.nd4j;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

final class CudaTest {

    /** Cards in the order in which CUDA counts them. */
    private record Rack(List<ComputeCapability> cards) implements Cuda.Cards {

        static Rack of(ComputeCapability... cards) {
            return new Rack(List.of(cards));
        }

        @Override
        public int count() {
            return cards.size();
        }

        @Override
        public ComputeCapability capability(int device) {
            return cards.get(device);
        }
    }

    private static final ComputeCapability A100 = new ComputeCapability(8, 0);
    private static final ComputeCapability H100 = new ComputeCapability(9, 0);

    @ParameterizedTest
    @CsvSource({
        "3, 5, false",
        "3, 7, true",
        "5, 0, true",
        "5, 3, true",
        "6, 2, true",
        "7, 5, true",
        "8, 0, true",
        "8, 9, true",
        "9, 0, false",
        "10, 0, false",
        "12, 0, false"
    })
    void machineCodeRunsOnCardsOfItsGeneration(int major, int minor, boolean runs) {
        assertThat(new ComputeCapability(major, minor).isSupported()).isEqualTo(runs);
    }

    @Test
    void eachCardIsJudgedForItself() {
        Rack mixed = Rack.of(A100, H100);

        assertThat(Cuda.obstacle(0, mixed)).isEmpty();
        assertThat(Cuda.obstacle(1, mixed))
                .contains("GPU 1 has compute capability 9.0, but ND4J for CUDA 11.6 has code for 3.7 to 8.9 alone;"
                        + " take another card, or use backend onednn, which computes on the CPU");
    }

    @Test
    void aDeviceThatIsNotThereIsRefused() {
        assertThat(Cuda.obstacle(2, Rack.of(A100, A100)))
                .contains("there is no GPU 2, as CUDA finds 2 here, counted from 0; what names GPUs to Spark must see"
                        + " the same ones as its executors");
        assertThat(Cuda.obstacle(0, Rack.of()).orElseThrow())
                .startsWith("CUDA finds no GPU here: there is none, its driver is older than")
                .endsWith(", or use backend onednn, which computes on the CPU");
    }

    @Test
    void librariesThatDoNotLoadAreNamed() {
        Cuda.Cards unloadable = new Cuda.Cards() {
            @Override
            public int count() {
                UnsatisfiedLinkError error = new UnsatisfiedLinkError("no jnicudart in java.library.path");
                error.initCause(new UnsatisfiedLinkError("libcuda.so.1: cannot open shared object file"));
                throw error;
            }

            @Override
            public ComputeCapability capability(int device) {
                throw new AssertionError("nobody can know");
            }
        };

        assertThat(Cuda.obstacle(0, unloadable).orElseThrow())
                .startsWith("CUDA does not load here: libcuda.so.1: cannot open shared object file; install")
                .contains("LD_LIBRARY_PATH");
    }
}
