/**
 * HOCON in, records out: the only package that knows the configuration's syntax.
 *
 * <p>{@code conf/base.conf} holds every key once, with unit, meaning and default; one file of the user and {@code --set
 * key=value} stand above it, in this order. A section is bound to the record of the package that owns it:
 *
 * <pre>{@code
 * Settings settings = Settings.load(Optional.of("conf/quickstart.conf"), List.of("train.seed=7"));
 * Supplier<ModelSettings> model = settings.bind("model", ModelSettings.class);
 * Supplier<TrainConfig> train = settings.bind("train", TrainConfig.class);
 * settings.throwIfWrong(); // every problem of every section at once, with file and line
 * }</pre>
 *
 * <p>How a record reads:
 *
 * <ul>
 *   <li>component {@code headDim} is key {@code head-dim}; a key that is no component is an error;
 *   <li>{@code Optional}, {@code OptionalInt}, {@code OptionalLong}, {@code OptionalDouble} may be {@code null} or
 *       absent; everything else must have a value, since Java holds no defaults;
 *   <li>a whole number may be written {@code 1e6}, but 1.5 is never cut to 1;
 *   <li>an enum's constant {@code SKIP_LINE} is {@code skip-line};
 *   <li>a sealed interface is named by the key {@code type}, or by a bare word where the case has no data. When a file
 *       changes the type, what base.conf says about another case no longer counts;
 *   <li>a list of one item may be written without brackets;
 *   <li>an {@link java.lang.IllegalArgumentException} of a record's constructor is reported at the key that its message
 *       begins with, or at the record.
 * </ul>
 */
@NullMarked
package apportion.spark.conf;

import org.jspecify.annotations.NullMarked;
