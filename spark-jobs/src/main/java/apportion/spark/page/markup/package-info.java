/**
 * HTML and SVG as a tree, well-formed and escaped by construction.
 *
 * <p>The text that comes out is HTML and XML at once, so that a test can parse it and a browser shows it. Depends on
 * the JDK only.
 */
@NullMarked
package apportion.spark.page.markup;

import org.jspecify.annotations.NullMarked;
