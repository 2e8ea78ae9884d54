package apportion.model.allocation;

import apportion.model.config.AttentionConfig;
import java.util.List;
import java.util.stream.IntStream;

/** What a sweep holds fixed while it trades heads for head dimension. */
public sealed interface Budget {

    /** Every layout of equal heads that spends this budget exactly, fewest heads first. */
    List<AttentionConfig> layouts();

    /**
     * A fixed attention width {@code D}: {@code heads * headDim = D}.
     *
     * @param width {@code D}, in numbers per token
     */
    record Width(int width) implements Budget {

        public Width {
            if (width < 1) {
                throw new IllegalArgumentException("budget.width must be at least 1, got " + width);
            }
        }

        @Override
        public List<AttentionConfig> layouts() {
            return IntStream.rangeClosed(1, width)
                    .filter(heads -> width % heads == 0)
                    .mapToObj(heads -> AttentionConfig.uniform(heads, width / heads))
                    .toList();
        }
    }
}
