package apportion.spark.report;

import apportion.model.config.Scale;
import com.fasterxml.jackson.annotation.JsonProperty;
import java.util.Optional;

/**
 * How queries score keys, as an axis of a sweep.
 *
 * <p>With {@code 1 / sqrt(d)} scores grow with the head dimension as training aligns queries with keys, so that a
 * comparison of head dimensions is one of temperatures, too; the other two ways keep them in bounds.
 */
public enum Scoring {
    /** As the section {@code model.attention} says. */
    @JsonProperty("configured")
    CONFIGURED(""),
    /** {@code 1 / sqrt(d)}, nothing normalised. */
    @JsonProperty("inverse-root")
    INVERSE_ROOT("1/\u221ad"),
    /** {@code 1 / d}, nothing normalised. */
    @JsonProperty("inverse")
    INVERSE("1/d"),
    /** {@code 1 / sqrt(d)}, with normalised queries and keys. */
    @JsonProperty("qk-norm")
    QK_NORM("QK-norm");

    private final String label;

    Scoring(String label) {
        this.label = label;
    }

    /** For tables and figures; empty where nothing sets a layout apart. */
    String label() {
        return label;
    }

    /** The factor of the products; empty where the configuration says it. */
    public Optional<Scale> scale() {
        return switch (this) {
            case CONFIGURED -> Optional.empty();
            case INVERSE_ROOT, QK_NORM -> Optional.of(new Scale.InverseRoot());
            case INVERSE -> Optional.of(new Scale.Inverse());
        };
    }

    public boolean normalised() {
        return this == QK_NORM;
    }

    @Override
    public String toString() {
        return this == CONFIGURED ? "configured" : word();
    }

    /** As a configuration names it; empty where nothing sets a layout apart. */
    String word() {
        return switch (this) {
            case CONFIGURED -> "";
            case INVERSE_ROOT -> "inverse-root";
            case INVERSE -> "inverse";
            case QK_NORM -> "qk-norm";
        };
    }
}
