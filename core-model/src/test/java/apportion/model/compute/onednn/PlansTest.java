package apportion.model.compute.onednn;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;

final class PlansTest {

    private record Counted(List<Integer> open, Integer number) implements Plans.Plan {
        Counted {
            open.add(number);
        }

        @Override
        public void close() {
            open.remove(number);
        }
    }

    @Test
    void everNewShapesDoNotPileUpAndKnownOnesAreKept() {
        List<Integer> open = new ArrayList<>();
        try (Plans plans = new Plans()) {
            for (int i = 0; i < 5000; i++) {
                int number = i;
                Counted first = plans.get(Counted.class, number, () -> new Counted(open, number));
                assertThat(plans.get(Counted.class, number, () -> new Counted(open, -1)))
                        .isSameAs(first);
                assertThat(open).hasSizeLessThanOrEqualTo(1024).contains(number);
            }
        }
        assertThat(open).isEmpty();
    }

    @Test
    void whatRoomWasMadeForStaysOpenTogether() {
        List<Integer> open = new ArrayList<>();
        try (Plans plans = new Plans()) {
            for (int i = 0; i < 1000; i++) {
                int number = i;
                plans.get(Counted.class, number, () -> new Counted(open, number));
            }
            plans.makeRoom(100);
            for (int i = 1000; i < 1100; i++) {
                int number = i;
                plans.get(Counted.class, number, () -> new Counted(open, number));
            }
            assertThat(open).hasSize(100);
        }
    }
}
