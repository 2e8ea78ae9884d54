package apportion.model.optim;

/**
 * Weights side by side that learn alike.
 *
 * @param from the first one's place in the flat vector
 * @param count how many
 * @param decays whether weight decay applies
 * @param rate what their learning rate is multiplied by; the decay of a step stays the same
 */
public record WeightRun(long from, long count, boolean decays, double rate) {}
