package apportion.spark.dl4j;

import java.io.Serializable;
import java.util.List;
import java.util.function.Function;

/**
 * What the workers of a round have come to together, weighted by the examples that each has seen.
 *
 * @param memory where it is averaged, and otherwise none
 * @param score mean over the examples
 */
record Average(Numbers parameters, Numbers memory, double score) implements Serializable {

    /**
     * The same bits wherever it is taken.
     *
     * @param all in the order of the workers; one whose stretch has ended has no vote
     */
    static Average of(List<Workers.Report> all) {
        List<Workers.Report> voters =
                all.stream().filter(report -> report.examples() > 0).toList();
        double score = voters.stream().mapToDouble(Workers.Report::score).sum();
        long examples = voters.stream().mapToLong(Workers.Report::examples).sum();
        return new Average(
                mean(voters, Workers.Report::parameters), mean(voters, Workers.Report::memory), score / examples);
    }

    private static Numbers mean(List<Workers.Report> voters, Function<Workers.Report, Numbers> numbers) {
        long[] weights = voters.stream().mapToLong(Workers.Report::examples).toArray();
        List<Numbers> vectors = voters.stream().map(numbers).toList();
        return Numbers.mean(vectors, weights);
    }

    /** What the next round begins with. */
    Worker.Shared shared(int epoch) {
        return new Worker.Shared(epoch, parameters, memory);
    }
}
