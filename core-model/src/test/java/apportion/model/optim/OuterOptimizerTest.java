package apportion.model.optim;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import java.util.List;
import java.util.Optional;
import java.util.Random;
import org.junit.jupiter.api.Test;

class OuterOptimizerTest {

    private static final int LENGTH = 1000;

    private static float[] numbers(Random random) {
        float[] numbers = new float[LENGTH];
        for (int i = 0; i < LENGTH; i++) {
            numbers[i] = (float) random.nextGaussian() * (i % 7 == 0 ? 1e6f : 1);
        }
        numbers[3] = -0.0f;
        return numbers;
    }

    @Test
    void aRateOfOneWithoutMomentumIsTheMeanBitForBit() {
        Random random = new Random(1);
        for (Outer outer : List.of(
                new Outer.Average(),
                new Outer.Bmuf(Optional.of(1.0), Optional.of(0.0)),
                new Outer.Diloco(Optional.of(1.0), Optional.of(0.0)))) {
            OuterOptimizer optimizer = new OuterOptimizer(Optional.empty());
            Outer.Rule rule = outer.rule(100, 4);
            for (int round = 0; round < 3; round++) {
                float[] mean = numbers(random);
                assertThat(bits(optimizer.step(rule, numbers(random), mean))).isEqualTo(bits(mean));
            }
            assertThat(optimizer.momentum()).isEmpty();
        }
    }

    private static int[] bits(float[] numbers) {
        int[] bits = new int[numbers.length];
        for (int i = 0; i < bits.length; i++) {
            bits[i] = Float.floatToRawIntBits(numbers[i]);
        }
        return bits;
    }

    /** The textbooks' form, from the parameters instead of the mean. */
    @Test
    void momentumFollowsTheDefinitions() {
        for (boolean nesterov : new boolean[] {false, true}) {
            Outer outer = nesterov
                    ? new Outer.Diloco(Optional.of(0.7), Optional.of(0.9))
                    : new Outer.Bmuf(Optional.of(0.8), Optional.of(0.6));
            Outer.Rule rule = outer.rule(32, 4);
            OuterOptimizer optimizer = new OuterOptimizer(Optional.empty());
            Random random = new Random(2);
            double x = 3;
            double v = 0;
            float[] parameters = new float[LENGTH];
            parameters[0] = 3;
            for (int round = 0; round < 6; round++) {
                float[] mean = new float[LENGTH];
                mean[0] = (float) random.nextGaussian();
                double g = x - mean[0];
                v = rule.momentum() * v + g;
                x -= rule.rate() * (nesterov ? g + rule.momentum() * v : v);
                parameters = optimizer.step(rule, parameters, mean);
                assertThat((double) parameters[0]).isCloseTo(x, within(1e-5));
            }
        }
    }

    @Test
    void goesOnWithWhatItRemembered() {
        Outer.Rule rule = new Outer.Diloco(Optional.empty(), Optional.empty()).rule(20, 2);
        OuterOptimizer whole = new OuterOptimizer(Optional.empty());
        Random random = new Random(3);
        float[] x = whole.step(rule, numbers(random), numbers(random));
        OuterOptimizer resumed = new OuterOptimizer(whole.momentum());
        float[] mean = numbers(random);

        assertThat(resumed.step(rule, x, mean)).isEqualTo(whole.step(rule, x, mean));
        assertThat(resumed.momentum().orElseThrow()).isEqualTo(whole.momentum().orElseThrow());
    }

    @Test
    void aRuleThatForgetsLeavesNothingToTheNext() {
        Outer diloco = new Outer.Diloco(Optional.empty(), Optional.empty());
        OuterOptimizer optimizer = new OuterOptimizer(Optional.empty());
        Random random = new Random(4);
        optimizer.step(diloco.rule(20, 2), numbers(random), numbers(random));
        optimizer.step(diloco.rule(1, 2), numbers(random), numbers(random));
        assertThat(optimizer.momentum()).isEmpty();

        float[] x = numbers(random);
        float[] mean = numbers(random);
        assertThat(optimizer.step(diloco.rule(20, 2), x, mean))
                .isEqualTo(new OuterOptimizer(Optional.empty()).step(diloco.rule(20, 2), x, mean));
    }

    @Test
    void whatIsLeftOutFollowsTheRound() {
        Outer diloco = new Outer.Diloco(Optional.empty(), Optional.empty());
        assertThat(diloco.rule(7, 4)).isEqualTo(new Outer.Rule(1, 0, true));
        assertThat(diloco.rule(8, 4)).isEqualTo(new Outer.Rule(0.7, 0.5, true));
        assertThat(diloco.rule(16, 4)).isEqualTo(new Outer.Rule(0.7, 0.9, true));
        assertThat(new Outer.Diloco(Optional.of(0.3), Optional.empty()).rule(100, 1))
                .isEqualTo(new Outer.Rule(0.3, 0.9, true));
        Outer bmuf = new Outer.Bmuf(Optional.empty(), Optional.empty());
        assertThat(bmuf.rule(100, 4)).isEqualTo(new Outer.Rule(1, 0.75, false));
        assertThat(bmuf.rule(100, 1).forgets()).isTrue();
    }

    @Test
    void impossibleSettingsAreRefused() {
        assertThatThrownBy(() -> new Outer.Bmuf(Optional.of(0.0), Optional.empty()))
                .hasMessage("learning-rate must be positive, got 0.0");
        assertThatThrownBy(() -> new Outer.Diloco(Optional.empty(), Optional.of(1.0)))
                .hasMessage("momentum must be at least 0 and below 1, got 1.0");
    }
}
