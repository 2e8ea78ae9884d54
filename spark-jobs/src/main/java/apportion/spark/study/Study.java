package apportion.spark.study;

import java.util.ArrayList;
import java.util.List;
import java.util.Locale;

/**
 * What an experiment says.
 *
 * @param title of the experiment
 * @param question that it asks
 * @param answer what came out, in a few sentences with numbers
 * @param claims statements of a source, each beside what was measured; may be empty
 * @param sections figures and tables
 * @param ours settings that the source does not give and are therefore this project's choice, one a sentence
 * @param origin of the numbers
 * @param numbers everything that figures and tables show, in full precision: whatever Jackson can write, such as
 *     records and maps with {@link Quantity quantities}
 */
public record Study(
        String title,
        String question,
        String answer,
        List<Claim> claims,
        List<Section> sections,
        List<String> ours,
        Origin origin,
        Object numbers) {

    public Study {
        claims = List.copyOf(claims);
        sections = List.copyOf(sections);
        ours = List.copyOf(ours);
    }

    /** How many claims hold, as {@code 3 of 5 statements agree, 1 disagrees, 1 cannot be told at this size}. */
    public String score() {
        long agree = count(Agreement.AGREES);
        long disagree = count(Agreement.DISAGREES);
        long open = count(Agreement.CANNOT_TELL);
        List<String> parts = new ArrayList<>();
        parts.add(agree + " of " + claims.size() + " " + (claims.size() == 1 ? "statement" : "statements")
                + (agree == 1 ? " agrees" : " agree") + " with what was measured");
        if (disagree > 0) {
            parts.add(disagree + (disagree == 1 ? " disagrees" : " disagree"));
        }
        if (open > 0) {
            parts.add(open + " cannot be told at this size");
        }
        return String.join(", ", parts);
    }

    private long count(Agreement agreement) {
        return claims.stream().filter(claim -> claim.agreement() == agreement).count();
    }

    /** The answer and each claim's verdict, for a terminal. */
    public String text() {
        StringBuilder text = new StringBuilder(answer);
        for (Claim claim : claims) {
            text.append(String.format(
                    Locale.ROOT,
                    "%n%-24s  %s%n%26s%s",
                    claim.agreement().words(),
                    claim.claimed(),
                    "",
                    claim.measured()));
        }
        return text.toString();
    }
}
