/**
 * How weights change: AdamW's settings, learning-rate schedules, clipping, and one optimizer step of a replica.
 *
 * <p>A <em>step</em> is one update of one replica's weights. Steps are counted from 1; a schedule maps a step to a
 * learning rate.
 */
@NullMarked
package apportion.model.optim;

import org.jspecify.annotations.NullMarked;
