package apportion.model.transformer;

import apportion.model.compute.Backend;
import apportion.model.compute.Tensor;
import apportion.model.config.Experts;
import apportion.model.transformer.Parameters.Parameter;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/** {@code x W_e^T + b_e}: one projection for each expert, over rows of which each expert has a run of its own. */
interface ExpertProjections {

    /**
     * Projects every row by its expert.
     *
     * @param ends where each expert's run of rows ends, a multiple of {@link Mixture#TILE}
     */
    void forward(Tensor x_mi, Tensor out_mo, int[] ends);

    /** Adds to the gradients of the weights; overwrites that of the input. */
    void backward(Tensor x_mi, Tensor dOut_mo, Tensor dX_mi, int[] ends);

    /**
     * The experts of one layer.
     *
     * @param name what the layer's weights' names begin with
     * @param projection in or out
     */
    static ExpertProjections of(
            Backend backend,
            Workspace workspace,
            Experts experts,
            Parameters parameters,
            String name,
            String projection) {
        List<String> names = new ArrayList<>();
        for (int expert = 0; expert < experts.count(); expert++) {
            names.add(name + ".expert." + expert + "." + projection);
        }
        if (experts.weights() instanceof Experts.Weights.Shared) {
            Projection common = new Projection(backend, parameters, name + "." + projection);
            List<Addition> additions = names.stream()
                    .filter(own -> parameters.find(own + ".left").isPresent())
                    .map(own -> new Addition(parameters.get(own + ".left"), parameters.get(own + ".right")))
                    .toList();
            return new Shared(backend, workspace, common, additions);
        }
        return new Own(names.stream()
                .map(own -> new Projection(backend, parameters, own))
                .toList());
    }

    /** What is done to the rows of one expert. */
    interface Run {
        void rows(int expert, long from, long count);
    }

    /** Passes over all tiles. */
    private static void forEachTile(int experts, int[] ends, Run run) {
        forEach(experts, ends, (expert, from, count) -> {
            for (long tile = from; tile < from + count; tile += Mixture.TILE) {
                run.rows(expert, tile, Mixture.TILE);
            }
        });
    }

    /** Passes over the experts that some row has chosen. */
    private static void forEach(int experts, int[] ends, Run run) {
        for (int expert = 0; expert < experts; expert++) {
            int from = expert == 0 ? 0 : ends[expert - 1];
            if (ends[expert] > from) {
                run.rows(expert, from, ends[expert] - from);
            }
        }
    }

    private static Tensor rows(Tensor x, long from, long count) {
        return x.slice(from * x.columns(), count, x.columns());
    }

    /** A matrix for each expert. */
    record Own(List<Projection> projections) implements ExpertProjections {

        @Override
        public void forward(Tensor x_mi, Tensor out_mo, int[] ends) {
            forEach(
                    projections.size(),
                    ends,
                    (expert, from, count) ->
                            projections.get(expert).forward(rows(x_mi, from, count), rows(out_mo, from, count)));
        }

        @Override
        public void backward(Tensor x_mi, Tensor dOut_mo, Tensor dX_mi, int[] ends) {
            forEach(
                    projections.size(),
                    ends,
                    (expert, from, count) -> projections
                            .get(expert)
                            .backward(rows(x_mi, from, count), rows(dOut_mo, from, count), rows(dX_mi, from, count)));
        }
    }

    /**
     * {@code P Q}.
     *
     * @param left {@code P [o, r]}
     * @param right {@code Q [r, i]}
     */
    record Addition(Parameter left, Parameter right) {}

    /** One matrix for all, and a low-rank addition for each expert; none with rank 0. */
    record Shared(Backend backend, Workspace workspace, Projection common, List<Addition> additions)
            implements ExpertProjections {

        @Override
        public void forward(Tensor x_mi, Tensor out_mo, int[] ends) {
            forEachTile(
                    ends.length,
                    ends,
                    (expert, from, count) -> common.forward(rows(x_mi, from, count), rows(out_mo, from, count)));
            forEachTile(additions.size(), ends, (expert, from, count) -> {
                Addition own = additions.get(expert);
                Tensor added_ko = workspace.take("addition", count, out_mo.columns());
                backend.linear(narrow(own, rows(x_mi, from, count)), own.left.value(), Optional.empty(), added_ko);
                backend.add(added_ko, rows(out_mo, from, count));
            });
        }

        /** {@code x Q^T}: so small a product is computed again rather than kept. */
        private Tensor narrow(Addition own, Tensor x_ki) {
            Tensor narrow_kr =
                    workspace.take("narrow", x_ki.rows(), own.left.value().columns());
            backend.linear(x_ki, own.right.value(), Optional.empty(), narrow_kr);
            return narrow_kr;
        }

        @Override
        public void backward(Tensor x_mi, Tensor dOut_mo, Tensor dX_mi, int[] ends) {
            common.backward(x_mi, dOut_mo, dX_mi);
            forEach(additions.size(), ends, (expert, from, count) -> {
                Addition own = additions.get(expert);
                Tensor x_ki = rows(x_mi, from, count);
                Tensor dOut_ko = rows(dOut_mo, from, count);
                Tensor dNarrow_kr = workspace.take(
                        "narrow gradient", count, own.left.value().columns());
                backend.linearBackwardWeight(narrow(own, x_ki), dOut_ko, own.left.gradient(), Optional.empty());
                backend.linearBackwardInput(dOut_ko, own.left.value(), dNarrow_kr, false);
                backend.linearBackwardWeight(x_ki, dNarrow_kr, own.right.gradient(), Optional.empty());
                backend.linearBackwardInput(dNarrow_kr, own.right.value(), rows(dX_mi, from, count), true);
            });
        }
    }
}
