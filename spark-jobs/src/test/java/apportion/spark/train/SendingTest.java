package apportion.spark.train;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import apportion.spark.average.Encoded.Encoding;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

final class SendingTest {

    private static final int LENGTH = 3000;

    private static float[] numbers(Random random, double size) {
        float[] numbers = new float[LENGTH];
        for (int i = 0; i < LENGTH; i++) {
            numbers[i] = (float) (size * random.nextGaussian());
        }
        return numbers;
    }

    @Test
    void parametersAreSentAsTheyAre() {
        float[] after = numbers(new Random(1), 1);
        Sending sending = Sending.of(Encoding.FLOAT, new float[LENGTH], after, new float[0]);
        assertThat(sending.sent().decode()).isEqualTo(after);
        assertThat(Sending.mean(Encoding.FLOAT, new float[LENGTH], after)).isSameAs(after);
    }

    @ParameterizedTest
    @EnumSource(names = {"FLOAT16", "INT8"})
    void whatIsWithheldIsSentLater(Encoding encoding) {
        Random random = new Random(2);
        float[] before = numbers(random, 1);
        float[] residual = new float[LENGTH];
        double[] changed = new double[LENGTH];
        double[] arrived = new double[LENGTH];
        for (int round = 0; round < 50; round++) {
            float[] after = before.clone();
            float[] change = numbers(random, 1e-3);
            for (int i = 0; i < LENGTH; i++) {
                after[i] += change[i];
                changed[i] += (double) after[i] - before[i];
            }
            Sending sending = Sending.of(encoding, before, after, residual);
            residual = sending.residual();
            float[] sent = sending.sent().decode();
            for (int i = 0; i < LENGTH; i++) {
                arrived[i] += sent[i];
            }
            before = Sending.mean(encoding, before, sent);
        }
        for (int i = 0; i < LENGTH; i++) {
            assertThat(arrived[i] + residual[i]).isCloseTo(changed[i], within(1e-7));
            // The largest of 1,024 changes is about 4e-3.
            assertThat((double) residual[i]).isBetween(-1e-4, 1e-4);
        }
    }
}
