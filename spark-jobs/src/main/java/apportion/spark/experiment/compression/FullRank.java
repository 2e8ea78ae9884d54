package apportion.spark.experiment.compression;

import apportion.model.config.HeadGroup;
import apportion.model.config.ModelConfig;
import apportion.spark.experiment.Compression;
import apportion.spark.experiment.Compression.Smaller;
import apportion.spark.failure.UserError;
import java.util.List;
import java.util.stream.IntStream;

/** The student whose heads are as large as their teacher's: it should lose nothing. */
final class FullRank {

    private FullRank() {}

    /**
     * Of a teacher whose heads are all of one dimension.
     *
     * @throws UserError if they are not
     */
    static Smaller of(ModelConfig teacher) {
        List<Integer> dims = IntStream.range(0, teacher.layers())
                .boxed()
                .flatMap(layer -> teacher.block(layer).attention().groups().stream())
                .map(HeadGroup::headDim)
                .distinct()
                .toList();
        if (dims.size() > 1) {
            throw new UserError("model.attention must have heads of one dimension in this experiment, got " + dims
                    + "; configure heads and head-dim");
        }
        return new Smaller(Compression.FULL_RANK, "all", "all", dims.get(0));
    }
}
