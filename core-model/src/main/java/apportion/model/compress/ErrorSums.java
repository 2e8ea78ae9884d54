package apportion.model.compress;

import java.io.Serializable;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.TreeMap;

/** Sums of {@link HeadErrors} over some sequences; those of other sequences add up with them. Serves one thread. */
public final class ErrorSums implements Serializable {

    private static final long serialVersionUID = 1;

    private final TreeMap<Integer, TreeMap<Integer, Squares>> layers = new TreeMap<>();

    /** One head's sums of squares. */
    static final class Squares implements Serializable {

        private static final long serialVersionUID = 1;

        double scores;
        double scoreErrors;
        double outputs;
        double outputErrors;

        void add(Squares other) {
            scores += other.scores;
            scoreErrors += other.scoreErrors;
            outputs += other.outputs;
            outputErrors += other.outputErrors;
        }
    }

    /**
     * One head's errors.
     *
     * @param scores of its scores, as a share of them
     * @param output of what it adds to the residual stream, as a share of that
     */
    public record HeadError(int layer, int head, double scores, double output) {}

    /** Nothing seen yet. */
    ErrorSums(List<Student.Compressed> compressed) {
        for (Student.Compressed heads : compressed) {
            for (int h = 0; h < heads.count(); h++) {
                layers.computeIfAbsent(heads.layer(), layer -> new TreeMap<>()).put(heads.head() + h, new Squares());
            }
        }
    }

    /** The heads of a layer that are compared. */
    Map<Integer, Squares> layer(int layer) {
        Map<Integer, Squares> heads = layers.get(layer);
        return heads == null ? Map.of() : heads;
    }

    /** Adds another's sums to these. */
    public void add(ErrorSums other) {
        layers.forEach((layer, heads) -> {
            Map<Integer, Squares> more = other.layer(layer);
            heads.forEach((head, sum) -> sum.add(Objects.requireNonNull(more.get(head))));
        });
    }

    /** The errors over all that was seen, layer after layer. */
    public List<HeadError> errors() {
        List<HeadError> errors = new ArrayList<>();
        layers.forEach((layer, heads) -> heads.forEach((head, sum) -> errors.add(
                new HeadError(layer, head, share(sum.scoreErrors, sum.scores), share(sum.outputErrors, sum.outputs)))));
        return errors;
    }

    private static double share(double errors, double all) {
        return errors == 0 ? 0 : Math.sqrt(errors / all);
    }
}
