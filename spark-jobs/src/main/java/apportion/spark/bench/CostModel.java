package apportion.spark.bench;

import apportion.spark.failure.UserError;
import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;

/**
 * What a round costs, as a function of workers {@code W}, parameters {@code P} and steps {@code H}:
 *
 * <pre>
 * round   = publish + reduce + beside P + H step
 * publish = a + b W + c P
 * tree    = a + b W + c W P / min(W, cores) + d sqrt(W) P
 * slices  = a + b W + c W^2 + d W P / min(W, cores) + e P
 * driver  = a + b W + c W P
 * </pre>
 *
 * <p>Measured, on executors that are processes of one machine: all coefficients, with its cores. Extrapolated by
 * {@link #plan}: {@code W} beyond what was measured, one core for each worker, and a network: what a node sends or
 * receives in a round, one after the other, at its bandwidth. The driver is one node; the broadcast goes down once and
 * on once, slices go out once and come in once, and a node of the tree takes {@code sqrt(W)} vectors.
 *
 * @param parameters of the model that was trained
 * @param cores that the executors had together
 * @param coefficients of each collective, in seconds
 * @param besideSeconds for each parameter: what a round of the train job takes beside publishing, averaging and steps
 * @param stepSeconds of that model
 */
public record CostModel(
        long parameters, int cores, Map<Collective, double[]> coefficients, double besideSeconds, double stepSeconds) {

    private static final ObjectMapper MAPPER = new ObjectMapper();
    private static final double BYTES = 4;

    public CostModel {
        if (coefficients.size() != Collective.values().length) {
            throw new IllegalArgumentException("coefficients must be of " + Arrays.toString(Collective.values())
                    + ", got " + coefficients.keySet());
        }
        if (parameters < 1 || cores < 1 || !(stepSeconds > 0)) {
            throw new IllegalArgumentException("parameters, cores and stepSeconds must be positive, got " + parameters
                    + ", " + cores + " and " + stepSeconds);
        }
    }

    static CostModel fit(ClusterTask.Result result, int cores, double syncSeconds, double stepSeconds) {
        Map<Collective, double[]> coefficients = new EnumMap<>(Collective.class);
        for (Collective collective : Collective.values()) {
            List<Collective.Times> times = result.collectives().stream()
                    .filter(each -> each.collective() == collective)
                    .toList();
            coefficients.put(
                    collective,
                    LeastSquares.fit(
                            times.stream()
                                    .map(each -> columns(collective, each.workers(), each.numbers(), cores))
                                    .toArray(double[][]::new),
                            times.stream()
                                    .mapToDouble(Collective.Times::seconds)
                                    .toArray()));
        }
        CostModel without = new CostModel(result.parameters(), cores, coefficients, 0, stepSeconds);
        double collectives = without.seconds(Collective.PUBLISH, cores, result.parameters(), cores)
                + without.seconds(Collective.average(cores, result.parameters()), cores, result.parameters(), cores);
        double beside = Math.max(0, syncSeconds - collectives) / result.parameters();
        return new CostModel(result.parameters(), cores, coefficients, beside, stepSeconds);
    }

    private static double[] columns(Collective collective, double workers, double numbers, double cores) {
        double each = workers * numbers / Math.min(workers, cores);
        return switch (collective) {
            case PUBLISH -> new double[] {1, workers, numbers};
            case TREE -> new double[] {1, workers, each, Math.sqrt(workers) * numbers};
            case DRIVER -> new double[] {1, workers, workers * numbers};
            case SLICES -> new double[] {1, workers, workers * workers, each, numbers};
        };
    }

    /** What a collective takes where it was measured, with so many cores. */
    double seconds(Collective collective, int workers, long numbers, int availableCores) {
        double[] columns = columns(collective, workers, (double) numbers, availableCores);
        double[] costs = Objects.requireNonNull(coefficients.get(collective));
        double seconds = 0;
        for (int i = 0; i < columns.length; i++) {
            seconds += columns[i] * costs[i];
        }
        return seconds;
    }

    /** Vectors that the busiest node sends or receives, one after the other. */
    private static double vectors(Collective collective, int workers) {
        return collective == Collective.TREE ? 2 * Math.sqrt(workers) : 2;
    }

    /**
     * One number of workers.
     *
     * @param treeSeconds of a round's synchronisation if it is averaged in a tree
     * @param slicesSeconds the same in slices
     * @param best the faster of the two
     * @param localSteps {@code H} at which the faster one takes the wanted share of a round
     * @param roundSeconds at that {@code H}
     */
    public record Line(
            int workers, double treeSeconds, double slicesSeconds, String best, long localSteps, double roundSeconds) {}

    /**
     * Rounds on a cluster whose workers have a core each.
     *
     * @param numbers {@code P}
     * @param step seconds of one
     * @param bytesPerSecond of a node's network, either way
     * @param share of a round that synchronisation may take, above 0 and below 1
     */
    public Line plan(int workers, long numbers, double step, double bytesPerSecond, double share) {
        double tree = sync(Collective.TREE, workers, numbers, bytesPerSecond);
        double slices = sync(Collective.SLICES, workers, numbers, bytesPerSecond);
        double least = Math.min(tree, slices);
        long localSteps = Math.max(1, (long) Math.ceil(least * (1 - share) / share / step));
        return new Line(
                workers, tree, slices, tree < slices ? "tree" : "slices", localSteps, least + localSteps * step);
    }

    private double sync(Collective reduce, int workers, long numbers, double bytesPerSecond) {
        double vectors = vectors(Collective.PUBLISH, workers) + vectors(reduce, workers);
        return seconds(Collective.PUBLISH, workers, numbers, workers)
                + seconds(reduce, workers, numbers, workers)
                + besideSeconds * numbers
                + vectors * BYTES * numbers / bytesPerSecond;
    }

    /**
     * Reads what {@code bench rounds} has written.
     *
     * @throws UserError if it has not
     */
    public static CostModel read(Path file) {
        try {
            return MAPPER.readValue(Files.readString(file), CostModel.class);
        } catch (NoSuchFileException e) {
            throw new UserError(
                    file + " does not exist; apportion bench rounds --measurements " + file + " writes it", e);
        } catch (JsonProcessingException e) {
            throw new UserError(
                    file + " holds no measurements: " + e.getOriginalMessage() + "; apportion bench rounds"
                            + " --measurements " + file + " writes them",
                    e);
        } catch (IOException e) {
            throw new UserError(file + " cannot be read: " + e.getMessage(), e);
        }
    }

    /** Writes it for {@link #read}. */
    public void write(Path file) {
        try {
            Files.writeString(file, MAPPER.writerWithDefaultPrettyPrinter().writeValueAsString(this));
        } catch (IOException e) {
            throw new UserError(file + " cannot be written: " + e.getMessage(), e);
        }
    }
}
