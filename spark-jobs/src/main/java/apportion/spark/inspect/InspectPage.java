package apportion.spark.inspect;

import apportion.model.inspect.EmbeddingDrift;
import apportion.spark.page.Html;
import apportion.spark.page.markup.Element;
import java.util.Comparator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;

/** The page of what a model's heads do. */
final class InspectPage {

    private static final List<HeatMap> ATTENTION = List.of(
            new HeatMap(
                    "Entropy",
                    "Nats; 0 if a query attends to one token, ln L if to L tokens alike.",
                    2,
                    Inspection.Head::entropy),
            new HeatMap(
                    "Mean distance", "Tokens between a query and what it attends to.", 1, Inspection.Head::distance),
            new HeatMap(
                    "Mass on the first token",
                    "Share of attention that a sequence's first token gets: heads that have nothing to do rest there.",
                    3,
                    Inspection.Head::first),
            new HeatMap(
                    "Mass on the previous token",
                    "Share that the token before a query gets.",
                    3,
                    Inspection.Head::previous),
            new HeatMap(
                    "Mass on the same token",
                    "Share that earlier occurrences of the query's token get, of queries that have some.",
                    3,
                    Inspection.Head::same),
            new HeatMap(
                    "Induction on the data",
                    "Share that the tokens behind those occurrences get, of the same queries.",
                    3,
                    Inspection.Head::induction),
            new HeatMap(
                    "Induction on repeated random tokens",
                    "The same on random tokens that are repeated once, of the queries that see them again (Olsson et al."
                            + " 2022, prefix matching): 1 if a head finds what came next, whatever the tokens are.",
                    3,
                    Inspection.Head::inductionOnRepeatedTokens));

    private static final List<HeatMap> SCORES = List.of(
            new HeatMap(
                    "Norm of the logits",
                    "Length of a query's scores as a vector, less their mean, which the softmax does not see.",
                    2,
                    Inspection.Head::logitNorm),
            new HeatMap(
                    "Norm of the softmax's Jacobian",
                    "How much probabilities can move with scores: at most 0.5, and 1/L for L equal ones.",
                    4,
                    Inspection.Head::jacobian));

    private static final List<HeatMap> MATRICES = List.of(
            new HeatMap(
                    "Copying",
                    "From \u22121 to 1; 1 if attending to a token can only raise its logit. Of the weights alone.",
                    2,
                    Inspection.Head::copying),
            new HeatMap(
                    "Effective rank of W_Q W_K",
                    "Of singular values, by their entropy; at most the head's dimension.",
                    1,
                    Inspection.Head::rankQk),
            new HeatMap("Effective rank of W_V W_O", "Likewise.", 1, Inspection.Head::rankOv));

    private static final List<HeatMap> ROLES = List.of(
            new HeatMap(
                    "Importance",
                    "What the loss rises by when the head is cut, in thousandths of a nat per token.",
                    1,
                    head -> head.importance() == null ? Double.NaN : 1e3 * head.importance()),
            new HeatMap(
                    "Similarity",
                    "Cosine of a head's attention to that of the head in its layer that is most like it.",
                    2,
                    head -> head.similarity() == null ? Double.NaN : head.similarity()));

    private InspectPage() {}

    static String of(Inspection inspection) {
        Element main = Element.of("main").add(top(inspection));
        main.add(section("What heads are for", ROLES, inspection));
        main.add(section("Where heads look", ATTENTION, inspection));
        main.add(section("How sharply", SCORES, inspection));
        main.add(section("What their matrices hold", MATRICES, inspection));
        if (inspection.drift() != null) {
            main.add(drift(inspection.drift()));
        }
        main.add(Element.of("details")
                .add(
                        Element.of("summary", "Where these numbers come from"),
                        Html.definitions(
                                "Facts",
                                Map.of("checkpoint", inspection.checkpoint(), "dataset", inspection.dataset()))));
        return Html.page("Heads of " + inspection.checkpoint(), main).document();
    }

