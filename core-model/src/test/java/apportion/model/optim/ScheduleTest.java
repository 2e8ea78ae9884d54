package apportion.model.optim;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import java.util.List;
import org.junit.jupiter.api.Test;

class ScheduleTest {

    private static final int WARMUP = 10;
    private static final long STEPS = 110;

    private static final List<Schedule> ALL =
            List.of(new Schedule.Constant(WARMUP), new Schedule.Linear(WARMUP, 0.1), new Schedule.Cosine(WARMUP, 0.1));

    @Test
    void everyWarmUpRisesInEqualStepsToThePeak() {
        assertThat(ALL).allSatisfy(schedule -> {
            assertThat(schedule.share(1, STEPS)).isEqualTo(0.1);
            assertThat(schedule.share(5, STEPS)).isEqualTo(0.5);
            assertThat(schedule.share(10, STEPS)).isEqualTo(1);
            assertThat(schedule.share(11, STEPS)).isLessThanOrEqualTo(1).isGreaterThan(0.98);
        });
    }

    @Test
    void withoutWarmUpTheFirstStepIsAtThePeakOrOneStepBelow() {
        assertThat(new Schedule.Constant(0).share(1, 100)).isEqualTo(1);
        assertThat(new Schedule.Linear(0, 0).share(1, 100)).isEqualTo(0.99, within(1e-12));
        assertThat(new Schedule.Cosine(0, 0).share(1, 100)).isEqualTo((1 + Math.cos(Math.PI / 100)) / 2, within(1e-12));
    }

    @Test
    void aConstantStaysAtThePeak() {
        assertThat(ALL.get(0).share(60, STEPS)).isEqualTo(1);
        assertThat(ALL.get(0).share(STEPS, STEPS)).isEqualTo(1);
    }

    @Test
    void aLineAndACosineMeetHalfwayAndEndAtTheFinalFraction() {
        for (Schedule schedule : ALL.subList(1, 3)) {
            assertThat(schedule.share(60, STEPS)).isEqualTo(0.55, within(1e-12));
            assertThat(schedule.share(STEPS, STEPS)).isEqualTo(0.1, within(1e-12));
        }
        assertThat(ALL.get(1).share(35, STEPS)).isEqualTo(0.775, within(1e-12));
        assertThat(ALL.get(2).share(35, STEPS)).isEqualTo(0.1 + 0.45 * (1 + Math.sqrt(0.5)), within(1e-12));
    }

    @Test
    void stepsBeyondTheRunKeepTheFinalFraction() {
        for (Schedule schedule : ALL.subList(1, 3)) {
            assertThat(schedule.share(STEPS + 1, STEPS)).isEqualTo(0.1, within(1e-12));
            assertThat(schedule.share(10 * STEPS, STEPS)).isEqualTo(0.1, within(1e-12));
        }
    }

    @Test
    void aRunNoLongerThanItsWarmUpNeverLeavesIt() {
        assertThat(ALL).allSatisfy(schedule -> {
            assertThat(schedule.share(4, 4)).isEqualTo(0.4);
            assertThat(schedule.share(10, 10)).isEqualTo(1);
        });
    }

    @Test
    void impossibleSettingsAreNamed() {
        assertThatThrownBy(() -> new Schedule.Constant(-1)).hasMessage("warmup-steps must be at least 0, got -1");
        assertThatThrownBy(() -> new Schedule.Linear(-1, 0)).hasMessage("warmup-steps must be at least 0, got -1");
        assertThatThrownBy(() -> new Schedule.Linear(0, 1.5))
                .hasMessage("final-fraction must be between 0 and 1, got 1.5");
        assertThatThrownBy(() -> new Schedule.Cosine(0, -0.1))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessage("final-fraction must be between 0 and 1, got -0.1");
        assertThatThrownBy(() -> new Schedule.Cosine(0, Double.NaN))
                .hasMessage("final-fraction must be between 0 and 1, got NaN");
    }
}
