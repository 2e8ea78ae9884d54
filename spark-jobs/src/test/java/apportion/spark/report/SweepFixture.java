package apportion.spark.report;

import apportion.model.config.AttentionConfig;
import apportion.spark.evaluate.DocumentLoss;
import apportion.spark.report.LearningCurve.Point;
import apportion.spark.study.Order;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.SplittableRandom;

/** A sweep that never ran, with losses of the size that small models reach on a small corpus. */
final class SweepFixture {

    static final int DOCUMENTS = 96;

    final List<TrialResult> trials = new ArrayList<>();
    final Map<String, List<DocumentLoss>> documents = new LinkedHashMap<>();

    private final SplittableRandom random = new SplittableRandom(5);

    /** Five layouts of a budget of 128 with these seeds: the middle ones best, two of them alike. */
    static SweepFixture ofSeeds(long... seeds) {
        return of(new int[] {1, 2, 4, 8, 16, 32}, new double[] {0.118, 0.071, 0.004, 0, 0.021, 0.083}, seeds);
    }

    static SweepFixture of(int[] heads, double[] effects, long... seeds) {
        SweepFixture fixture = new SweepFixture();
        for (long seed : seeds) {
            for (int i = 0; i < heads.length; i++) {
                fixture.add(AttentionConfig.uniform(heads[i], Math.max(1, 128 / heads[i])), seed, effects[i]);
            }
        }
        return fixture;
    }

    /**
     * Heads and head dimension apart, three by three, two ways to score, and a schedule: as much as a sweep can vary.
     */
    static SweepFixture ofAllAxes(long... seeds) {
        SweepFixture fixture = new SweepFixture();
        for (long seed : seeds) {
            for (Scoring scoring : List.of(Scoring.INVERSE_ROOT, Scoring.QK_NORM)) {
                double ofScoring = scoring == Scoring.QK_NORM ? -0.05 : 0;
                for (int heads : new int[] {2, 4, 8}) {
                    for (int dim : new int[] {16, 32, 64}) {
                        Layout layout = Layout.of(AttentionConfig.uniform(heads, dim), 512)
                                .withScoring(scoring);
                        fixture.add(layout, seed, ofScoring + 0.2 / heads + 1.0 / dim);
                    }
                }
            }
            List<AttentionConfig> layers = List.of(AttentionConfig.uniform(12, 16), AttentionConfig.uniform(4, 16));
            Layout schedule = new Layout(layers.get(0), layers, "many-early", Scoring.QK_NORM, 512);
            fixture.add(schedule, seed, 0.03);
        }
        return fixture;
    }

    static SweepSummary summary(Order... claims) {
        return summary("Quickstart: heads of 128 on European Parliament texts", claims);
    }

    static SweepSummary summary(String name, Order... claims) {
        Map<String, String> model = new LinkedHashMap<>();
        model.put("layers", "4");
        model.put("width", "128");
        model.put("context", "128 tokens");
        Map<String, String> training = new LinkedHashMap<>();
        training.put("optimizer", "AdamW, 0.001, cosine after 50 steps of warm-up");
        training.put("replicas", "2, averaged every 20 steps");
        return new SweepSummary(
                name,
                "attention width 128",
                new SweepSummary.Theory("induction-step", 16, 128),
                new SweepSummary.Corpus(
                        "European Parliament texts, English",
                        "byte-level BPE",
                        2048,
                        new SweepSummary.Split(1_804, 522_310),
                        new SweepSummary.Split(DOCUMENTS, 28_912),
                        6.2147),
                List.of(claims),
                List.of("The text and its size are our choice."),
                model,
                training,
                "model {\n  layers = 4\n  width = 128\n}\nsweep.seeds = [1, 2, 3]\n",
                "apportion sweep conf/quickstart.conf --set sweep.seeds=[1,2,3]");
    }

