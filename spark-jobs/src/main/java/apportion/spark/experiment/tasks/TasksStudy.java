package apportion.spark.experiment.tasks;

import apportion.data.task.LagSum;
import apportion.model.config.Positions;
import apportion.spark.experiment.Tasks;
import apportion.spark.experiment.Training;
import apportion.spark.page.Numbers;
import apportion.spark.page.markup.Element;
import apportion.spark.statistics.Interval;
import apportion.spark.statistics.RankCorrelation;
import apportion.spark.study.Chart;
import apportion.spark.study.Origin;
import apportion.spark.study.Scale;
import apportion.spark.study.Section;
import apportion.spark.study.Series;
import apportion.spark.study.Series.Mark;
import apportion.spark.study.Study;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.Optional;
import java.util.stream.IntStream;

/** What an experiment with tasks says. */
final class TasksStudy {

    private static final Mark[] MARKS = {Mark.DISC, Mark.RING, Mark.DIAMOND, Mark.CROSS};

    private final Tasks experiment;
    private final Measurements measured;
    private final List<Cell> cells;

    private TasksStudy(Tasks experiment, Measurements measured) {
        this.experiment = experiment;
        this.measured = measured;
        this.cells = TaskTrial.cells(experiment);
    }

    static Study of(Tasks experiment, Measurements measured, Origin origin) {
        TasksStudy study = new TasksStudy(experiment, measured);
        List<Section> sections = new ArrayList<>();
        sections.add(study.errors());
        Theory.of(experiment).ifPresent(theory -> sections.add(study.theory(theory)));
        sections.add(CellTable.of(experiment, measured));
        sections.add(study.learning());
        return new Study(
                "Heads against dimension on a synthetic task",
                "How many heads learn " + experiment.task().words() + "?",
                study.answer(),
                TaskClaims.of(experiment, measured),
                sections,
                study.ours(),
                origin,
                CellTable.rows(experiment, measured));
    }

    private List<Cell> curve(Cell first) {
        return cells.stream()
                .filter(cell -> cell.positions().equals(first.positions()) && cell.time() == first.time())
                .toList();
    }

    private List<Cell> curves() {
        int fewest = experiment.grid().heads().get(0);
        return cells.stream().filter(cell -> cell.heads() == fewest).toList();
    }

    private String name(Cell first) {
        boolean manyTimes = experiment.grid().times().size() > 1;
        boolean manyPositions = experiment.grid().positions().size() > 1;
        return manyTimes && manyPositions
                ? first.positionsName() + ", " + first.time() + " vectors"
                : manyTimes ? first.time() + " vectors" : first.positionsName();
    }

    private String answer() {
        List<String> sentences = new ArrayList<>();
        for (Cell first : curves()) {
            View view = View.of(name(first), curve(first), 1, Integer.MAX_VALUE);
            view.best(measured).ifPresent(best -> {
                View.Named worst = view.worst(measured).orElse(best);
                if (curve(first).stream().allMatch(measured::solved)) {
                    sentences.add("With " + name(first) + " every number of heads solves the task: NMSE "
                            + Rule.shown(measured, worst.cell()) + " at most.");
                    return;
                }
                String most = worst.equals(best)
                        ? ""
                        : "; most, " + heads(worst.cell()) + ", " + Rule.shown(measured, worst.cell());
                sentences.add("With " + name(first) + ", " + heads(best.cell())
                        + (best.heads() == 1 ? " errs" : " err") + " least: NMSE "
                        + Rule.shown(measured, best.cell()) + most + ".");
            });
        }
        return sentences.isEmpty() ? "No trial ended well." : String.join(" ", sentences);
    }

    private String heads(Cell cell) {
        int dim = experiment.grid().attention(cell.heads()).groups().get(0).headDim();
        return cell.heads() == 1 ? "one head of " + dim : cell.heads() + " heads of " + dim;
    }

