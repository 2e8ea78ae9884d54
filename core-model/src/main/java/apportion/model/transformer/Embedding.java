package apportion.model.transformer;

import apportion.model.compute.Backend;
import apportion.model.compute.Tensor;
import apportion.model.compute.Tokens;
import apportion.model.config.ModelConfig;
import apportion.model.config.Positions;
import apportion.model.transformer.Parameters.Parameter;
import java.util.Optional;

/** Token ids to vectors, with learned or sinusoidal positions added where the model has them. */
final class Embedding implements AutoCloseable {

    private static final int SITE = 0;

    private final Backend backend;
    private final double dropout;
    private final TokenMatrix tokens;
    private final Optional<Parameter> positions;
    private final Optional<SinusoidTable> sinusoids;
    /** Of the tokens' vectors before sinusoidal positions are added. */
    private final double factor;

    Embedding(Backend backend, Workspace workspace, ModelConfig model, Parameters parameters) {
        this.backend = backend;
        this.dropout = model.block().dropout();
        this.tokens = TokenMatrix.of(backend, workspace, model, parameters, TableNames.INPUT);
        this.positions = parameters.find(ParameterLayout.POSITION_EMBEDDING);
        this.sinusoids = model.positions() instanceof Positions.Sinusoidal
                ? Optional.of(new SinusoidTable(backend, model.context(), model.width()))
                : Optional.empty();
        this.factor = Math.sqrt(model.width());
    }

    void forward(Tokens inputs, Pass pass, Tensor out_nc) {
        tokens.embed(inputs, out_nc);
        positions.ifPresent(table -> backend.addPositions(table.value(), pass.time(), out_nc));
        sinusoids.ifPresent(table -> {
            backend.scale(out_nc, factor);
            backend.addPositions(table.rows(pass.time()), pass.time(), out_nc);
        });
        if (pass.training()) {
            backend.dropout(out_nc, dropout, pass.seedAt(SITE));
        }
    }

    void backward(Tokens inputs, Pass pass, Tensor dStream_nc) {
        if (pass.training()) {
            backend.dropout(dStream_nc, dropout, pass.seedAt(SITE));
        }
        positions.ifPresent(table -> backend.addPositionsBackward(dStream_nc, pass.time(), table.gradient()));
        sinusoids.ifPresent(table -> backend.scale(dStream_nc, factor));
        tokens.embedBackward(inputs, dStream_nc);
    }

    @Override
    public void close() {
        tokens.close();
        sinusoids.ifPresent(SinusoidTable::close);
    }
}
