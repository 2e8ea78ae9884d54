/**
 * What a sweep's losses say about its layouts, and how sure that is.
 *
 * <p>Every layout is trained with the same seeds and validated on the same documents. So a sweep is a randomised block
 * design (layouts are the treatments, seeds the blocks), each of whose cells is itself measured on one sample of
 * documents. That is the design of multi-reader multi-case studies, with seeds for readers and documents for cases, and
 * it is analysed like one: Dorfman, Berbaum and Metz 1992; Hillis 2007.
 *
 * <pre>
 * i, j, k    layout, seed, document;  L, S, n how many there are
 * l_k, t_k   loss of a document, summed over its tokens (nats); number of its predicted tokens
 * R          loss of a trial, sum l_k / sum t_k: a ratio estimator (Cochran 1977, chapter 6)
 * e_k        what document k adds to R's deviation: (l_k - R t_k) / sum t, over sqrt(1 - t_k / sum t)
 * w          weights with which the trials enter a statistic: a mean of a layout, a difference of two
 *
 * variance of R       = sum e^2                                              over documents
 * variance of sum w R = MS sum w^2                                           over seeds, and
 *                       max(0, sum_k (sum w e_k)^2 - MS3 sum w^2)            over documents
 * margin^2            = (c_seeds)^2 variance_seeds + (c_documents)^2 variance_documents
 * </pre>
 *
 * <p>{@code MS} is the residual mean square of the model loss = layout + seed, with (L-1)(S-1) degrees of freedom for
 * differences; for the mean of one layout it is the mean square of loss = layout, because another seed would move it
 * too. {@code MS3} is the same mean square of the {@code e_k}, summed over documents: the part of {@code MS} that comes
 * from the documents at hand and would otherwise be counted twice.
 *
 * <p>The critical values {@code c} are Student's t for a single interval. Differences get simultaneous intervals over
 * all pairs of layouts by Tukey's studentized range, {@code c = q / sqrt 2}: the best layout is picked after looking,
 * so a correction for the comparisons with it alone would promise too much. Seeds and documents have different degrees
 * of freedom; their margins are added in quadrature (Howe 1974). Satterthwaite's degrees of freedom for the sum were
 * tried first: with two to four seeds the intervals held in 92% of simulated sweeps where 95% were promised.
 *
 * <p>Invariants: with all trials present, a layout's mean is the plain mean over seeds, and a difference is the
 * difference of two such means; with some missing, both are least-squares estimates of the additive model. What cannot
 * be estimated (one seed, one document) is absent, never zero.
 *
 * <p>Depends on the JDK and Commons Statistics only, and knows nothing of files or pages.
 */
@NullMarked
package apportion.spark.statistics;

import org.jspecify.annotations.NullMarked;
