package apportion.spark.compress;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import apportion.data.pack.Split;
import apportion.model.compress.Compression;
import apportion.model.compress.Compressor;
import apportion.model.compress.ErrorSums;
import apportion.model.compress.HeadErrors;
import apportion.model.compress.HeadMoments;
import apportion.model.compress.Start;
import apportion.model.compress.Student;
import apportion.model.config.ModelConfig;
import apportion.spark.dataset.Dataset;
import apportion.spark.dataset.RowSample;
import apportion.spark.failure.UserError;
import apportion.spark.progress.Progress;
import apportion.spark.storage.Storage;
import apportion.spark.train.LocalSpark;
import apportion.spark.train.TinyDataset;
import apportion.spark.trained.Forward;
import apportion.spark.trained.TinyModel;
import apportion.spark.trained.TrainedModel;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.OptionalLong;
import org.apache.spark.api.java.JavaSparkContext;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Students that are made for data by tasks of Spark. */
final class CompressJobTest {

    private static final int RANK = 2;

    @TempDir
    private Path folder;

    private Path teacher;
    private Path data;

    @BeforeEach
    void teacher() throws IOException {
        teacher = TinyModel.write(folder.resolve("teacher"), "layers = 2, bias = true", 1);
        data = folder.resolve("data");
        // 84 rows of nine tokens in five parts: six tasks of at most 16, of which the last row is shorter.
        TinyDataset.write(
                data, List.of("the cat sat on the mat, 0123456789. ".repeat(21)), List.of("a cat ".repeat(60)), 8, 20);
    }

    private CompressConfig config(Path dataset, String output) {
        return new CompressConfig(
                Optional.of(teacher.toString()),
                Optional.of(folder.resolve(output).toString()),
                "all",
                "all",
                OptionalInt.of(RANK),
                Compression.Parts.BOTH,
                Optional.empty(),
                Optional.of(dataset.toString()),
                OptionalLong.empty(),
                5,
                1);
    }

    private CompressJob.Result made(String master, Path dataset, String output) {
        try (JavaSparkContext context = LocalSpark.start(master)) {
            return CompressJob.run(() -> context, Storage.withDefaults(), config(dataset, output), Progress.SILENT);
        }
    }

    private TrainedModel student(String output) {
        return TrainedModel.load(Storage.withDefaults(), folder.resolve(output).toString());
    }

    @Test
    void theStudentHasTheSameBitsHoweverManyTasksRunAtOnce() {
        CompressJob.Result alone = made("local[1]", data, "alone");
        CompressJob.Result together = made("local[4]", data, "together");

        assertThat(student("together").parameters()).isEqualTo(student("alone").parameters());
        assertThat(together.heads()).isEqualTo(alone.heads());
        assertThat(together.teacherLoss()).isEqualTo(alone.teacherLoss());
        assertThat(together.studentLoss()).isEqualTo(alone.studentLoss());
    }

    @Test
    void manyTasksMakeAndMeasureTheStudentOfOnePass() {
        CompressJob.Result result = made("local[2]", data, "student");
        TrainedModel model = TrainedModel.load(Storage.withDefaults(), teacher.toString());
        Student expected = Compressor.compress(
                model.model(),
                model.parameters(),
                config(data, "other").compression(),
                new Start.Data(observed(model).sums()));

        assertThat(RowSample.forTasks(Dataset.open(Storage.withDefaults(), data.toString()), Split.TRAIN, 1000))
                .hasSizeGreaterThan(4);
        assertThat(student("student").parameters()).containsExactly(expected.weights(), within(1e-4f));
        List<ErrorSums.HeadError> errors = errors(model, expected);
        assertThat(result.heads()).hasSameSizeAs(errors);
        for (int h = 0; h < errors.size(); h++) {
            assertThat(result.heads().get(h).scoreError())
                    .isCloseTo(errors.get(h).scores(), within(1e-5));
            assertThat(result.heads().get(h).outputError())
                    .isCloseTo(errors.get(h).output(), within(1e-5));
        }
        assertThat(result.teacherLoss()).isCloseTo(loss(model, model.model(), model.parameters()), within(1e-6));
        assertThat(result.studentLoss()).isCloseTo(loss(model, expected.model(), expected.weights()), within(1e-5));
    }

    /** All rows of a split, one after the other, in one thread. */
    private List<List<int[]>> rows(Split split) {
        Dataset dataset = Dataset.open(Storage.withDefaults(), data.toString());
        List<List<int[]>> rows = new ArrayList<>();
        for (RowSample sample : RowSample.of(dataset, split, Long.MAX_VALUE, 1)) {
            rows.add(sample.read(dataset));
        }
        return rows;
    }

    private HeadMoments observed(TrainedModel model) {
        try (Forward forward = new Forward(model.compute(), model.model(), model.parameters())) {
            HeadMoments moments = new HeadMoments(model.model(), model.parameters(), forward.backend());
            forward.observe(moments);
            forward.loss(rows(Split.TRAIN));
            return moments;
        }
    }

    private List<ErrorSums.HeadError> errors(TrainedModel model, Student student) {
        try (Forward forward = new Forward(model.compute(), model.model(), model.parameters());
                HeadErrors errors = new HeadErrors(forward.backend(), model.model(), model.parameters(), student)) {
            forward.observe(errors);
            forward.loss(rows(Split.VALIDATION));
            return errors.sums().errors();
        }
    }

    private double loss(TrainedModel model, ModelConfig sizes, float[] weights) {
        try (Forward forward = new Forward(model.compute(), sizes, weights)) {
            return forward.loss(rows(Split.VALIDATION));
        }
    }

    @Test
    void aSplitWithoutRowsIsNamed() {
        Path empty = folder.resolve("empty");
        TinyDataset.write(empty, List.of("the cat sat on the mat"), List.of(), 8, 20);
        assertThatThrownBy(() -> made("local[1]", empty, "none"))
                .isInstanceOf(UserError.class)
                .hasMessageContaining("has no validation sequences");
        assertThat(folder.resolve("none")).doesNotExist();
    }
}
