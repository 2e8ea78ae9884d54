package apportion.data.task;

import java.util.Arrays;
import java.util.Random;

/**
 * What an induction head does: the last vector repeats one of those before, and what followed that one is to be said.
 *
 * <p>{@code x_0 .. x_(T-2)} are white noise, {@code x_(T-1) = x_j} for a random {@code j} from 0 to {@code T - 3}, and
 * {@code y_(T-1) = x_(j+1)}. Places alone say nothing of it, since {@code j} is random: a first layer has to mark each
 * vector with the one before it, a second to look for the mark.
 *
 * @param dim {@code d}
 */
public record Recall(int dim) implements SyntheticTask {

    public Recall {
        if (dim < 2) {
            throw new IllegalArgumentException("dim must be at least 2, or vectors are too much alike, got " + dim);
        }
    }

    @Override
    public int inputs() {
        return dim;
    }

    @Override
    public int leastTime() {
        return 3;
    }

    @Override
    public int firstTarget(int time) {
        return time - 1;
    }

    @Override
    public String words() {
        return "the vector of " + dim + " numbers that followed the earlier copy of the last one";
    }

    @Override
    public void shape(float[] noise, int time, Random random) {
        int repeated = random.nextInt(time - 2);
        System.arraycopy(noise, repeated * dim, noise, (time - 1) * dim, dim);
    }

    @Override
    public void solve(float[] inputs, int time, float[] targets) {
        int last = (time - 1) * dim;
        for (int j = 0; j < time - 2; j++) {
            if (Arrays.equals(inputs, j * dim, (j + 1) * dim, inputs, last, last + dim)) {
                System.arraycopy(inputs, (j + 1) * dim, targets, last, dim);
            }
        }
    }
}
