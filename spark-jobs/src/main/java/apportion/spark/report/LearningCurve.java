package apportion.spark.report;

import apportion.spark.study.Panels;
import java.util.List;

/**
 * Losses of one trial on its way, in nats per token.
 *
 * @param training mean loss of the tokens trained on since the point before
 * @param validation loss on the validation split or on a part of it; often fewer points, or none
 */
public record LearningCurve(List<Point> training, List<Point> validation) {

    public LearningCurve {
        training = inOrder(training, "training");
        validation = inOrder(validation, "validation");
    }

    /** A trial that recorded no losses. */
    public static LearningCurve none() {
        return new LearningCurve(List.of(), List.of());
    }

    /**
     * One place on a curve.
     *
     * @param step optimizer steps of one replica
     * @param tokens seen by all replicas
     * @param loss nats per token; not finite where a run diverged
     */
    public record Point(long step, long tokens, double loss) {}

    /** Loss against tokens: training as a line, validation as rings. */
    public Panels.Curve drawn() {
        return new Panels.Curve(places(training), places(validation));
    }

    private static List<Panels.Place> places(List<Point> points) {
        return points.stream()
                .map(point -> new Panels.Place(point.tokens(), point.loss()))
                .toList();
    }

    private static List<Point> inOrder(List<Point> points, String name) {
        for (int i = 1; i < points.size(); i++) {
            if (points.get(i).tokens() < points.get(i - 1).tokens()) {
                throw new IllegalArgumentException("the " + name + " curve must run forward in tokens, got "
                        + points.get(i).tokens() + " after " + points.get(i - 1).tokens());
            }
        }
        return List.copyOf(points);
    }
}
