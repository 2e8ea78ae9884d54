package apportion.model.compute.onednn;

import static org.bytedeco.dnnl.global.dnnl.dnnl_eltwise_exp;
import static org.bytedeco.dnnl.global.dnnl.dnnl_softmax_log;

import apportion.model.compute.Tokens;
import apportion.model.compute.onednn.Primitives.Shape;

/** Cross-entropy and its gradient, some rows at a time. */
final class CrossEntropy {

    private static final int CHUNK = 1 << 15;

    private record Key(long rows, long vocabulary) {}

    private final Primitives primitives;
    private final Plans plans;
    private final Crew crew;

    CrossEntropy(Primitives primitives, Plans plans, Crew crew) {
        this.primitives = primitives;
        this.plans = plans;
        this.crew = crew;
    }

    void run(OneDnnTensor logits_nv, OneDnnTokens targets, double gradientScale, OneDnnTensor losses_n1) {
        Key key = new Key(logits_nv.rows(), logits_nv.columns());
        ByRows plan = plans.get(ByRows.class, key, () -> new ByRows(key));
        crew.run(
                plan.cut.chunks(),
                (chunk, worker) -> plan.run(
                        chunk, worker, logits_nv.address(), targets, (float) gradientScale, losses_n1.address()));
    }

    private final class ByRows implements Plans.Plan {

        private final long vocabulary;
        private final Cut cut;
        private final PerChunk logarithms;
        private final PerChunk exponentials;

        ByRows(Key key) {
            this.vocabulary = key.vocabulary;
            this.cut = Cut.of(key.rows, Cut.powerOfTwo(CHUNK / vocabulary));
            this.logarithms =
                    new PerChunk(cut, rows -> primitives.softmax(dnnl_softmax_log, Shape.dense(rows, vocabulary)));
            this.exponentials =
                    new PerChunk(cut, rows -> primitives.function(dnnl_eltwise_exp, Shape.dense(rows, vocabulary), 0));
        }

        void run(int chunk, Worker worker, long logits, OneDnnTokens targets, float scale, long losses) {
            int start = cut.start(chunk);
            int rows = cut.size(chunk);
            long rowBytes = Float.BYTES * vocabulary;
            long at = logits + rowBytes * start;
            // The loss is read off the logarithm, not off the probability, which is 0 for unlikely targets.
            logarithms.call(chunk, worker).run(at, at);
            float[] loss = worker.array(2, rows);
            for (int r = 0; r < rows; r++) {
                int target = targets.id(start + r);
                loss[r] = target == Tokens.NONE
                        ? 0
                        : -worker.cursor().at(at + rowBytes * r).get(target);
            }
            worker.store(loss, losses + (long) Float.BYTES * start, rows);
            exponentials.call(chunk, worker).run(at, at);
            Numbers.scaleAll(worker, at, rows * vocabulary, scale);
            for (int r = 0; r < rows; r++) {
                int target = targets.id(start + r);
                Cursor row = worker.cursor().at(at + rowBytes * r);
                if (target == Tokens.NONE) {
                    Cursor.zero(row, at + rowBytes * r, rowBytes);
                } else {
                    row.put(target, row.get(target) - scale);
                }
            }
        }

        @Override
        public void close() {
            logarithms.close();
            exponentials.close();
        }
    }
}
