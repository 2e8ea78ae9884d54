package apportion.spark.train;

import java.io.Serializable;
import org.apache.spark.api.java.JavaSparkContext;
import org.apache.spark.util.LongAccumulator;

/**
 * Sums that Spark's interface shows with every stage and task. Tasks that Spark repeats count again: the run's own
 * records are the truth.
 *
 * @param tokens predicted
 * @param computing milliseconds of steps
 * @param reading milliseconds of waiting for sequences
 */
record RoundCounters(LongAccumulator tokens, LongAccumulator computing, LongAccumulator reading)
        implements Serializable {

    RoundCounters(JavaSparkContext context) {
        this(
                context.sc().longAccumulator("tokens predicted"),
                context.sc().longAccumulator("milliseconds computing"),
                context.sc().longAccumulator("milliseconds waiting for data"));
    }

    /** The state, after it has been counted. */
    ReplicaState counted(ReplicaState state) {
        tokens.add(state.progress().tokens());
        computing.add(Math.round(1e3 * state.progress().spent().compute()));
        reading.add(Math.round(1e3 * state.progress().spent().read()));
        return state;
    }
}
