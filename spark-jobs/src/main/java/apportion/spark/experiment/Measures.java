package apportion.spark.experiment;

/**
 * What is measured of a trained model beside its loss.
 *
 * @param documents its loss document by document, so that differences are paired over these, too
 * @param int8 its loss with every row of every matrix rounded to 8 bits
 * @param drift how far the tokens' vectors went from their start, and lie from those of the output
 */
public record Measures(boolean documents, boolean int8, boolean drift) {}
