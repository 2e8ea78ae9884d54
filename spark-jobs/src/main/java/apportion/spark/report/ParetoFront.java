package apportion.spark.report;

import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;

/**
 * The layouts that no other one beats at once in loss and in one cost: each other layout loses as much or more at the
 * same cost or a higher one. Judged by means; that a layout is on a front is as uncertain as its loss.
 *
 * @param cost what the loss is weighed against
 * @param layouts cheapest first, each with a lower loss than those before it
 */
record ParetoFront(Cost cost, List<LayoutFinding> layouts) {

    /** What a layout costs. */
    enum Cost {
        PARAMETERS("parameters", "parameters"),
        FLOPS("forwardFlops", "forward FLOPs"),
        KEY_VALUE_BYTES("keyValueBytes", "KV-cache bytes"),
        /** More is better. */
        SPEED("tokensPerSecond", "measured tokens/s");

        private final String key;
        private final String words;

        Cost(String key, String words) {
            this.key = key;
            this.words = words;
        }

        /** Name in the JSON. */
        String key() {
            return key;
        }

        String words() {
            return words;
        }

        double of(LayoutFinding layout) {
            return switch (this) {
                case PARAMETERS -> layout.parameters();
                case FLOPS -> layout.forwardFlops();
                case KEY_VALUE_BYTES -> layout.keyValueBytes();
                case SPEED -> layout.tokensPerSecond();
            };
        }

        boolean moreIsBetter() {
            return this == SPEED;
        }

        private double burden(LayoutFinding layout) {
            return moreIsBetter() ? -of(layout) : of(layout);
        }
    }

    static ParetoFront of(Cost cost, List<LayoutFinding> layouts) {
        List<LayoutFinding> front = new ArrayList<>();
        layouts.stream()
                .sorted(Comparator.comparingDouble(cost::burden)
                        .thenComparingDouble(layout -> layout.loss().value()))
                .forEach(layout -> {
                    if (front.isEmpty()
                            || layout.loss().value()
                                    < front.get(front.size() - 1).loss().value()) {
                        front.add(layout);
                    }
                });
        return new ParetoFront(cost, front);
    }

    /** Whether layouts differ in this cost, or there is nothing to weigh. */
    static boolean differs(Cost cost, List<LayoutFinding> layouts) {
        return layouts.stream().mapToDouble(cost::of).distinct().count() > 1;
    }
}
