package apportion.data.task;

/**
 * The sum of the largest numbers in each of {@code d} directions, {@code y = sum over i of max over t of x_t,i}, after
 * the task of arXiv 2510.06662.
 *
 * <p>That task has {@code max a_i . x_t} for given vectors {@code a_i}; inputs are isotropic, so all orthonormal
 * {@code a_i} give the same task, and these are the axes. One target a sequence, at its last place.
 *
 * @param directions {@code d}: as many as an input has numbers
 */
public record SumOfMaxima(int directions) implements SyntheticTask {

    public SumOfMaxima {
        if (directions < 1) {
            throw new IllegalArgumentException("directions must be at least 1, got " + directions);
        }
    }

    @Override
    public int inputs() {
        return directions;
    }

    @Override
    public int outputs() {
        return 1;
    }

    @Override
    public int leastTime() {
        return 1;
    }

    @Override
    public int firstTarget(int time) {
        return time - 1;
    }

    @Override
    public String words() {
        return "the sum of the largest numbers in each of " + directions + " directions";
    }

    @Override
    public void solve(float[] inputs, int time, float[] targets) {
        double sum = 0;
        for (int i = 0; i < directions; i++) {
            double largest = Double.NEGATIVE_INFINITY;
            for (int t = 0; t < time; t++) {
                largest = Math.max(largest, inputs[t * directions + i]);
            }
            sum += largest;
        }
        targets[time - 1] = (float) sum;
    }
}
