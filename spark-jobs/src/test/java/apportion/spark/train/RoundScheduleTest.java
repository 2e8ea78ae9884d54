package apportion.spark.train;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import apportion.spark.train.RoundSchedule.Round;
import apportion.spark.train.RoundSchedule.Stage;
import java.util.List;
import java.util.Random;
import java.util.stream.LongStream;
import org.junit.jupiter.api.Test;

final class RoundScheduleTest {

    private static List<Round> all(RoundSchedule schedule) {
        return LongStream.rangeClosed(1, schedule.rounds())
                .mapToObj(schedule::round)
                .toList();
    }

    @Test
    void withoutARampAllRoundsButTheLastAreAlike() {
        assertThat(all(new RoundSchedule(8, List.of(), 3)))
                .containsExactly(new Round(1, 0, 3, 3), new Round(2, 3, 3, 3), new Round(3, 6, 2, 3));
    }

    @Test
    void aStageEndsWhereItSays() {
        RoundSchedule schedule = new RoundSchedule(12, List.of(new Stage(2, 1), new Stage(5, 2)), 4);
        assertThat(all(schedule))
                .containsExactly(
                        new Round(1, 0, 1, 1),
                        new Round(2, 1, 1, 1),
                        new Round(3, 2, 2, 2),
                        new Round(4, 4, 1, 2),
                        new Round(5, 5, 4, 4),
                        new Round(6, 9, 3, 4));
    }

    @Test
    void aRunMayEndWithinTheRamp() {
        RoundSchedule schedule = new RoundSchedule(3, List.of(new Stage(2, 1), new Stage(50, 20), new Stage(60, 3)), 4);
        assertThat(all(schedule)).containsExactly(new Round(1, 0, 1, 1), new Round(2, 1, 1, 1), new Round(3, 2, 1, 20));
    }

    @Test
    void everyStepBelongsToOneRound() {
        Random random = new Random(1);
        for (int i = 0; i < 200; i++) {
            int first = 1 + random.nextInt(20);
            RoundSchedule schedule = new RoundSchedule(
                    1 + random.nextInt(60),
                    List.of(
                            new Stage(first, 1 + random.nextInt(9)),
                            new Stage(first + 1 + random.nextInt(20), 1 + random.nextInt(9))),
                    1 + random.nextInt(9));
            long next = 0;
            for (Round round : all(schedule)) {
                assertThat(round.before()).isEqualTo(next);
                assertThat(round.steps()).isBetween(1L, (long) round.localSteps());
                next += round.steps();
            }
            assertThat(next).isEqualTo(schedule.steps());
        }
    }

    @Test
    void whatMakesNoScheduleIsRefused() {
        assertThatThrownBy(() -> new RoundSchedule(9, List.of(new Stage(5, 1), new Stage(5, 2)), 4))
                .hasMessage("ramp must name its stages in the order of their ends, got one until 5 after one until 5");
        assertThatThrownBy(() -> new Stage(0, 1)).hasMessage("until must be at least 1, got 0");
        assertThatThrownBy(() -> new Stage(5, 0)).hasMessage("local-steps must be at least 1, got 0");
    }
}
