package apportion.spark.average;

import static org.assertj.core.api.Assertions.assertThat;

import apportion.spark.average.Encoded.Encoding;
import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.ObjectInputStream;
import java.io.ObjectOutputStream;
import java.util.Arrays;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

final class EncodedTest {

    private static float[] vector(int length) {
        Random random = new Random(length);
        float[] vector = new float[length];
        for (int i = 0; i < length; i++) {
            // Blocks of very different sizes.
            vector[i] = (float) (random.nextGaussian() * Math.pow(10, i / Encoded.BLOCK % 9 - 6));
        }
        return vector;
    }

    private static double largest(float[] vector, int block) {
        double largest = 0;
        for (int i = block * Encoded.BLOCK; i < Math.min(vector.length, (block + 1) * Encoded.BLOCK); i++) {
            largest = Math.max(largest, Math.abs(vector[i]));
        }
        return largest;
    }

    @Test
    void everyHalfIsItselfAgain() {
        for (int bits = 0; bits < 1 << 16; bits++) {
            if (((bits >>> 10) & 0x1F) != 0x1F) {
                float number = Half.toFloat((short) bits);
                assertThat(Half.of(number)).isEqualTo((short) bits);
            }
        }
        assertThat(Half.toFloat((short) 0x3C00)).isEqualTo(1f);
        assertThat(Half.toFloat((short) 0x7BFF)).isEqualTo(65504f);
        assertThat(Half.toFloat((short) 0x8001)).isEqualTo(-0x1p-24f);
    }

    @Test
    void betweenTwoHalvesTheNearerIsTakenAndOfEquallyNearOnesTheEven() {
        for (int bits = 0; bits < 0x7BFF; bits++) {
            float below = Half.toFloat((short) bits);
            float above = Half.toFloat((short) (bits + 1));
            float middle = (below + above) / 2;
            assertThat(Half.of(middle)).isEqualTo((short) (bits % 2 == 0 ? bits : bits + 1));
            assertThat(Half.of(Math.nextDown(middle))).isEqualTo((short) bits);
            assertThat(Half.of(-Math.nextUp(middle))).isEqualTo((short) ((bits + 1) | 0x8000));
        }
    }

    @ParameterizedTest
    @EnumSource
    void bytesAreKnownBeforehand(Encoding encoding) {
        for (int length : new int[] {0, 1, 1023, 1024, 1025, 5000}) {
            assertThat(encoding.bytes(length))
                    .isEqualTo(encoding.encode(vector(length)).bytes());
        }
    }

    @Test
    void errorsStayBelowWhatIsPromised() {
        float[] vector = vector(5000);
        float[] halves = Encoding.FLOAT16.encode(vector).decode();
        float[] bytes = Encoding.INT8.encode(vector).decode();
        for (int i = 0; i < vector.length; i++) {
            double largest = largest(vector, i / Encoded.BLOCK);
            double half = Math.max(Math.abs(vector[i]) * 0x1p-11, largest * 0x1p-25);
            assertThat(Math.abs((double) halves[i] - vector[i])).isLessThanOrEqualTo(1.001 * half);
            assertThat(Math.abs((double) bytes[i] - vector[i])).isLessThanOrEqualTo(1.001 * largest / 254);
        }
        assertThat(Encoding.FLOAT.encode(vector).decode()).isEqualTo(vector);
    }

    @ParameterizedTest
    @EnumSource
    void zerosStayZerosAndNothingStaysNothing(Encoding encoding) {
        assertThat(encoding.encode(new float[2000]).decode()).containsOnly(0f);
        assertThat(encoding.encode(new float[0]).decode()).isEmpty();
        assertThat(encoding.encode(new float[] {Float.MIN_VALUE, Float.MAX_VALUE})
                        .decode()[1])
                .isBetween(0.99f * Float.MAX_VALUE, Float.MAX_VALUE);
    }

    @ParameterizedTest
    @EnumSource
    void slicesAreThoseOfTheWhole(Encoding encoding) {
        Encoded whole = encoding.encode(vector(3 * Encoded.BLOCK + 77));
        float[] decoded = whole.decode();
        int[][] bounds = {{0, 1024}, {1024, 3072}, {2048, 3149}, {3072, 3149}, {1024, 1024}};
        for (int[] bound : bounds) {
            Encoded slice = whole.slice(bound[0], bound[1]);
            assertThat(slice.length()).isEqualTo(bound[1] - bound[0]);
            assertThat(slice.decode()).isEqualTo(Arrays.copyOfRange(decoded, bound[0], bound[1]));
        }
    }

    @Test
    void bytesAreCounted() {
        assertThat(Encoding.FLOAT.encode(vector(2048)).bytes()).isEqualTo(8192);
        assertThat(Encoding.FLOAT16.encode(vector(2048)).bytes()).isEqualTo(4096 + 8);
        assertThat(Encoding.INT8.encode(vector(2049)).bytes()).isEqualTo(2049 + 12);
    }

    @Test
    void javasSerializationKeepsEveryBitOfFloatsAndAddsNextToNothing() throws Exception {
        // The last length fills one block and begins another.
        for (int length : new int[] {0, 1, 1000, (1 << 24) + 3}) {
            float[] numbers = new float[length];
            for (int i = 0; i < length; i++) {
                // All signs and exponents, infinities and NaNs with payloads among them.
                numbers[i] = Float.intBitsToFloat(i * 0x9E3779B9);
            }
            ByteArrayOutputStream bytes = new ByteArrayOutputStream(4 * length + 1000);
            new ObjectOutputStream(bytes).writeObject(new Encoded.Floats(numbers));
            assertThat(bytes.size()).isLessThan(4 * length + 300);

            Object read = new ObjectInputStream(new ByteArrayInputStream(bytes.toByteArray())).readObject();

            assertThat(Arrays.compare(bits(((Encoded.Floats) read).numbers()), bits(numbers)))
                    .isZero();
        }
    }

    private static int[] bits(float[] numbers) {
        int[] bits = new int[numbers.length];
        for (int i = 0; i < bits.length; i++) {
            bits[i] = Float.floatToRawIntBits(numbers[i]);
        }
        return bits;
    }
}
