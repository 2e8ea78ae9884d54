package apportion.spark.cli;

import apportion.model.allocation.Allocation;
import apportion.model.allocation.AllocationProblem;
import apportion.model.allocation.AllocationProblem.Spending;
import apportion.model.allocation.Allocator;
import apportion.model.allocation.HeadCurve;
import apportion.model.allocation.KernelFit;
import apportion.model.allocation.LagKernel;
import apportion.model.allocation.LayerSchedule;
import apportion.spark.failure.UserError;
import java.util.Optional;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;

@Command(
        name = "allocate",
        description =
                "What theory says of an attention budget: the heads for which a bound on the error of one layer is"
                        + " least. Needs neither Spark nor a model, unless the kernel is to be estimated.",
        footer = {
            "",
            "A layer shall learn y_t = sum of rho_m x_(t-m) over lags m = 1, 2, ...; H_m",
            "heads of dimension d_m serve lag m. For tokens x of dimension d and norm at",
            "most 1 its error is at most the sum of",
            "  |rho_m| (sqrt(1 - d_m / d) + 1.3 e^(0.02 m) / H_m)  over served lags",
            "  |rho_k|                                             over all others",
            "where the root is 0 for d_m > d (arXiv 2510.03784). The allocation makes that",
            "least. A bound is no prediction: what a sweep measures may differ from it.",
            "",
            "KERNEL: the weights |rho_m| as 1,0.5,0.25, or induction-step (1), n-gram:N",
            "(N times 1), power:LAGS:EXPONENT (m^-EXPONENT), exponential:LAGS:RATE",
            "(e^(-RATE (m - 1))). No lag is served that loses by it whatever it gets.",
            "",
            "--kernel-from: the weights are estimated from a text instead: least squares",
            "for the next token's embedding from those of the tokens before, one number",
            "for each lag. That is what a linear layer could learn of the text by place",
            "alone; attention that looks at contents can learn more.",
            "",
            "SOLVER: exact (dynamic programming) or greedy (whole heads of dimension d).",
            "Without it exact where that takes about a second at most, else greedy.",
            "",
            "--layers: later layers have as many heads that are narrower, since the softmax",
            "over a long context hardly answers small changes of bounded scores. Where early",
            "layers end and how narrow later heads may be are choices that the theory does",
            "not make; trained scores need not be bounded; others found wide heads best",
            "early, or late. A schedule is a question to measure.",
            "",
            "Examples:",
            "  apportion allocate --budget 256 --token-dim 8 --kernel n-gram:4 --json",
            "  apportion allocate --budget 128 --token-dim 16 --curve",
            "  apportion allocate --budget 256 --token-dim 16 --kernel power:32:2 --layers 6",
            "  apportion allocate --budget 64 --token-dim 8 --kernel-from runs/a --data datasets/a --lags 8"
        })
final class AllocateCommand extends JobCommand {

    @Option(
            names = "--budget",
            paramLabel = "D",
            required = true,
            description = "Heads times head dimension of a layer, in sum.")
    private int budget;

    @Option(
            names = "--token-dim",
            paramLabel = "d",
            required = true,
            description = "Dimension of the layer's tokens, at most D.")
    private int tokenDim;

    @Option(
            names = "--kernel",
            paramLabel = "KERNEL",
            description = "How much each lag counts. Without it: induction-step.")
    private @Nullable String kernel;

    @Option(
            names = "--kernel-from",
            paramLabel = "DIR",
            description = "A checkpoint, or a run, whose embedding --data is seen through to estimate the kernel.")
    private @Nullable String kernelFrom;

    @Option(names = "--data", paramLabel = "DIR", description = "A dataset, whose training split is read.")
    private @Nullable String data;

    @Option(names = "--lags", paramLabel = "L", description = "How many lags are estimated.")
    private @Nullable Integer lags;

    @Option(
            names = "--sequences",
            paramLabel = "N",
            description = "Most sequences that are read, spread over the split. Without it: all.")
    private @Nullable Long sequences;

    @Option(names = "--at-most", description = "Spend the budget or less. Without it: all of it.")
    private boolean atMost;

    @Option(names = "--solver", paramLabel = "SOLVER", description = "How it is solved: exact or greedy.")
    private @Nullable String solver;

    @Option(
            names = "--curve",
            description = "The bound against the heads of each served lag, if all have equally many.")
    private boolean curve;

    @Option(names = "--layers", paramLabel = "N", description = "Heads for each of N layers.")
    private @Nullable Integer layers;

    @Option(
            names = "--early",
            paramLabel = "N",
            description = "Layers with the allocated heads. Without it: half of them, rounded up.")
    private @Nullable Integer early;

    @Option(
            names = "--late-head-dim",
            paramLabel = "d",
            description = "Most dimensions of a head in the others. Without it: half of --token-dim.")
    private @Nullable Integer lateHeadDim;

    @Override
    Outcome run(Job job) {
        if (layers == null && (early != null || lateHeadDim != null)) {
            throw new UserError("--early and --late-head-dim are about --layers; give that, too");
        }
        if (layers != null && curve) {
            throw new UserError("--curve and --layers are two questions; leave one of them out");
        }
        Optional<KernelFit.Estimate> estimate = estimate(job);
        try {
            return outcome(estimate);
        } catch (IllegalArgumentException e) {
            throw new UserError(String.valueOf(e.getMessage()), e);
        }
    }

    private Optional<KernelFit.Estimate> estimate(Job job) {
        if (kernelFrom == null) {
            if (data != null || lags != null || sequences != null) {
                throw new UserError("--data, --lags and --sequences are about --kernel-from; give that, too");
            }
            return Optional.empty();
        }
        if (kernel != null) {
            throw new UserError("--kernel gives a kernel and --kernel-from estimates one; leave one of them out");
        }
        if (data == null || lags == null) {
            throw new UserError("--kernel-from needs --data and --lags");
        }
        if (sequences != null && sequences < 1) {
            throw new UserError("--sequences must be at least 1, got " + sequences);
        }
        long most = sequences == null ? Long.MAX_VALUE : sequences;
        return Optional.of(EstimatedKernel.of(job, kernelFrom, data, lags, most));
    }

    private Outcome outcome(Optional<KernelFit.Estimate> estimate) {
        AllocationProblem problem = new AllocationProblem(
                estimate.map(KernelFit.Estimate::kernel)
                        .orElseGet(() -> kernel == null ? LagKernel.inductionStep() : LagKernel.parse(kernel)),
                budget,
                tokenDim,
                atMost ? Spending.AT_MOST : Spending.ALL);
        Allocator allocator = allocator(problem);
        Allocation allocation = allocator.allocate(problem);
        if (curve) {
            return EstimatedKernel.before(CurveView.of(HeadCurve.of(problem, allocation.served())), estimate);
        }
        Optional<LayerSchedule> schedule = Optional.ofNullable(layers).map(count -> schedule(allocation, count));
        return EstimatedKernel.before(new AllocationView(problem, allocator, allocation, schedule).outcome(), estimate);
    }

    private Allocator allocator(AllocationProblem problem) {
        if (solver == null) {
            return Allocator.fitting(problem);
        }
        return switch (solver) {
            case "exact" -> Allocator.EXACT;
            case "greedy" -> Allocator.GREEDY;
            default -> throw new UserError("--solver must be exact or greedy, got " + solver);
        };
    }

    private LayerSchedule schedule(Allocation allocation, int count) {
        return LayerSchedule.of(
                allocation,
                count,
                early == null ? (count + 1) / 2 : early,
                lateHeadDim == null ? Math.max(1, tokenDim / 2) : lateHeadDim);
    }
}
