package apportion.data.task;

/**
 * Inputs and what is to be said of them, row after row.
 *
 * @param inputs {@code [time, inputs]}
 * @param targets {@code [time, outputs]}; 0 at places that do not count
 */
@SuppressWarnings("ArrayRecordComponent") // Numbers for one reader; nobody compares sequences.
public record Sequence(float[] inputs, float[] targets) {}
