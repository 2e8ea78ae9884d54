/**
 * What every page is made of: its style, how numbers are written, axes, and the marks of figures.
 *
 * <p>Figures are inline SVG, drawn for a wide window and for a phone, and carry their meaning without colour, script,
 * font or network. Depends on {@code statistics} for the intervals that are written down, on no file system.
 */
@NullMarked
package apportion.spark.page;

import org.jspecify.annotations.NullMarked;