    private Section errors() {
        List<Series> series = new ArrayList<>();
        for (Cell first : curves()) {
            List<Series.Point> points = curve(first).stream()
                    .flatMap(cell -> measured.error(cell).stream()
                            .map(error -> new Series.Point(
                                    cell.heads(),
                                    Math.pow(10, error.value()),
                                    error.interval()
                                            .map(i -> new Interval(Math.pow(10, i.low()), Math.pow(10, i.high()))),
                                    measured.ended(cell).stream()
                                            .map(run -> Objects.requireNonNull(run.error()))
                                            .toList())))
                    .toList();
            series.add(new Series(name(first), MARKS[series.size() % MARKS.length], points));
        }
        boolean empty = series.stream().allMatch(one -> one.points().isEmpty());
        Element content = empty
                ? Element.of("p", "No trial ended well.")
                : new Chart(
                                "Error against heads",
                                "NMSE on sequences that were not trained on: mean squared error over the variance of the"
                                        + " targets, geometric mean over seeds. Dots: single seeds. Bars: 95% intervals, each"
                                        + " by itself. 1 is what the best constant reaches.",
                                new Chart.Measure("heads in all", scale()),
                                new Chart.Measure("NMSE", Scale.LOG10),
                                series)
                        .figure();
        List<Element> all = new ArrayList<>();
        all.add(content);
        shortcut().ifPresent(text -> all.add(Element.of("p", text)));
        return new Section("Measured", all);
    }

    /** Where heads are hardly needed, so that nobody takes the last digits of a solved task for an effect of heads. */
    private Optional<String> shortcut() {
        boolean table = experiment.grid().positions().stream().anyMatch(Positions.Relative.class::isInstance);
        return table && experiment.task() instanceof LagSum task && task.isAverage()
                ? Optional.of(
                        "With a learned table one head that is as wide as a token solves this task: weights of one sign are"
                                + " an average, and the softmax of a table can be any average. What is left of the error there tells"
                                + " how far training has come, not what heads can express. ALiBi's slopes are fixed, so that there"
                                + " weights must be put together from several heads.")
                : Optional.empty();
    }

    private Scale scale() {
        List<Integer> heads = experiment.grid().heads();
        return heads.get(heads.size() - 1) >= 16 ? Scale.LOG2 : Scale.WHOLE;
    }

    private Section learning() {
        List<Element> figures = new ArrayList<>();
        for (Cell first : curves()) {
            ErrorCurves.figure(
                            "learning-" + figures.size(), name(first), experiment, measured, curve(first), this::heads)
                    .ifPresent(figures::add);
        }
        return new Section("Learning curves", figures);
    }

    private Section theory(Theory theory) {
        List<Integer> heads = IntStream.rangeClosed(
                        1,
                        experiment.grid().heads().get(experiment.grid().heads().size() - 1))
                .boxed()
                .toList();
        Chart chart = new Chart(
                "Theory",
                "The bound of arXiv 2510.03784 for heads that are shared equally by the "
                        + theory.allocation().served()
                        + " lags that are served. It bounds the largest error, not the mean square, so only its shape can be"
                        + " compared.",
                new Chart.Measure("heads in all", scale()),
                new Chart.Measure("bound on the error", Scale.LINEAR),
                List.of(
                        new Series("bound", Mark.LINE, theory.curve(heads)),
                        new Series(
                                "numbers of heads that were tried",
                                Mark.CROSS,
                                theory.curve(experiment.grid().heads()))));
        return Section.of(
                "Theory beside it",
                chart.figure(),
                Element.of(
                        "p",
                        "The least bound in whole heads, by our solver: "
                                + theory.allocation().attention() + " (heads x dimension), bound "
                                + Numbers.fixed(theory.allocation().bound(), 4) + ". " + correlations(theory)));
    }

