package apportion.spark.study;

import apportion.spark.page.Html;
import apportion.spark.page.markup.Element;
import com.fasterxml.jackson.annotation.JsonSetter;
import com.fasterxml.jackson.annotation.Nulls;
import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.core.type.TypeReference;
import com.fasterxml.jackson.databind.DeserializationFeature;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.json.JsonMapper;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.URLEncoder;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.List;
import java.util.stream.Collectors;

/**
 * Several studies on one page: what each found and what it says of its claims, in a section of its own.
 *
 * @param entries in the order to show them
 */
public record Overview(List<Entry> entries) {

    private static final JsonMapper MAPPER = JsonMapper.builder()
            .enable(
                    DeserializationFeature.FAIL_ON_MISSING_CREATOR_PROPERTIES,
                    DeserializationFeature.FAIL_ON_NULL_CREATOR_PROPERTIES)
            .defaultSetterInfo(JsonSetter.Value.forContentNulls(Nulls.FAIL))
            .build();

    /**
     * What one study, or a sweep, found.
     *
     * @param title of the study
     * @param question that it asks; a sweep's headline
     * @param answer in a few sentences
     * @param claims each beside what was measured; may be empty
     * @param page where its own page lies, seen from this one
     */
    public record Entry(String title, String question, String answer, List<Claim> claims, String page) {

        public Entry {
            claims = List.copyOf(claims);
        }

        /**
         * Reads a {@code report.json} as {@link StudyFiles} or a sweep's report has it.
         *
         * @throws IllegalArgumentException if it is neither
         */
        public static Entry read(String json, String page) {
            try {
                JsonNode report = MAPPER.readTree(json);
                boolean sweep = report.has("headline");
                List<Claim> claims = MAPPER.readValue(
                        MAPPER.treeAsTokens(report.path("claims")), new TypeReference<List<Claim>>() {});
                if (claims == null) {
                    throw new IllegalArgumentException("it has no claims");
                }
                return sweep
                        ? new Entry(
                                text(report.path("sweep"), "name"),
                                text(report, "headline"),
                                text(report, "verdict"),
                                claims,
                                page)
                        : new Entry(
                                text(report, "title"), text(report, "question"), text(report, "answer"), claims, page);
            } catch (JsonProcessingException e) {
                throw new IllegalArgumentException(e.getOriginalMessage(), e);
            } catch (IOException e) {
                throw new UncheckedIOException(e);
            }
        }

        private static String text(JsonNode node, String name) {
            if (!node.path(name).isTextual()) {
                throw new IllegalArgumentException("it has no " + name);
            }
            return node.get(name).textValue();
        }
    }

    public Overview {
        entries = List.copyOf(entries);
    }

    /** All claims of all of them. */
    public Verdicts verdicts() {
        return new Verdicts(
                entries.stream().flatMap(entry -> entry.claims().stream()).toList());
    }

    /** The page. */
    public String html() {
        Element main = Element.of("main")
                .add(Element.of("header")
                        .add(
                                Element.of("p", "Overview").with("class", "name"),
                                Element.of("h1", "What was measured"),
                                Element.of("p", verdicts().score() + ".").with("class", "verdict")));
        entries.forEach(entry -> main.add(section(entry)));
        return Html.page("What was measured", main).document();
    }

    private static Element section(Entry entry) {
        Element section = Element.of("section")
                .with("class", "study")
                .add(
                        Element.of("h2", entry.title()),
                        Element.of("p").add(Element.of("b", entry.question())),
                        Element.of("p", entry.answer()));
        if (!entry.claims().isEmpty()) {
            section.add(new Verdicts(entry.claims()).list());
        }
        return section.add(Element.of("p")
                .add(Element.of("a", "Figures, tables and where these numbers come from")
                        .with("href", link(entry.page()))));
    }

    /** A relative path whose names mean nothing to a browser: no scheme, no query, no place in a page. */
    private static String link(String path) {
        return Arrays.stream(path.split("/"))
                .map(name -> URLEncoder.encode(name, StandardCharsets.UTF_8).replace("+", "%20"))
                .collect(Collectors.joining("/"));
    }
}
