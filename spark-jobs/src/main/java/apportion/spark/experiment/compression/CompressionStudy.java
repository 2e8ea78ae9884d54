package apportion.spark.experiment.compression;

import apportion.model.count.ModelCount;
import apportion.spark.compress.CompressConfig.Method;
import apportion.spark.evaluate.Measurement;
import apportion.spark.experiment.Compression;
import apportion.spark.experiment.Compression.Smaller;
import apportion.spark.experiment.compression.Outcomes.Stage;
import apportion.spark.page.Html;
import apportion.spark.page.Numbers;
import apportion.spark.page.markup.Element;
import apportion.spark.statistics.Estimate;
import apportion.spark.study.Forest;
import apportion.spark.study.Origin;
import apportion.spark.study.Quantity;
import apportion.spark.study.Section;
import apportion.spark.study.Study;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.function.ToDoubleFunction;

/** What the students say. */
final class CompressionStudy {

    private final Compression experiment;
    private final Outcomes outcomes;
    private final ModelCount teacher;
    private final List<CompressionJob.Cost> costs;

    /**
     * Of an experiment that has ended.
     *
     * @param teacher what a teacher costs
     * @param costs of each student
     */
    CompressionStudy(Compression experiment, Outcomes outcomes, ModelCount teacher, List<CompressionJob.Cost> costs) {
        this.experiment = experiment;
        this.outcomes = outcomes;
        this.teacher = teacher;
        this.costs = costs;
    }

    Study study(Origin origin) {
        List<Section> sections = new ArrayList<>(List.of(losses(), errors(), savings(), teachers()));
        if (!outcomes.diverged().isEmpty()) {
            Element list = Element.of("ul");
            outcomes.diverged().forEach(message -> list.add(Element.of("li", message)));
            sections.add(Section.of("Runs that diverged", list));
        }
        return new Study(
                "Smaller heads",
                "Can trained heads be replaced by smaller ones?",
                answer(),
                CompressionClaims.of(outcomes, experiment),
                sections,
                ours(),
                origin,
                numbers());
    }

    private String answer() {
        List<String> parts = new ArrayList<>();
        for (Smaller student : experiment.students()) {
            String name = student.name();
            parts.add(name + " to " + student.headDim() + " "
                    + shortly(outcomes.mean(name, Method.WEIGHTS, Stage.BEFORE)) + ", then "
                    + shortly(outcomes.mean(name, Method.WEIGHTS, Stage.AFTER)));
        }
        return "What students lose in nats per token, begun by an SVD of the weights, more than their teachers, and then,"
                + " trained on, more than those trained on for as long: " + String.join("; ", parts) + ". Means over "
                + experiment.seeds().size() + " teachers.";
    }

    private static String shortly(Optional<Estimate> mean) {
        return mean.map(estimate -> Words.nats(estimate.value())).orElse("\u2013");
    }

    private Section losses() {
        Element body = Element.of("tbody");
        for (Smaller student : experiment.students()) {
            for (Method method : Method.values()) {
                String name = student.name();
                body.add(Html.row(
                        Words.of(name, method),
                        Words.orDash(outcomes.mean(name, method, Stage.BEFORE)),
                        Words.orDash(outcomes.mean(name, method, Stage.AFTER)),
                        outcomes.excess(name, method, Stage.AFTER).size() + " of "
                                + experiment.seeds().size()));
            }
        }
        Element table = Html.table(
                        "Loss over the teacher, nats per token (95% interval)",
                        "student, method", "as made", "trained on", "finished")
                .add(body);
        return Section.of(
                "What students lose",
                forest("As made", "loss less the teacher's, nats per token", Stage.BEFORE, Method.WEIGHTS, Method.DATA),
                forest("Trained on", "loss less the control's, nats per token", Stage.AFTER, Method.values()),
                Html.scrolling(table),
                Html.note(Words.METHODS));
    }

    private Element forest(String title, String effect, Stage stage, Method... methods) {
        List<Forest.Row> rows = new ArrayList<>();
        for (Smaller student : experiment.students()) {
            for (Method method : methods) {
                Optional<Estimate> mean = outcomes.mean(student.name(), method, stage);
                mean.ifPresent(estimate -> rows.add(new Forest.Row(
                        Words.of(student.name(), method), Quantity.of(estimate), isAwayFromZero(estimate))));
            }
        }
        if (rows.isEmpty()) {
            return Html.note("No student was trained on to the end.");
        }
        String drawn =
                stage == Stage.BEFORE ? " Drawn matrices lose too much for this figure; the table has them." : "";
        return new Forest(
                        title,
                        "Means over teachers. Bars: 95% intervals for other teachers and documents, each by itself. Filled, bold: the interval leaves 0"
                                + " out." + drawn,
                        effect,
                        0,
                        rows)
                .figure();
    }

    private static boolean isAwayFromZero(Estimate estimate) {
        return estimate.interval().isPresent() && !estimate.interval().get().contains(0);
    }

    private Section errors() {
        Element body = Element.of("tbody");
        for (Smaller student : experiment.students()) {
            for (Method method : Method.values()) {
                body.add(Html.row(
                        Words.of(student.name(), method),
                        percent(outcomes.mean(
                                student.name(), method, one -> one.madeHeads().scores())),
                        percent(outcomes.mean(
                                student.name(), method, one -> one.madeHeads().outputs())),
                        percent(outcomes.mean(student.name(), method, one -> trained(one, HeadShares::scores))),
                        percent(outcomes.mean(student.name(), method, one -> trained(one, HeadShares::outputs)))));
            }
        }
        return Section.of(
                "What heads lose",
                Html.scrolling(Html.table(
                                "Errors of heads",
                                "student, method",
                                "scores, as made",
                                "outputs, as made",
                                "scores, trained on",
                                "outputs, trained on")
                        .add(body)),
                Html.note("Root of the summed squares of a head's errors over that of its own values, on validation"
                        + " text, when it reads what its teacher reads; means over heads and teachers. Trained on, heads go"
                        + " their own way, as the teacher's would. Of scores, less"
                        + " their mean for each query, which the softmax does not see; of outputs, what the head adds to"
                        + " the residual stream."));
    }

