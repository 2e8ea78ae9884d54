package apportion.spark.study;

import java.util.List;

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

    /** The claims as a page and a terminal show them. */
    public Verdicts verdicts() {
        return new Verdicts(claims);
    }

    /** The answer and each claim's verdict, for a terminal. */
    public String text() {
        return (answer + System.lineSeparator() + verdicts().text()).stripTrailing();
    }
}
