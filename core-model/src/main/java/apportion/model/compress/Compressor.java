package apportion.model.compress;

import apportion.model.config.ModelConfig;
import apportion.model.inspect.HeadPlace;
import apportion.model.inspect.NamedWeights;
import apportion.model.inspect.ThinProduct;
import apportion.model.transformer.ParameterLayout;
import java.util.ArrayList;
import java.util.List;
import java.util.OptionalDouble;

/** Makes students of teachers. */
public final class Compressor {

    private final ModelConfig teacher;
    private final ModelConfig student;
    private final NamedWeights weights;
    private final Compression compression;
    private final Start start;
    private final List<Student.Compressed> findings = new ArrayList<>();

    private Compressor(ModelConfig teacher, float[] weights, Compression compression, Start start) {
        compression.check(teacher);
        if (start instanceof Start.Random && compression.parts() != Compression.Parts.BOTH) {
            throw new IllegalArgumentException(
                    "numbers that are drawn have no lower rank; draw them with parts = both");
        }
        this.teacher = teacher;
        this.student = StudentShape.of(teacher, compression);
        this.weights = new NamedWeights(teacher, weights);
        this.compression = compression;
        this.start = start;
    }

    /**
     * Makes a student.
     *
     * @throws IllegalArgumentException if the model's heads cannot be compressed so, with every reason
     */
    public static Student compress(ModelConfig teacher, float[] weights, Compression compression, Start start) {
        return new Compressor(teacher, weights, compression, start).student(weights);
    }

    private Student student(float[] teachers) {
        float[] values = copied(teachers);
        float[] fresh = start instanceof Start.Random random
                ? ParameterLayout.of(student).initialize(random.seed())
                : values;
        NamedWeights drawn = new NamedWeights(student, fresh);
        compression.chosen(teacher).forEach((layer, chosen) -> {
            Projections from = Projections.of(teacher, weights, layer);
            Projections to = Projections.of(student, drawn, layer);
            System.arraycopy(from.outBias_c(), 0, to.outBias_c(), 0, from.outBias_c().length);
            List<KeyGroup> before = KeyGroup.of(teacher, layer);
            List<KeyGroup> after = KeyGroup.of(student, layer);
            for (int g = 0; g < before.size(); g++) {
                if (chosen.contains(before.get(g))) {
                    compress(before.get(g), after.get(g), from, to);
                } else {
                    copy(before.get(g), after.get(g), from, to, Compression.Parts.BOTH);
                }
            }
            to.write(student, layer, values);
        });
        return new Student(student, values, findings);
    }

    /** The student's weights with all that both have; projections of layers that change are still to be written. */
    private float[] copied(float[] teachers) {
        ParameterLayout from = ParameterLayout.of(teacher);
        ParameterLayout to = ParameterLayout.of(student);
        float[] values = new float[Math.toIntExact(to.size())];
        for (ParameterLayout.Slice slice : to.slices()) {
            ParameterLayout.Slice source = from.slice(slice.name());
            if (source.size() == slice.size()) {
                System.arraycopy(teachers, (int) source.offset(), values, (int) slice.offset(), (int) slice.size());
            }
        }
        return values;
    }

    private static void copy(
            KeyGroup before, KeyGroup after, Projections from, Projections to, Compression.Parts parts) {
        int d = before.headDim();
        for (int h = 0; h < before.heads().size(); h++) {
            HeadPlace old = before.heads().get(h);
            HeadPlace place = after.heads().get(h);
            if (parts.changeScores()) {
                to.setRows(place.query(), from.rows(old.query(), d, true));
                to.setRows(place.key(), from.rows(old.key(), d, true));
            }
            if (parts.changeValues()) {
                to.setRows(place.value(), from.rows(old.value(), d, true));
                to.setColumns(place.mixed(), from.columns(old.mixed(), d));
            }
        }
    }

    private void compress(KeyGroup before, KeyGroup after, Projections from, Projections to) {
        OptionalDouble scores = OptionalDouble.empty();
        OptionalDouble values = OptionalDouble.empty();
        boolean drawn = start instanceof Start.Random;
        if (!compression.parts().changeScores()) {
            copy(before, after, from, to, Compression.Parts.QK);
        } else if (!drawn) {
            scores = OptionalDouble.of(scores(before, after, from, to));
        }
        if (!compression.parts().changeValues()) {
            copy(before, after, from, to, Compression.Parts.OV);
        } else if (!drawn) {
            values = OptionalDouble.of(values(before, after, from, to));
        }
        findings.add(new Student.Compressed(
                before.layer(),
                before.first().head(),
                before.heads().size(),
                before.headDim(),
                compression.headDim(),
                scores,
                values));
    }

    /** Writes smaller queries and keys; gives what is kept. */
    private double scores(KeyGroup before, KeyGroup after, Projections from, Projections to) {
        int d = before.headDim();
        // With its bias as a last column, a query is a product with (x, 1). What a key's bias adds is left out.
        double[][] key =
                from.rows(before.first().key(), d, teacher.sharing().qkv().queryIsKey());
        double[][] queries = new double[d][0];
        for (HeadPlace head : before.heads()) {
            queries = Rows.beside(queries, from.rows(head.query(), d, true));
        }
        ThinProduct product = start instanceof Start.Data data
                ? new ThinProduct(
                        data.of(before).queries(before), data.of(before).keys(before))
                : new ThinProduct(ThinProduct.gram(queries), ThinProduct.gram(key));
        ThinProduct.Transforms transforms = product.truncated(compression.headDim());
        // The student's own scale follows from its dimension; its scores are to be the teacher's all the same.
        double factor = Math.sqrt(before.first().scale() / after.first().scale());
        for (int h = 0; h < before.heads().size(); h++) {
            double[][] query = from.rows(before.heads().get(h).query(), d, true);
            to.setRows(
                    after.heads().get(h).query(),
                    Rows.filled(Rows.product(transforms.left(), query, factor), after.headDim()));
        }
        to.setRows(after.first().key(), Rows.filled(Rows.product(transforms.right(), key, factor), after.headDim()));
        return product.kept(compression.headDim());
    }

    /** Writes smaller values and their way back; gives what is kept. */
    private double values(KeyGroup before, KeyGroup after, Projections from, Projections to) {
        int d = before.headDim();
        double[][] value = from.rows(before.first().value(), d, false);
        double[][] back = new double[d][0];
        for (HeadPlace head : before.heads()) {
            back = Rows.beside(back, from.columns(head.mixed(), d));
        }
        double[][] right = start instanceof Start.Data data ? data.of(before).mixes(before) : ThinProduct.gram(value);
        ThinProduct product = new ThinProduct(ThinProduct.gram(back), right);
        ThinProduct.Transforms transforms = product.truncated(compression.headDim());
        for (int h = 0; h < before.heads().size(); h++) {
            HeadPlace old = before.heads().get(h);
            double[][] columns = from.columns(old.mixed(), d);
            to.setColumns(
                    after.heads().get(h).mixed(),
                    Rows.filled(Rows.product(transforms.left(), columns, 1), after.headDim()));
            // Probabilities add up to 1, so a value's bias is a constant of the result.
            for (int r = 0; r < d; r++) {
                for (int c = 0; c < columns[r].length; c++) {
                    to.outBias_c()[c] += columns[r][c] * from.inBias_p()[old.value() + r];
                }
            }
        }
        to.setRows(after.first().value(), Rows.filled(Rows.product(transforms.right(), value, 1), after.headDim()));
        return product.kept(compression.headDim());
    }
}
