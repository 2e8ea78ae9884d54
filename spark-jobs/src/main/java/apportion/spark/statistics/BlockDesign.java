package apportion.spark.statistics;

import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.OptionalDouble;
import java.util.function.DoubleUnaryOperator;
import java.util.stream.IntStream;

/** Finished trials of several layouts under common seeds and documents; formulas in the package's description. */
public final class BlockDesign {

    private static final double LEVEL = 0.95;

    /** A p-value is found to within {@code 2^-40}. */
    private static final int P_VALUE_BITS = 40;

    /** Chance with which {@link #detectable} finds a difference that is there. */
    public static final double POWER = 0.8;

    private final List<Trial> trials;
    private final int documents;
    private final double[] losses;
    private final AdditiveFit ofLayouts;
    private final AdditiveFit paired;

    /** {@code [layout][trial]}: the weights of each layout's mean. */
    private final double[][] weights;

    private final Noise amongMeans;
    private final Noise amongDifferences;

    /** Tukey's critical values are slow to find and depend on the degrees of freedom of seeds and documents only. */
    private final Map<Double, Double> tukey = new HashMap<>();

    private BlockDesign(List<Trial> trials, int documents) {
        this.trials = trials;
        this.documents = documents;
        losses = trials.stream().mapToDouble(trial -> trial.loss().value()).toArray();
        int[] layoutOf = trials.stream().mapToInt(Trial::layout).toArray();
        int[] seedOf = trials.stream().mapToInt(Trial::seed).toArray();
        ofLayouts = AdditiveFit.ofLayouts(layoutOf, seedOf);
        paired = AdditiveFit.ofLayoutsAndSeeds(layoutOf, seedOf);
        weights = weights();
        amongMeans = noise(ofLayouts, degreesOfMeans());
        amongDifferences = noise(paired, paired.degrees());
    }

    /**
     * A finished trial.
     *
     * @param layout its number, counted from 0; every number up to the largest must occur
     * @param seed likewise
     */
    public record Trial(int layout, int seed, DocumentRatio loss) {}

    /**
     * Mean squares that tell how far trials of one layout lie apart.
     *
     * @param trials {@code MS}
     * @param documents {@code MS3}
     * @param degrees 0 where no layout has two seeds: then nothing is known
     */
    private record Noise(double trials, double documents, double degrees) {}

    /**
     * Prepares the analysis.
     *
     * @throws IllegalArgumentException if there is no trial, or if trials were measured on different numbers of
     *     documents
     */
    public static BlockDesign of(List<Trial> trials) {
        if (trials.isEmpty()) {
            throw new IllegalArgumentException("a comparison needs at least one finished trial, got none");
        }
        int[] documents = trials.stream()
                .mapToInt(trial -> trial.loss().documents())
                .filter(count -> count > 0)
                .distinct()
                .toArray();
        if (documents.length > 1) {
            throw new IllegalArgumentException("all trials must be validated on the same documents, got trials with "
                    + documents[0] + " and with " + documents[1] + " of them");
        }
        boolean divided = trials.stream().allMatch(trial -> trial.loss().documents() > 1);
        return new BlockDesign(List.copyOf(trials), divided ? documents[0] : 0);
    }

    public int layouts() {
        return paired.layouts();
    }

    /** Whether some layout was trained with more than one seed, so that the luck of a seed can be estimated. */
    public boolean knowsSeedNoise() {
        return amongDifferences.degrees > 0;
    }

    /** Whether the loss is known document by document, for two documents or more. */
    public boolean knowsDocumentNoise() {
        return documents > 1;
    }

    /** Documents over which losses are known to vary; 0 if there are fewer than two. */
    public int documents() {
        return documents;
    }

    /** Whether layouts share seeds, so that differences are taken seed by seed. */
    boolean pairsSeeds() {
        return paired.withSeeds();
    }

