package apportion.spark.experiment;

import java.util.List;
import java.util.Set;
import java.util.regex.Pattern;

/**
 * A few settings under one name.
 *
 * @param name in tables
 * @param set {@code key=value}, as {@code --set} takes it; keys of {@code model} and {@code train}, but for those that
 *     the experiment itself sets
 */
public record Variant(String name, List<String> set) {

    private static final Pattern KEY = Pattern.compile("(model|train)\\.[^=]+=.*");
    private static final Set<String> OWN = Set.of("train.dataset", "train.output", "train.seed");

    public Variant {
        set = List.copyOf(set);
        if (name.isBlank() || name.contains("|")) {
            throw new IllegalArgumentException("name must not be blank, nor hold a |, got \"" + name + "\"");
        }
        for (String setting : set) {
            if (!KEY.matcher(setting).matches()
                    || OWN.contains(setting.substring(0, setting.indexOf('=')).strip())) {
                throw new IllegalArgumentException("set must list settings of model and train, such as"
                        + " \"train.local-steps=4\", but none of "
                        + String.join(", ", OWN.stream().sorted().toList())
                        + ", got " + setting);
            }
        }
    }
}