    private static Element top(Inspection inspection) {
        return Element.of("header")
                .add(
                        Element.of("p", "Heads of a model").with("class", "name"),
                        Element.of("h1", "What " + inspection.heads().size() + " heads do"),
                        Element.of("p", summary(inspection)).with("class", "verdict"),
                        Element.of(
                                        "p",
                                        String.format(
                                                Locale.ROOT,
                                                "%,d sequences of the validation split, %,d tokens, loss %.4f nats"
                                                        + " per token. Layers and heads are counted from 0; means are"
                                                        + " over queries.",
                                                inspection.sequences(),
                                                inspection.tokens(),
                                                inspection.loss()))
                                .with("class", "facts"));
    }

    private static String summary(Inspection inspection) {
        StringBuilder text = new StringBuilder();
        Comparator<Inspection.Head> byImportance =
                Comparator.comparingDouble(head -> head.importance() == null ? 0 : head.importance());
        Inspection.Head most = inspection.heads().stream().max(byImportance).orElseThrow();
        Inspection.Head least = inspection.heads().stream().min(byImportance).orElseThrow();
        if (most.importance() != null && least.importance() != null) {
            text.append(String.format(
                    Locale.ROOT,
                    "Without %s the loss rises most, by %.4f nats per token; without %s least, by %.4f. ",
                    name(most),
                    most.importance(),
                    name(least),
                    least.importance()));
        }
        text.append(leader(
                inspection, "Most on the previous token: ", Comparator.comparingDouble(Inspection.Head::previous)));
        text.append(leader(
                inspection,
                "most on what followed a token before, where random tokens are repeated: ",
                Comparator.comparingDouble(Inspection.Head::inductionOnRepeatedTokens)));
        return text.toString().strip().replaceAll(";$", ".");
    }

    private static String leader(Inspection inspection, String what, Comparator<Inspection.Head> order) {
        Inspection.Head head = inspection.heads().stream().max(order).orElseThrow();
        double share = what.contains("previous") ? head.previous() : head.inductionOnRepeatedTokens();
        return String.format(Locale.ROOT, "%s%s (%.0f%%); ", what, name(head), 100 * share);
    }

    private static String name(Inspection.Head head) {
        return "head " + head.layer() + "." + head.head();
    }

    private static Element section(String title, List<HeatMap> maps, Inspection inspection) {
        Element section = Element.of("section").add(Element.of("h2", title));
        for (HeatMap map : maps) {
            boolean known = inspection.heads().stream().mapToDouble(map.value()).anyMatch(Double::isFinite);
            if (known) {
                section.add(map.draw(inspection.heads()));
            }
        }
        return section;
    }

    private static Element drift(Inspection.Drift drift) {
        Map<String, EmbeddingDrift.Spread> spreads = new LinkedHashMap<>();
        spreads.put("cosine to its start", drift.spreads().cosineToStart());
        spreads.put("length, times that at the start", drift.spreads().normToStart());
        spreads.put("cosine to its output row", drift.spreads().cosineToOutput());
        spreads.put("length, times the output row's", drift.spreads().normToOutput());
        Element body = Element.of("tbody");
        spreads.forEach((name, spread) -> body.add(Html.row(
                name, number(spread.mean()), number(spread.low()), number(spread.median()), number(spread.high()))));
        return Element.of("section")
                .add(
                        Element.of("h2", "How far token vectors went"),
                        Html.scrolling(Html.table("Token vectors", "of each token", "mean", "5%", "median", "95%")
                                .add(body)),
                        Element.of(
                                        "p",
                                        "The start is seed " + drift.seed() + "'s. Turned most: "
                                                + String.join(", ", quoted(drift.farthest())) + ".")
                                .with("class", "note"));
    }

    private static List<String> quoted(List<String> tokens) {
        return tokens.stream().map(token -> "\u201c" + token + "\u201d").toList();
    }

    private static String number(double value) {
        return String.format(Locale.ROOT, "%.3f", value).replace("-", "\u2212");
    }
}
