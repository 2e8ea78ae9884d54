package apportion.spark.cli;

import apportion.model.count.ModelCount;
import apportion.spark.compress.CompressJob;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import org.jspecify.annotations.Nullable;

/** What compression gave, for a terminal. */
final class CompressView {

    private static final String HEAD = "layer head  dim     kept QK  kept OV  score error  output error";

    private CompressView() {}

    static String text(CompressJob.Result result) {
        List<String> lines = new ArrayList<>();
        lines.add(HEAD);
        for (CompressJob.Head head : result.heads()) {
            String dims = head.from() + ">" + head.to();
            lines.add(String.format(
                            Locale.ROOT,
                            "%5d %4d  %-7s %7s  %7s  %11s  %12s",
                            head.layer(),
                            head.head(),
                            dims,
                            share(head.keptScores()),
                            share(head.keptValues()),
                            share(head.scoreError()),
                            share(head.outputError()))
                    .stripTrailing());
        }
        ModelCount before = result.before();
        ModelCount after = result.after();
        lines.add(saved("parameters", before.parameters(), after.parameters()));
        lines.add(saved("forward FLOPs of a sequence", before.forwardFlops(), after.forwardFlops()));
        lines.add(saved("bytes of its keys and values", before.keyValueBytes(), after.keyValueBytes()));
        if (result.teacherLoss() != null && result.studentLoss() != null) {
            lines.add(String.format(
                    Locale.ROOT,
                    "validation loss %.4f > %.4f nats per token",
                    result.teacherLoss(),
                    result.studentLoss()));
        }
        lines.add(result.checkpoint() + ": " + String.join(", ", result.attention()) + ", from " + result.teacher()
                + " by " + result.method());
        return String.join(System.lineSeparator(), lines);
    }

    private static String share(@Nullable Double value) {
        return value == null ? "-" : String.format(Locale.ROOT, "%.1f%%", 100 * value);
    }

    private static String saved(String what, long before, long after) {
        return String.format(
                Locale.ROOT, "%s %,d > %,d (%.1f%% less)", what, before, after, 100.0 * (before - after) / before);
    }
}
