package apportion.model.compute.onednn;

import java.util.HashMap;
import java.util.Map;
import java.util.function.Supplier;

/** Operations that have been prepared for a shape, kept for the next time. */
final class Plans implements AutoCloseable {

    /** More than any one model needs; a run through ever new shapes must not keep all of them. */
    private static final int LIMIT = 1024;

    /** What has been prepared for one shape. */
    interface Plan extends AutoCloseable {
        @Override
        void close();
    }

    private final Map<Object, Plan> plans = new HashMap<>();

    /**
     * The plan for a shape. Another shape's plan may be closed by the next call, so none is held beyond an operation.
     *
     * @param shape tells everything that the plan depends on
     */
    <P extends Plan> P get(Class<P> type, Object shape, Supplier<P> make) {
        Plan known = plans.get(shape);
        if (known == null) {
            makeRoom(1);
            known = make.get();
            plans.put(shape, known);
        }
        return type.cast(known);
    }

    /** Sees to it that the next so many calls close no plan. */
    void makeRoom(int count) {
        if (plans.size() + count > LIMIT) {
            close();
        }
    }

    @Override
    public void close() {
        plans.values().forEach(Plan::close);
        plans.clear();
    }
}