    /** Whether the bound orders numbers of heads as the errors do. */
    private String correlations(Theory theory) {
        List<String> all = new ArrayList<>();
        for (Cell first : curves()) {
            List<Double> bounds = new ArrayList<>();
            List<Double> errors = new ArrayList<>();
            for (Cell cell : curve(first)) {
                theory.at(cell.heads())
                        .ifPresent(bound -> measured.error(cell).ifPresent(error -> {
                            bounds.add(bound);
                            errors.add(error.value());
                        }));
            }
            if (RankCorrelation.canRank(bounds) && RankCorrelation.canRank(errors)) {
                RankCorrelation found = RankCorrelation.of(
                        bounds.stream().mapToDouble(value -> value).toArray(),
                        errors.stream().mapToDouble(value -> value).toArray());
                all.add("with " + name(first) + " " + Numbers.fixed(found.rho(), 2) + " over " + found.pairs()
                        + " numbers of heads, permutation p " + (found.exact() ? "= " : "\u2248 ")
                        + Numbers.fixed(found.probability(), 3));
            }
        }
        return all.isEmpty()
                ? ""
                : "Spearman's rank correlation of bound and error, where the bound has a value: "
                        + String.join("; ", all) + ".";
    }

    private List<String> ours() {
        Training training = experiment.training();
        List<String> ours = new ArrayList<>();
        ours.add("The data: " + experiment.task().words() + "; inputs are independent standard normal numbers; "
                + (training.sequences().isPresent()
                        ? Numbers.count(training.sequences().getAsInt()) + " training sequences"
                        : "every training sequence is new")
                + ", " + Numbers.count(training.validationSequences()) + " to measure on, the same for every seed, of "
                + Numbers.list(
                        experiment.grid().times().stream().map(String::valueOf).toList())
                + " vectors.");
        ours.add(
                "The model: " + experiment.network().layers()
                        + (experiment.network().layers() == 1
                                ? " attention without a residual connection"
                                : " attentions with residual connections")
                        + " between linear maps, " + experiment.network().width() + " wide, "
                        + (experiment.network().bias() ? "with" : "without") + " biases, no norms, "
                        + (experiment.network().hidden() > 0
                                ? "then a position-wise network of "
                                        + experiment.network().hidden() + " hidden numbers (GELU)"
                                : "no position-wise network")
                        + "; scores are divided by the root of the head dimension; matrices start as Glorot and Bengio 2010 have it.");
        ours.add("The positions: "
                + Numbers.list(
                        cells.stream().map(Cell::positionsName).distinct().toList()) + ".");
        ours.add("The optimizer: AdamW (0.9, 0.99) without decay, " + Numbers.count(training.steps()) + " steps of "
                + training.batchSequences() + " sequences, a cosine to 0 after " + training.warmupSteps()
                + " steps of warm-up, gradients clipped at " + training.clip() + ", "
                + (training.learningRates().size() > 1
                        ? "of the learning rates " + training.learningRates()
                                + " the best for each cell, chosen with a seed of its own."
                        : "learning rate " + training.learningRates().get(0) + "."));
        ours.add("What counts as solved: an NMSE below " + Measurements.SOLVED
                + " with every seed. Numbers of heads that"
                + " solve a task count as alike: what is left of their errors tells how far training has come.");
        thresholds().ifPresent(ours::add);
        return ours;
    }

    private Optional<String> thresholds() {
        return switch (experiment.statements()) {
            case FOUR_GRAM ->
                Optional.of(
                        "The thresholds and the readings: the figure has labels (1 head 0.3197, 2 heads 0.3174, 4 heads"
                                + " 0.1129, 8 heads 0.0167, 16 heads 0.0234, 32 heads 0.0559, on validation data of an unknown scale),"
                                + " so their ratios to the least are 19, 19, 6.8, 1, 1.4 and 3.3. That 5, 5 and 2 times are enough to"
                                + " agree is ours. Whether its heads are those of each of four groups or those in all, the figure does"
                                + " not say. H heads in each of four groups are 4 H heads in all, so the same models answer both.");
            case MAX_OF_FOUR ->
                Optional.of(
                        "The threshold: the source has the error fall at least 100 times; 10 times are enough to agree.");
            case NONE ->
                Optional.of(
                        "The question: no source gives numbers for this task, so that there is no statement to check.");
            case THEORY -> Optional.empty();
        };
    }
}
