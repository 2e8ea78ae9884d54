package apportion.spark.experiment;

import java.util.HashSet;
import java.util.List;

/**
 * Trained heads replaced by smaller ones: teachers, one for each seed, students of each of them by each method, all of
 * them trained on.
 *
 * @param output directory of the experiment
 * @param students what becomes of a teacher's heads
 * @param compared students that the statements are about
 * @param fineTuning settings of {@code train}, as {@code --set} takes them, that differ where students are trained on
 * @param seeds of the teachers, and of the order in which each one's students are trained on
 * @param sequences of the training split that a student is made for, and of the validation split for errors of heads
 * @param turns of teacher and student in turn, to time their forward passes
 * @param slotsPerTrial Spark's task slots by which models are trained side by side
 */
public record Compression(
        String output,
        List<Smaller> students,
        Compared compared,
        List<String> fineTuning,
        List<Long> seeds,
        int sequences,
        int turns,
        int slotsPerTrial)
        implements Experiment {

    /** Name of the student that every teacher has: its heads are as large as the teacher's. */
    public static final String FULL_RANK = "full rank";

    private static final int FEWEST_TURNS = 6;

    /**
     * Smaller heads.
     *
     * @param name in tables
     * @param layers whose heads become smaller, as {@code compress.layers} takes it
     * @param heads which of these layers' heads, likewise
     * @param headDim what remains of each of them
     */
    public record Smaller(String name, String layers, String heads, int headDim) {}

    /**
     * Students by their names.
     *
     * @param single that of a single head, which is much smaller
     * @param early whose early layers have smaller heads
     * @param later whose later layers, as many, have heads of the same size
     */
    public record Compared(String single, String early, String later) {}

    public Compression {
        students = List.copyOf(students);
        fineTuning = List.copyOf(fineTuning);
        seeds = List.copyOf(seeds);
        List<String> names = students.stream().map(Smaller::name).toList();
        if (names.isEmpty() || new HashSet<>(names).size() < names.size() || names.contains(FULL_RANK)) {
            throw new IllegalArgumentException(
                    "students must be one or more of different names, none of them " + FULL_RANK + ", got " + names);
        }
        for (String name : List.of(compared.single, compared.early, compared.later)) {
            if (!names.contains(name)) {
                throw new IllegalArgumentException("compared must name students, some of " + names + ", got " + name);
            }
        }
        if (of(students, compared.early).headDim != of(students, compared.later).headDim) {
            throw new IllegalArgumentException("compared needs early and later layers with heads of one size, got "
                    + of(students, compared.early).headDim + " and " + of(students, compared.later).headDim);
        }
        for (String setting : new Variant("fine-tuning", fineTuning).set()) {
            if (!setting.startsWith("train.") || setting.startsWith("train.from")) {
                throw new IllegalArgumentException(
                        "fine-tuning must list settings of train but for from, such as \"train.steps=300\", got "
                                + setting);
            }
        }
        if (seeds.size() < 2 || new HashSet<>(seeds).size() < seeds.size()) {
            throw new IllegalArgumentException(
                    "seeds must be two or more different numbers, as intervals are over teachers, got " + seeds);
        }
        if (sequences < 1) {
            throw new IllegalArgumentException("sequences must be at least 1, got " + sequences);
        }
        if (turns < FEWEST_TURNS) {
            throw new IllegalArgumentException("turns must be at least " + FEWEST_TURNS
                    + ", as fewer say nothing of a median's noise, got " + turns);
        }
        if (slotsPerTrial < 1) {
            throw new IllegalArgumentException("slots-per-trial must be at least 1, got " + slotsPerTrial);
        }
    }

    private static Smaller of(List<Smaller> students, String name) {
        return students.stream()
                .filter(student -> student.name().equals(name))
                .findFirst()
                .orElseThrow();
    }

    @Override
    public <T> T match(Cases<T> cases) {
        return cases.compression(this);
    }
}
