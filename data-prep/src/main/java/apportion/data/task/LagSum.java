package apportion.data.task;

import java.util.List;

/**
 * A weighted sum of the vectors before: {@code y_t = sum over m = 1 .. L of w_m x_(t-m)}.
 *
 * <p>With one weight it is the copy of the previous token. Who sees the first {@code k} lags alone can do no better
 * than an error of {@code sum of w_m^2 over m > k}, times {@code d}.
 *
 * @param dim {@code d}
 * @param weights {@code w_1 .. w_L}
 */
public record LagSum(int dim, List<Double> weights) implements SyntheticTask {

    public LagSum {
        weights = List.copyOf(weights);
        if (dim < 1) {
            throw new IllegalArgumentException("dim must be at least 1, got " + dim);
        }
        if (weights.isEmpty() || weights.stream().allMatch(weight -> weight == 0)) {
            throw new IllegalArgumentException("weights must hold at least one that is not 0, got " + weights);
        }
    }

    /** Whether it is, up to a factor, an average: all weights of one sign. */
    public boolean isAverage() {
        return weights.stream().allMatch(weight -> weight >= 0)
                || weights.stream().allMatch(weight -> weight <= 0);
    }

    @Override
    public int inputs() {
        return dim;
    }

    @Override
    public int leastTime() {
        return weights.size() + 1;
    }

    @Override
    public int firstTarget(int time) {
        return weights.size();
    }

    @Override
    public String words() {
        String vectors = "vectors of " + dim + " numbers before";
        if (weights.size() == 1) {
            return "a copy of the previous vector of " + dim + " numbers";
        }
        return weights.stream().distinct().count() == 1
                ? "the sum of the " + weights.size() + " " + vectors
                : "the sum of the " + weights.size() + " " + vectors + ", weighted by " + weights;
    }

    @Override
    public void solve(float[] inputs, int time, float[] targets) {
        for (int t = firstTarget(time); t < time; t++) {
            for (int i = 0; i < dim; i++) {
                double sum = 0;
                for (int m = 1; m <= weights.size(); m++) {
                    sum += weights.get(m - 1) * inputs[(t - m) * dim + i];
                }
                targets[t * dim + i] = (float) sum;
            }
        }
    }
}
