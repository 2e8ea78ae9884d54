package apportion.model.transformer;

import apportion.model.compute.Backend;
import apportion.model.compute.Tensor;
import apportion.model.config.Positions;

/** The vectors of sinusoidal positions, for as many places as were asked for so far. */
final class SinusoidTable implements AutoCloseable {

    private final Backend backend;
    private final int width;
    private Tensor table;

    SinusoidTable(Backend backend, int places, int width) {
        this.backend = backend;
        this.width = width;
        this.table = written(places);
    }

    private Tensor written(int places) {
        Tensor written = backend.allocate(places, width);
        backend.write(Positions.Sinusoidal.table(places, width), written);
        return written;
    }

    Tensor rows(int places) {
        if (places > table.rows()) {
            table.close();
            table = written(places);
        }
        return table.firstRows(places);
    }

    @Override
    public void close() {
        table.close();
    }
}
