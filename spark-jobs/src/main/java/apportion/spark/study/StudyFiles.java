package apportion.spark.study;

import com.fasterxml.jackson.databind.json.JsonMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;

/**
 * What a study is written to.
 *
 * @param html the page, complete in itself
 * @param json the same numbers
 */
public record StudyFiles(String html, String json) {

    private static final JsonMapper MAPPER = JsonMapper.builder().build();

    /** The files of a study. */
    public static StudyFiles of(Study study) {
        return new StudyFiles(StudyPage.of(study), json(study));
    }

    private static String json(Study study) {
        ObjectNode json = MAPPER.createObjectNode();
        json.put("title", study.title()).put("question", study.question()).put("answer", study.answer());
        json.set("claims", MAPPER.valueToTree(study.claims()));
        json.set("ours", MAPPER.valueToTree(study.ours()));
        json.set("origin", MAPPER.valueToTree(study.origin()));
        json.set("numbers", MAPPER.valueToTree(study.numbers()));
        return json.toPrettyString() + "\n";
    }
}
