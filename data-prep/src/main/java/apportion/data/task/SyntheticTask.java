package apportion.data.task;

import java.io.Serializable;
import java.util.Random;

/** A task whose sequences follow from a seed. Inputs are white noise: independent standard normal numbers. */
public sealed interface SyntheticTask extends Serializable permits LagSum, LagProduct, Recall, SumOfMaxima {

    /** Numbers of an input vector. */
    int inputs();

    /** Numbers of a target vector. */
    default int outputs() {
        return inputs();
    }

    /** Fewest vectors that a sequence needs for at least one target. */
    int leastTime();

    /** First place of a sequence whose target counts; those of earlier places are 0. */
    int firstTarget(int time);

    /** What the task is, in words. */
    String words();

    /**
     * Writes the targets that belong to given inputs.
     *
     * @param inputs {@code [time, inputs]}
     * @param targets {@code [time, outputs]}, zeros
     */
    void solve(float[] inputs, int time, float[] targets);

    /** Changes white noise into the task's inputs. */
    default void shape(float[] noise, int time, Random random) {}

    /**
     * A sequence.
     *
     * @param seed of the set that it belongs to
     * @param index its number in that set
     * @param time how many vectors it has
     */
    default Sequence sequence(long seed, long index, int time) {
        if (time < leastTime()) {
            throw new IllegalArgumentException(
                    "a sequence of this task needs at least " + leastTime() + " vectors, got " + time);
        }
        Random random = new Random(mixed(mixed(seed) + index));
        float[] inputs = new float[time * inputs()];
        for (int i = 0; i < inputs.length; i++) {
            inputs[i] = (float) random.nextGaussian();
        }
        shape(inputs, time, random);
        float[] targets = new float[time * outputs()];
        solve(inputs, time, targets);
        return new Sequence(inputs, targets);
    }

    /** Neighbouring seeds of {@link Random} give numbers that resemble each other (Steele et al. 2014, figure 19). */
    private static long mixed(long value) {
        long z = value + 0x9E3779B97F4A7C15L;
        z = (z ^ (z >>> 30)) * 0xBF58476D1CE4E5B9L;
        z = (z ^ (z >>> 27)) * 0x94D049BB133111EBL;
        return z ^ (z >>> 31);
    }
}