    /** Standard deviation of a trial's loss about layout and seed, in nats per token. */
    public OptionalDouble seedNoise() {
        return knowsSeedNoise() ? OptionalDouble.of(Math.sqrt(amongDifferences.trials)) : OptionalDouble.empty();
    }

    /** Degrees of freedom on which {@link #seedNoise} rests. */
    public int seedNoiseDegrees() {
        return paired.degrees();
    }

    /** A layout's loss, averaged over seeds, with the 95% interval for other seeds and other documents. */
    public Estimate mean(int layout) {
        return estimate(weights[layout], margin(weights[layout], amongMeans, Student::margin95));
    }

    /** How much more one layout loses than another; the 95% intervals of all pairs of layouts hold at once. */
    public Estimate difference(int layout, int from) {
        double[] contrast = minus(weights[layout], weights[from]);
        return estimate(contrast, margin(contrast, amongDifferences, this::tukey));
    }

    /** The same with a 95% interval of its own, for a difference that was named before looking. */
    public Estimate differenceAlone(int layout, int from) {
        double[] contrast = minus(weights[layout], weights[from]);
        return estimate(contrast, margin(contrast, amongDifferences, Student::margin95));
    }

    /**
     * How much more a layout loses than the mean of all, with its own 95% interval.
     *
     * <p>What moves all layouts alike (another validation text, another seed) is left out, so such intervals can be
     * drawn side by side (Franz and Loftus 2012).
     */
    public Estimate againstAll(int layout) {
        double[] average = IntStream.range(0, trials.size())
                .mapToDouble(c ->
                        Arrays.stream(weights).mapToDouble(w -> w[c]).average().orElse(0))
                .toArray();
        double[] contrast = minus(weights[layout], average);
        return estimate(contrast, margin(contrast, amongDifferences, Student::margin95));
    }

    /**
     * The true difference that {@link #difference} would tell from 0 with {@link #POWER}; about {@code (tukey +
     * t(power)) * standard error}, in nats per token.
     */
    public OptionalDouble detectable(int layout, int from) {
        return detectable(layout, from, this::tukey);
    }

    /** The same of {@link #differenceAlone}. */
    public OptionalDouble detectableAlone(int layout, int from) {
        return detectable(layout, from, Student::margin95);
    }

    private OptionalDouble detectable(int layout, int from, DoubleUnaryOperator level) {
        double[] contrast = minus(weights[layout], weights[from]);
        OptionalDouble critical = margin(contrast, amongDifferences, level);
        OptionalDouble power = margin(contrast, amongDifferences, degrees -> Student.quantile(POWER, degrees));
        return critical.isEmpty() ? critical : OptionalDouble.of(critical.getAsDouble() + power.getAsDouble());
    }

    /**
     * The p-value of a difference by itself, not corrected for other comparisons: the level at which Student's interval
     * just reaches 0. Unknown where nothing is known of the noise.
     */
    public OptionalDouble pValue(int layout, int from) {
        return pValue(layout, from, 0);
    }

    /** The same of another value than 0. */
    public OptionalDouble pValue(int layout, int from, double value) {
        double[] contrast = minus(weights[layout], weights[from]);
        double distance = Math.abs(estimate(contrast, OptionalDouble.empty()).value() - value);
        if (margin(contrast, amongDifferences, Student::margin95).isEmpty()) {
            return OptionalDouble.empty();
        }
        if (distance == 0) {
            return OptionalDouble.of(1);
        }
        double low = 0;
        double high = 1;
        for (int halving = 0; halving < P_VALUE_BITS; halving++) {
            double level = (low + high) / 2;
            double margin = margin(contrast, amongDifferences, degrees -> Student.quantile(1 - level / 2, degrees))
                    .getAsDouble();
            if (margin > distance) {
                low = level;
            } else {
                high = level;
            }
        }
        return OptionalDouble.of(high);
    }

