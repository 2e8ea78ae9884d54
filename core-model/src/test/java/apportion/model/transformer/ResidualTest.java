package apportion.model.transformer;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import apportion.model.compute.Precision;
import apportion.model.compute.Tensor;
import apportion.model.compute.nd4j.Nd4jBackend;
import apportion.model.config.ModelConfig;
import apportion.model.config.Norm;
import java.util.Optional;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

class ResidualTest {

    private static final int WIDTH = 8;
    private static final double EPSILON = 1e-5;

    /** {@code f(x) = 2 x}. */
    private record Twice(Nd4jBackend backend, Tensor kept) implements Sublayer {

        @Override
        public void keep(Tensor in_nc, Pass pass) {
            backend.copy(in_nc, kept);
        }

        @Override
        public void result(Pass pass, Optional<Tensor> addend_nc, Tensor out_nc) {
            backend.copy(kept, out_nc);
            backend.scale(out_nc, 2);
            addend_nc.ifPresent(addend -> backend.add(addend, out_nc));
        }

        @Override
        public void backward(Tensor in_nc, Pass pass, Tensor dOut_nc, Tensor dIn_nc) {
            throw new UnsupportedOperationException("only the forward pass is tested here");
        }

        @Override
        public void close() {}
    }

    @ParameterizedTest
    @EnumSource(Norm.Placement.class)
    void theNormStandsWhereItsPlacementSays(Norm.Placement placement) {
        ModelConfig model = Models.with(draft -> {
            draft.norm = Norm.Type.RMS;
            draft.placement = placement;
        });
        ParameterLayout layout = ParameterLayout.of(model);
        try (var backend = new Nd4jBackend(Precision.DOUBLE);
                Tensor values = backend.allocate(1, layout.size());
                Tensor gradients = backend.allocate(1, layout.size());
                Tensor x = backend.allocate(1, WIDTH);
                Tensor out = backend.allocate(1, WIDTH);
                var workspace = new Workspace(backend)) {
            backend.write(layout.initialize(1), values);
            var parameters = new Parameters(layout, values, gradients);
            var norm = new Normalization(
                    backend, model, parameters, "block.0.attention.norm", workspace.buffer("statistics", 2));
            backend.write(new float[] {1, -1, 3, 0, 0, 2, 0, 1}, x);
            var twice = new Twice(backend, workspace.take("kept", 1, WIDTH));
            Buffer between = workspace.buffer("between", WIDTH);
            try (var residual = new Residual(backend, workspace, model, norm, twice, between, 1)) {
                residual.forward(x, Pass.inference(1, 1), out);
            }
            float[] actual = new float[WIDTH];
            backend.read(out, actual);
            // The mean square of x is 2.
            double third = placement == Norm.Placement.PRE
                    ? 3 + 2 * 3 / Math.sqrt(2 + EPSILON)
                    : 3 * 3 / Math.sqrt(9 * 2 + EPSILON);
            assertThat((double) actual[2]).isCloseTo(third, within(1e-6));
        }
    }
}
