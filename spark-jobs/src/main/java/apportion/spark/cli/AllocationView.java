package apportion.spark.cli;

import apportion.model.allocation.Allocation;
import apportion.model.allocation.AllocationProblem;
import apportion.model.allocation.Allocator;
import apportion.model.allocation.LayerSchedule;
import apportion.model.allocation.RealAllocation;
import apportion.model.config.AttentionConfig;
import apportion.model.config.HeadGroup;
import java.math.BigDecimal;
import java.math.MathContext;
import java.math.RoundingMode;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.stream.Collectors;
import java.util.stream.IntStream;

/** What {@code apportion allocate} shows: a table with bars, and a line to put into a configuration. */
record AllocationView(
        AllocationProblem problem, Allocator allocator, Allocation allocation, Optional<LayerSchedule> schedule) {

    private static final int MOST_ROWS = 40;
    private static final int LONGEST_BAR = 32;
    private static final int DIGITS = 6;

    Outcome outcome() {
        return new Outcome(text(), json());
    }

    /** Six decimals, or six digits of what is small. */
    static double rounded(double value) {
        BigDecimal exact = BigDecimal.valueOf(value);
        return (Math.abs(value) < 0.1
                        ? exact.round(new MathContext(DIGITS, RoundingMode.HALF_EVEN))
                        : exact.setScale(DIGITS, RoundingMode.HALF_EVEN))
                .doubleValue();
    }

    private Map<String, Object> json() {
        Map<String, Object> json = new LinkedHashMap<>();
        json.put("served", allocation.served());
        json.put(
                "groups",
                IntStream.rangeClosed(1, allocation.served())
                        .mapToObj(this::group)
                        .toList());
        json.put("bound", rounded(allocation.bound()));
        json.put("boundOfRealHeads", rounded(real().bound()));
        json.put("boundWithoutHeads", rounded(problem.kernel().total()));
        json.put("spent", allocation.attention().width());
        json.put("solver", solver());
        schedule.ifPresent(each -> {
            json.put("earlyLayers", each.early());
            json.put("layers", each.layers().stream().map(AllocationView::sizes).toList());
        });
        return json;
    }

    private Map<String, Object> group(int lag) {
        Map<String, Object> group = new LinkedHashMap<>();
        group.put("lag", lag);
        group.putAll(size(heads(lag)));
        return group;
    }

    private static List<Map<String, Object>> sizes(AttentionConfig layer) {
        return layer.groups().stream().map(AllocationView::size).toList();
    }

    private static Map<String, Object> size(HeadGroup heads) {
        Map<String, Object> size = new LinkedHashMap<>();
        size.put("heads", heads.heads());
        size.put("headDim", heads.headDim());
        return size;
    }

    private HeadGroup heads(int lag) {
        return allocation.groups().get(lag - 1);
    }

    private RealAllocation real() {
        return RealAllocation.of(problem);
    }

    private String solver() {
        return allocator.name().toLowerCase(Locale.ROOT);
    }

    private String text() {
        StringBuilder text = new StringBuilder();
        text.append(String.format(
                Locale.ROOT,
                "budget %,d, tokens of %,d: lags 1 to %,d of %,d are served, %,d spent (%s)%n",
                problem.budget(),
                problem.tokenDim(),
                allocation.served(),
                problem.kernel().lags(),
                allocation.attention().width(),
                solver()));
        text.append(String.format("%6s %10s %12s %9s %12s%n", "lag", "weight", "heads", "head dim", "error"));
        int widest =
                allocation.groups().stream().mapToInt(HeadGroup::width).max().orElseThrow();
        for (int lag = 1; lag <= Math.min(MOST_ROWS, allocation.served()); lag++) {
            text.append(row(lag, widest));
        }
        if (allocation.served() > MOST_ROWS) {
            text.append(String.format(
                    Locale.ROOT, "   ... and %,d lags more; --json has all%n", allocation.served() - MOST_ROWS));
        }
        text.append(String.format(
                Locale.ROOT, "%6s %45.6f%n", "others", problem.kernel().beyond(allocation.served())));
        text.append(bounds()).append(System.lineSeparator());
        return text.append(schedule.map(AllocationView::layers)
                        .orElseGet(() -> "model.attention " + hocon(allocation.attention())))
                .toString();
    }

    private String row(int lag, int widest) {
        HeadGroup heads = heads(lag);
        double error = problem.bound().served(lag, heads.heads(), heads.headDim());
        String bar = "#".repeat((int) Math.ceil((double) heads.width() / widest * LONGEST_BAR));
        return String.format(
                Locale.ROOT,
                "%6d %10.4g %,12d %,9d %12.6f  %s%n",
                lag,
                problem.kernel().weight(lag),
                heads.heads(),
                heads.headDim(),
                error,
                bar);
    }

    private String bounds() {
        String all = String.format(
                Locale.ROOT,
                "bound %.6f; %.6f if heads need not be whole, %.6f without heads",
                allocation.bound(),
                real().bound(),
                problem.kernel().total());
        return allocation.bound() < problem.kernel().total()
                ? all
                : all + ": the bound says nothing for these heads, as the budget is too small";
    }

    private static String layers(LayerSchedule schedule) {
        String lines = "model.attention.per-layer = ["
                + schedule.layers().stream().map(AllocationView::hocon).collect(Collectors.joining(", "))
                + "]";
        return schedule.early() == schedule.layers().size()
                ? lines
                : lines + System.lineSeparator() + "Where early layers end (after " + schedule.early()
                        + ") and how narrow later heads are is chosen, not derived; --help says why.";
    }

    private static String hocon(AttentionConfig layer) {
        List<String> groups = layer.groups().stream()
                .map(heads -> "{ heads = " + heads.heads() + ", head-dim = " + heads.headDim() + " }")
                .toList();
        return groups.size() == 1 ? groups.get(0) : "{ groups = [" + String.join(", ", groups) + "] }";
    }
}