    private double[][] weights() {
        double[][] byTrial = new double[trials.size()][];
        for (int c = 0; c < byTrial.length; c++) {
            double[] one = new double[byTrial.length];
            one[c] = 1;
            byTrial[c] = paired.layoutMeans(one);
        }
        double[][] byLayout = new double[paired.layouts()][byTrial.length];
        for (int i = 0; i < byLayout.length; i++) {
            for (int c = 0; c < byTrial.length; c++) {
                byLayout[i][c] = byTrial[c][i];
            }
        }
        return byLayout;
    }

    private Noise noise(AdditiveFit model, double degrees) {
        if (model.degrees() < 1) {
            return new Noise(0, 0, 0);
        }
        double ofDocuments = 0;
        double[] deviations = new double[trials.size()];
        for (int k = 0; k < documents; k++) {
            for (int c = 0; c < deviations.length; c++) {
                deviations[c] = trials.get(c).loss().deviation(k);
            }
            ofDocuments += model.residualSquares(deviations);
        }
        return new Noise(model.residualSquares(losses) / model.degrees(), ofDocuments / model.degrees(), degrees);
    }

    /** The mean square about layouts mixes that of seeds, on few degrees of freedom, with the residual one. */
    private double degreesOfMeans() {
        if (!paired.withSeeds() || paired.degrees() < 1) {
            return ofLayouts.degrees();
        }
        // Satterthwaite 1946; the two sums of squares weigh alike, so their common divisor cancels.
        double residual = paired.residualSquares(losses);
        double ofSeeds = Math.max(0, ofLayouts.residualSquares(losses) - residual);
        double total = residual + ofSeeds;
        if (total == 0) {
            return ofLayouts.degrees();
        }
        int seedDegrees = ofLayouts.degrees() - paired.degrees();
        double seedShare = ofSeeds / total;
        double residualShare = residual / total;
        return 1 / (seedShare * seedShare / seedDegrees + residualShare * residualShare / paired.degrees());
    }

    /** Half the width of an interval: those for seeds and for documents, added in quadrature (Howe 1974). */
    private OptionalDouble margin(double[] statistic, Noise noise, DoubleUnaryOperator critical) {
        double squares = Arrays.stream(statistic).map(w -> w * w).sum();
        double margin = 0;
        if (noise.degrees > 0) {
            margin = critical.applyAsDouble(noise.degrees) * Math.sqrt(noise.trials * squares);
        }
        if (knowsDocumentNoise()) {
            double sampled =
                    Arrays.stream(deviations(statistic)).map(e -> e * e).sum();
            double variance = Math.max(0, sampled - noise.documents * squares);
            double degrees = trials.get(0).loss().degrees();
            margin = Math.hypot(margin, critical.applyAsDouble(degrees) * Math.sqrt(variance));
        }
        return noise.degrees > 0 || knowsDocumentNoise() ? OptionalDouble.of(margin) : OptionalDouble.empty();
    }

    private double tukey(double degrees) {
        return layouts() < 2
                ? 0
                : tukey.computeIfAbsent(degrees, d -> StudentizedRange.quantile(LEVEL, layouts(), d) / Math.sqrt(2));
    }

    /** What each document adds to a statistic's deviation. */
    private double[] deviations(double[] statistic) {
        double[] sum = new double[documents];
        for (int c = 0; c < statistic.length; c++) {
            for (int k = 0; k < documents; k++) {
                sum[k] += statistic[c] * trials.get(c).loss().deviation(k);
            }
        }
        return sum;
    }

    private Estimate estimate(double[] statistic, OptionalDouble margin) {
        double value = IntStream.range(0, statistic.length)
                .mapToDouble(c -> statistic[c] * losses[c])
                .sum();
        return margin.isPresent() ? Estimate.about(value, margin.getAsDouble()) : Estimate.unsure(value);
    }

    private static double[] minus(double[] a, double[] b) {
        return IntStream.range(0, a.length).mapToDouble(c -> a[c] - b[c]).toArray();
    }
}
