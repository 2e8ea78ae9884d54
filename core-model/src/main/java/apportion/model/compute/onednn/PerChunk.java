package apportion.model.compute.onednn;

import java.util.HashMap;
import java.util.Map;
import java.util.function.IntFunction;

/** A primitive for every chunk of a cut; chunks of one size share theirs. */
final class PerChunk implements AutoCloseable {

    private final Map<Integer, Primitive> bySize = new HashMap<>();
    private final Primitive[] byChunk;

    /** Makes them by the number of rows. */
    PerChunk(Cut cut, IntFunction<Primitive> make) {
        byChunk = new Primitive[cut.chunks()];
        for (int chunk = 0; chunk < byChunk.length; chunk++) {
            byChunk[chunk] = bySize.computeIfAbsent(cut.size(chunk), make::apply);
        }
    }

    Primitive.Call call(int chunk, Worker worker) {
        return byChunk[chunk].on(worker);
    }

    @Override
    public void close() {
        bySize.values().forEach(Primitive::close);
    }
}
