package apportion.spark.report.statistics;

import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import java.util.OptionalDouble;
import java.util.stream.IntStream;

/** Finished trials of several layouts under common seeds and documents; formulas in the package's description. */
public final class BlockDesign {

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

    /** Whether layouts share seeds, so that differences are taken seed by seed. */
    public boolean pairsSeeds() {
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
        return estimate(weights[layout], spread(weights[layout], amongMeans).map(Spread::margin));
    }

    /** How much more one layout loses than another; the 95% intervals of all pairs of layouts hold at once. */
    public Estimate difference(int layout, int from) {
        double[] contrast = minus(weights[layout], weights[from]);
        return estimate(contrast, spread(contrast, amongDifferences).map(spread -> spread.marginAmong(layouts())));
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
        return estimate(contrast, spread(contrast, amongDifferences).map(Spread::margin));
    }

    /**
     * The true difference that {@link #difference} would tell from 0 with {@link #POWER}; about {@code (tukey +
     * t(power)) * standard error}, in nats per token.
     */
    public OptionalDouble detectable(int layout, int from) {
        Optional<Spread> spread = spread(minus(weights[layout], weights[from]), amongDifferences);
        return spread.isEmpty()
                ? OptionalDouble.empty()
                : OptionalDouble.of(spread.get().marginAmong(layouts())
                        + spread.get().standardError() * spread.get().quantile(POWER));
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
        if (documents > 1) {
            ofDocuments /= (double) model.degrees() * (documents - 1);
        }
        return new Noise(model.residualSquares(losses) / model.degrees(), ofDocuments, degrees);
    }

    /** The mean square about layouts mixes that of seeds, on few degrees of freedom, with the residual one. */
    private double degreesOfMeans() {
        if (!paired.withSeeds() || paired.degrees() < 1) {
            return ofLayouts.degrees();
        }
        double residual = paired.residualSquares(losses);
        double ofSeeds = Math.max(0, ofLayouts.residualSquares(losses) - residual);
        int seedDegrees = ofLayouts.degrees() - paired.degrees();
        return Spread.sum(new Spread(ofSeeds, seedDegrees), new Spread(residual, paired.degrees()))
                .degrees();
    }

    private Optional<Spread> spread(double[] statistic, Noise noise) {
        double squares = Arrays.stream(statistic).map(w -> w * w).sum();
        Optional<Spread> ofSeeds =
                noise.degrees > 0 ? Optional.of(new Spread(noise.trials * squares, noise.degrees)) : Optional.empty();
        if (!knowsDocumentNoise()) {
            return ofSeeds;
        }
        double alreadyCounted = noise.documents * squares / documents;
        double variance = Math.max(0, DocumentRatio.variance(deviations(statistic)) - alreadyCounted);
        Spread ofDocuments = new Spread(variance, documents - 1);
        return Optional.of(ofSeeds.map(seeds -> Spread.sum(seeds, ofDocuments)).orElse(ofDocuments));
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

    private Estimate estimate(double[] statistic, Optional<Double> margin) {
        double value = IntStream.range(0, statistic.length)
                .mapToDouble(c -> statistic[c] * losses[c])
                .sum();
        return margin.map(m -> Estimate.about(value, m)).orElse(Estimate.unsure(value));
    }

    private static double[] minus(double[] a, double[] b) {
        return IntStream.range(0, a.length).mapToDouble(c -> a[c] - b[c]).toArray();
    }
}