    void diverge(AttentionConfig layout, long seed, String message) {
        trials.add(new TrialResult(
                "dead" + layout + "-" + seed,
                new TrialResult.Setting(Layout.of(layout, 512), seed, 0.001, TrialResult.Purpose.COMPARISON),
                new TrialResult.Cost(1_100_000, 290_000_000, 524_288, 12, 100_000),
                LearningCurve.none(),
                new Outcome.Diverged(7, 1, message),
                provenance()));
    }

    void tune(AttentionConfig layout, double learningRate, double effect) {
        add(new TrialResult.Setting(Layout.of(layout, 512), 0, learningRate, TrialResult.Purpose.TUNING), effect);
    }

    void add(Layout layout, long seed, double effect) {
        add(new TrialResult.Setting(layout, seed, 0.001, TrialResult.Purpose.COMPARISON), effect);
    }

    void add(AttentionConfig layout, long seed, double effect) {
        add(new TrialResult.Setting(Layout.of(layout, 512), seed, 0.001, TrialResult.Purpose.COMPARISON), effect);
    }

    private void add(TrialResult.Setting setting, double effect) {
        Layout layout = setting.layout();
        long seed = setting.seed();
        String id = String.format(
                "%016x",
                layout.toString().hashCode() * 31L + seed * 7919 + Double.hashCode(setting.learningRate()) * 104729L);
        double luck = 0.006 * new SplittableRandom(layout.attention().hashCode() * 17L + seed).nextGaussian();
        List<DocumentLoss> losses = documents(3.921 + effect + luck + 0.004 * seed);
        double loss = losses.stream().mapToDouble(DocumentLoss::loss).sum();
        long tokens = losses.stream().mapToLong(DocumentLoss::tokens).sum();
        long bytes = losses.stream().mapToLong(DocumentLoss::bytes).sum();
        documents.put(id, losses);
        trials.add(new TrialResult(
                id,
                setting,
                cost(layout),
                curve(loss / tokens),
                new Outcome.Done(new Outcome.Validation(loss / tokens, tokens, bytes)),
                provenance()));
    }

    /** Of a layout that spends 128 as the others, those numbers that follow from its attention width. */
    private static TrialResult.Cost cost(Layout layout) {
        long width = layout.attention().width();
        return new TrialResult.Cost(
                832_512 + 2_048 * width,
                221_249_536 + 524_288 * width,
                4_096 * width,
                24.2 + layout.heads() / 4.0,
                1_024_000);
    }

    private List<DocumentLoss> documents(double loss) {
        SplittableRandom text = new SplittableRandom(3);
        List<DocumentLoss> losses = new ArrayList<>();
        for (int k = 0; k < DOCUMENTS; k++) {
            long tokens = 80 + (long) (450 * text.nextDouble());
            double perToken = loss + 0.25 * text.nextGaussian() + 0.02 * random.nextGaussian();
            losses.add(new DocumentLoss(perToken * tokens, tokens, Math.round(tokens * 3.4)));
        }
        return losses;
    }

    private LearningCurve curve(double last) {
        List<Point> training = new ArrayList<>();
        List<Point> validation = new ArrayList<>();
        for (int step = 1; step <= 200; step++) {
            double loss = last + (7.6 - last) * Math.exp(-step / 28.0) + 0.3 * Math.exp(-step / 100.0);
            training.add(new Point(step, step * 5120L, loss - 0.05 + 0.03 * random.nextGaussian()));
            if (step % 40 == 0) {
                validation.add(new Point(step, step * 5120L, loss));
            }
        }
        return new LearningCurve(training, validation);
    }

    private static Provenance provenance() {
        Map<String, String> libraries = new LinkedHashMap<>();
        libraries.put("Spark", "3.5.5");
        libraries.put("Deeplearning4j", "1.0.0-M2.1");
        return new Provenance(
                "9f2c41d07be3",
                "0.1.0 at 4be1a90",
                "77d0e1c2a9f4",
                new Provenance.Machine("nd4j", "float", "17.0.14", 2, libraries),
                "2026-03-01T12:00:00Z");
    }
}
