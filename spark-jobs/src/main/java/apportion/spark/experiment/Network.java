package apportion.spark.experiment;

/**
 * What all models of an experiment have in common.
 *
 * @param layers attentions, one after the other
 * @param width numbers per token between the linear maps
 * @param bias whether linear maps have biases
 * @param hidden hidden numbers of a position-wise network after the last attention; 0 for none
 */
public record Network(int layers, int width, boolean bias, int hidden) {}
