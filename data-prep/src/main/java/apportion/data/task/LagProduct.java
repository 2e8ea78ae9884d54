package apportion.data.task;

/**
 * The product of two vectors before, number by number: {@code y_t = x_(t-1) * x_(t-2)}.
 *
 * <p>No sum of functions of single vectors comes near it: given either factor alone, or the other one's square, its
 * mean is 0. So both lags have to be told apart and kept until something multiplies them.
 *
 * @param dim {@code d}
 */
public record LagProduct(int dim) implements SyntheticTask {

    public LagProduct {
        if (dim < 1) {
            throw new IllegalArgumentException("dim must be at least 1, got " + dim);
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
        return 2;
    }

    @Override
    public String words() {
        return "the product of the two vectors of " + dim + " numbers before, number by number";
    }

    @Override
    public void solve(float[] inputs, int time, float[] targets) {
        for (int i = 2 * dim; i < time * dim; i++) {
            targets[i] = inputs[i - dim] * inputs[i - 2 * dim];
        }
    }
}