    /** Not a number if it was not trained on, or diverged. */
    private static double trained(Outcome one, ToDoubleFunction<HeadShares> error) {
        return one.tunedHeads() == null ? Double.NaN : error.applyAsDouble(one.tunedHeads());
    }

    private Section savings() {
        Element body = Element.of("tbody");
        for (CompressionJob.Cost cost : costs) {
            body.add(Html.row(
                    cost.student(),
                    saved(teacher.parameters(), cost.count().parameters()),
                    saved(teacher.forwardFlops(), cost.count().forwardFlops()),
                    saved(teacher.keyValueBytes(), cost.count().keyValueBytes()),
                    Numbers.rounded(cost.speed().student()),
                    times(cost.speed().ratio())));
        }
        return Section.of(
                "What students save",
                Html.scrolling(Html.table(
                                "Costs of a student",
                                "student",
                                "parameters",
                                "FLOPs",
                                "bytes of keys and values",
                                "tokens/s",
                                "times the teacher\u2019s (95% interval)")
                        .add(body)),
                Html.note("A teacher has " + Numbers.count(teacher.parameters()) + " parameters, "
                        + Numbers.rounded((double) teacher.forwardFlops())
                        + " FLOPs for a sequence of its context, and "
                        + Numbers.count(teacher.keyValueBytes())
                        + " bytes of keys and values for it. Speed: forward passes of both, in turn in one process while"
                        + " nothing else of the experiment ran; medians of " + experiment.turns()
                        + " turns, and the interval of the median of the turns' ratios."));
    }

    private Section teachers() {
        Element body = Element.of("tbody");
        for (Outcome one : outcomes.of(Compression.FULL_RANK, Method.WEIGHTS)) {
            Measurement control = one.control();
            body.add(Html.row(
                    "seed " + one.seed(),
                    Numbers.fixed(one.teacher().loss(), 4),
                    control == null ? "\u2013" : Numbers.fixed(control.loss(), 4),
                    Numbers.significant(one.before().value(), 2)));
        }
        return Section.of(
                "The teachers",
                Html.scrolling(Html.table(
                                "Losses, nats per token",
                                "teacher",
                                "loss",
                                "control: trained on",
                                "full-rank student, less its teacher")
                        .add(body)));
    }

    private List<String> ours() {
        return List.of(
                "The source compresses one head from 64 dimensions to 4 and says that its student approximates it well,"
                        + " not how well, nor of what model: models, text, layers, dimensions, training, and 0.01 nats per"
                        + " token as what counts as well, are chosen here.",
                "Which layers are early and which are later: the source does not say where they begin.",
                "Students and the control are trained on with the same settings and in the same order of sequences, at"
                        + " one learning rate that was not tuned for any of them.",
                "A student of several heads has all of its matrices made at once, of its teacher's.",
                "Intervals allow for other teachers, of which each has its own initial weights and order of sequences,"
                        + " and for other documents of such text, not for other texts to train on.");
    }

    private Map<String, Object> numbers() {
        List<Map<String, Object>> means = new ArrayList<>();
        for (Smaller student : experiment.students()) {
            for (Method method : Method.values()) {
                Map<String, Object> row = new LinkedHashMap<>();
                row.put("student", student.name());
                row.put("method", Words.of(method));
                outcomes.mean(student.name(), method, Stage.BEFORE)
                        .ifPresent(mean -> row.put("before", Quantity.of(mean)));
                outcomes.mean(student.name(), method, Stage.AFTER)
                        .ifPresent(mean -> row.put("after", Quantity.of(mean)));
                means.add(row);
            }
        }
        List<Map<String, Object>> saved = new ArrayList<>();
        for (CompressionJob.Cost cost : costs) {
            Map<String, Object> row = new LinkedHashMap<>();
            row.put("student", cost.student());
            row.put("parameters", cost.count().parameters());
            row.put("forwardFlops", cost.count().forwardFlops());
            row.put("keyValueBytes", cost.count().keyValueBytes());
            row.put("tokensPerSecond", cost.speed().student());
            row.put("teacherTokensPerSecond", cost.speed().teacher());
            row.put("speedRatio", Quantity.of(cost.speed().ratio()));
            saved.add(row);
        }
        Map<String, Object> numbers = new LinkedHashMap<>();
        numbers.put("means", means);
        numbers.put("outcomes", outcomes.all().stream().map(Outcome::numbers).toList());
        numbers.put("teacher", teacher);
        numbers.put("costs", saved);
        numbers.put("diverged", outcomes.diverged());
        return numbers;
    }

    private static String percent(double share) {
        return Double.isNaN(share) ? "\u2013" : Numbers.fixed(100 * share, 1) + "%";
    }

    private static String saved(long before, long after) {
        return Numbers.fixed(100.0 * (after - before) / before, 1) + "%";
    }

    private static String times(Estimate ratio) {
        return Numbers.fixed(ratio.value(), 2)
                + ratio.interval()
                        .map(range ->
                                " (" + Numbers.fixed(range.low(), 2) + " to " + Numbers.fixed(range.high(), 2) + ")")
                        .orElse("");
    }
}
