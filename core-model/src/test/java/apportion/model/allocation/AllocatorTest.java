package apportion.model.allocation;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import apportion.model.allocation.AllocationProblem.Spending;
import apportion.model.config.AttentionConfig;
import apportion.model.config.HeadGroup;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.EnumSource;

class AllocatorTest {

    private static AllocationProblem problem(String kernel, int budget, int tokenDim, Spending spending) {
        return new AllocationProblem(LagKernel.parse(kernel), budget, tokenDim, spending);
    }

    /** By hand from the formula, and by an independent program. */
    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "1,1,1,1       | 256 |  8 | 8x8+8x8+8x8+8x8   | 0.683497",
                "1,.5,.25,.125 | 256 |  8 | 12x8+9x8+6x8+5x8  | 0.278414",
                "1,1           |  32 |  8 | 4x8               | 1.331565",
                "1,1,1,1       |  64 | 16 | 4x16              | 3.331565",
                "1,1,1,1       |  64 |  8 | 2x8+3x8+3x8       | 2.574278",
                "1,.1          |  64 |  8 | 8x8               | 0.265783",
                "1             | 128 | 16 | 8x16              | 0.165783"
            })
    void knownAllocations(String kernel, int budget, int tokenDim, String groups, double bound) {
        for (Allocator allocator : Allocator.values()) {
            for (Spending spending : Spending.values()) {
                Allocation allocation = allocator.allocate(problem(kernel, budget, tokenDim, spending));

                assertThat(new AttentionConfig(allocation.groups())).hasToString(groups);
                assertThat(allocation.served()).isEqualTo(groups.split("\\+").length);
                assertThat(allocation.bound()).isCloseTo(bound, within(1e-6));
            }
        }
    }

    /** Everything there is, one by one. */
    private static double least(AllocationProblem problem, List<HeadGroup> groups, int left) {
        boolean complete = !groups.isEmpty() && (left == 0 || problem.spending() == Spending.AT_MOST);
        double least = complete ? problem.bound().of(groups) : Double.POSITIVE_INFINITY;
        if (groups.size() == problem.kernel().lags()) {
            return least;
        }
        for (int headDim = 1; headDim <= left; headDim++) {
            for (int heads = 1; heads * headDim <= left; heads++) {
                List<HeadGroup> more = new ArrayList<>(groups);
                more.add(new HeadGroup(heads, headDim));
                least = Math.min(least, least(problem, more, left - heads * headDim));
            }
        }
        return least;
    }

    /** In any order, and some of them 0. */
    private static double[] weights(Random random, int lags) {
        double[] weights = new double[lags];
        for (int m = 0; m < lags; m++) {
            weights[m] = random.nextInt(4) == 0 ? 0 : random.nextDouble();
        }
        weights[random.nextInt(lags)] = 1;
        return weights;
    }

    @ParameterizedTest
    @EnumSource(Spending.class)
    void exactIsTheLeastOfAllThereIs(Spending spending) {
        Random random = new Random(1);
        for (int i = 0; i < 300; i++) {
            int budget = 1 + random.nextInt(14);
            AllocationProblem problem = new AllocationProblem(
                    LagKernel.of(weights(random, 1 + random.nextInt(4))), budget, 1 + random.nextInt(budget), spending);

            Allocation allocation = Allocator.EXACT.allocate(problem);

            assertThat(allocation.bound())
                    .as(problem.toString())
                    .isCloseTo(least(problem, List.of(), budget), within(1e-12));
            assertSpends(allocation, problem);
        }
    }

    private static void assertSpends(Allocation allocation, AllocationProblem problem) {
        assertThat(allocation.bound()).isEqualTo(problem.bound().of(allocation.groups()));
        if (problem.spending() == Spending.ALL) {
            assertThat(allocation.attention().width()).isEqualTo(problem.budget());
        } else {
            assertThat(allocation.attention().width()).isLessThanOrEqualTo(problem.budget());
        }
    }

    @ParameterizedTest
    @EnumSource(Spending.class)
    void greedyEqualsExactWhereWeightsFallAndTokensDivideTheBudget(Spending spending) {
        Random random = new Random(2);
        for (int i = 0; i < 500; i++) {
            int tokenDim = 1 + random.nextInt(12);
            double[] weights = falling(random);
            AllocationProblem problem = new AllocationProblem(
                    LagKernel.of(weights), tokenDim * (2 + random.nextInt(30)), tokenDim, spending);

            Allocation greedy = Allocator.GREEDY.allocate(problem);

            assertThat(greedy.bound())
                    .as(problem.toString())
                    .isCloseTo(Allocator.EXACT.allocate(problem).bound(), within(1e-12));
            assertSpends(greedy, problem);
        }
    }

    private static double[] falling(Random random) {
        double[] rising = random.doubles(1 + random.nextInt(8)).sorted().toArray();
        return IntStream.range(0, rising.length)
                .mapToDouble(i -> rising[rising.length - 1 - i])
                .toArray();
    }

    @ParameterizedTest
    @EnumSource(Spending.class)
    void greedyIsNeverBetterThanExactAndNeverWrong(Spending spending) {
        Random random = new Random(3);
        int solved = 0;
        for (int i = 0; i < 300; i++) {
            int budget = 1 + random.nextInt(100);
            AllocationProblem problem = new AllocationProblem(
                    LagKernel.of(weights(random, 1 + random.nextInt(8))), budget, 1 + random.nextInt(budget), spending);
            try {
                Allocation greedy = Allocator.GREEDY.allocate(problem);
                solved++;
                assertThat(greedy.bound())
                        .isGreaterThanOrEqualTo(
                                Allocator.EXACT.allocate(problem).bound() - 1e-12);
                assertSpends(greedy, problem);
            } catch (IllegalArgumentException e) {
                assertThat(e).hasMessageContaining("cannot spend all of a budget of " + budget);
                assertThat(spending).isEqualTo(Spending.ALL);
            }
        }
        assertThat(solved).isGreaterThan(50);
    }

    /** A head more for one lag and one less for another changes nothing for the better: greedy's threshold is right. */
    @Test
    void greedyHeadsOfALargeBudgetCannotBeMovedToAdvantage() {
        AllocationProblem problem = problem("power:300:1.3", 800_000_000, 8, Spending.ALL);

        Allocation allocation = Allocator.GREEDY.allocate(problem);

        ErrorBound bound = problem.bound();
        assertThat(allocation.attention().width()).isEqualTo(800_000_000);
        assertThat(allocation.served()).isGreaterThan(100);
        double leastLoss = Double.POSITIVE_INFINITY;
        double mostGain = 0;
        for (int lag = 1; lag <= allocation.served(); lag++) {
            double heads = allocation.groups().get(lag - 1).heads();
            double now = bound.served(lag, heads, 8);
            leastLoss = Math.min(leastLoss, bound.served(lag, heads - 1, 8) - now);
            mostGain = Math.max(mostGain, now - bound.served(lag, heads + 1, 8));
        }
        assertThat(mostGain).isLessThanOrEqualTo(leastLoss + 1e-15);
    }

    @Test
    void whereTokensDoNotDivideTheBudgetSpendingAllOfItCosts() {
        Random random = new Random(4);
        int dearer = 0;
        for (int i = 0; i < 100; i++) {
            int tokenDim = 2 + random.nextInt(10);
            int budget = tokenDim * (1 + random.nextInt(12)) + 1 + random.nextInt(tokenDim - 1);
            LagKernel kernel = LagKernel.of(falling(random));
            double all = Allocator.EXACT
                    .allocate(new AllocationProblem(kernel, budget, tokenDim, Spending.ALL))
                    .bound();
            double some = Allocator.EXACT
                    .allocate(new AllocationProblem(kernel, budget, tokenDim, Spending.AT_MOST))
                    .bound();
            assertThat(some).isLessThanOrEqualTo(all);
            dearer += some < all - 1e-12 ? 1 : 0;
        }
        assertThat(dearer).isGreaterThan(50);
    }

    @Test
    void anInductionStepAndAnNGramAreServedEvenly() {
        assertThat(Allocator.EXACT
                        .allocate(problem("induction-step", 96, 12, Spending.ALL))
                        .groups())
                .containsExactly(new HeadGroup(8, 12));
        for (int n = 2; n <= 4; n++) {
            assertThat(Allocator.EXACT
                            .allocate(problem("n-gram:" + n, n * 12 * 10, 12, Spending.ALL))
                            .groups())
                    .hasSize(n)
                    .allMatch(group -> group.equals(new HeadGroup(10, 12)));
        }
    }

    @Test
    void aLagWithoutWeightGetsAPlaceholder() {
        for (Allocator allocator : Allocator.values()) {
            assertThat(allocator.allocate(problem("0,1", 65, 8, Spending.ALL)).attention())
                    .hasToString("1x1+8x8");
        }
    }

    @Test
    void headsOfOneDimensionAreOneGroupOfTheLayer() {
        assertThat(Allocator.EXACT
                        .allocate(problem("1,.5,.25,.125", 256, 8, Spending.ALL))
                        .attention())
                .isEqualTo(AttentionConfig.uniform(32, 8));
        assertThat(Allocator.EXACT
                        .allocate(problem("0,1,0,1", 66, 8, Spending.ALL))
                        .attention())
                .hasToString("2x1+8x8");
    }

    @Test
    void realHeadsFollowTheRootsAndBoundWholeOnes() {
        AllocationProblem problem = problem("1,.5,.25,.125", 256, 8, Spending.ALL);

        RealAllocation real = RealAllocation.of(problem);

        assertThat(real.heads()).hasSize(4);
        assertThat(real.heads().stream().mapToDouble(heads -> heads).sum()).isCloseTo(32, within(1e-12));
        assertThat(real.heads().get(1) / real.heads().get(0)).isCloseTo(Math.sqrt(0.5 * Math.exp(0.02)), within(1e-12));
        double value = 0;
        for (int lag = 1; lag <= 4; lag++) {
            value += problem.bound().served(lag, real.heads().get(lag - 1), 8);
        }
        assertThat(real.bound()).isCloseTo(value, within(1e-12));
        assertThat(real.bound())
                .isBetween(0.27, Allocator.EXACT.allocate(problem).bound());
    }

    @Test
    void realHeadsAreNeverWorseThanGreedysWholeOnes() {
        Random random = new Random(5);
        for (int i = 0; i < 200; i++) {
            int budget = 1 + random.nextInt(300);
            AllocationProblem problem = new AllocationProblem(
                    LagKernel.of(falling(random)), budget, 1 + random.nextInt(budget), Spending.AT_MOST);

            assertThat(RealAllocation.of(problem).bound())
                    .isLessThanOrEqualTo(Allocator.GREEDY.allocate(problem).bound() + 1e-12);
        }
    }

    @Test
    void largeProblemsAreGreedysOrRefused() {
        AllocationProblem small = problem("power:4:1", 256, 8, Spending.ALL);
        AllocationProblem large = problem("power:1000000:1", 1_000_000_000, 8, Spending.ALL);

        assertThat(Allocator.fitting(small)).isEqualTo(Allocator.EXACT);
        assertThat(Allocator.fitting(large)).isEqualTo(Allocator.GREEDY);
        assertThat(Allocator.fitting(problem("1", Integer.MAX_VALUE, 1, Spending.ALL)))
                .isEqualTo(Allocator.GREEDY);
        assertThatThrownBy(() -> Allocator.EXACT.allocate(large))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageContaining("must take at most 1073741824; use greedy, or a smaller budget");
        assertThat(Allocator.GREEDY.allocate(large).attention().width()).isEqualTo(1_000_000_000);
    }

    @Test
    void theScaleOfAKernelScalesTheBoundAlone() {
        for (Allocator allocator : Allocator.values()) {
            Allocation one = allocator.allocate(problem("1,.5", 64, 8, Spending.ALL));
            for (double scale : new double[] {1e-99, 1e99}) {
                var scaled = new AllocationProblem(LagKernel.of(scale, scale / 2), 64, 8, Spending.ALL);
                Allocation allocation = allocator.allocate(scaled);
                assertThat(allocation.groups()).isEqualTo(one.groups());
                assertThat(allocation.bound() / scale).isCloseTo(one.bound(), within(1e-12));
            }
        }
    }

    /** Beyond the horizon serving a lag costs more than it can ever bring. */
    @Test
    void noLagBeyondTheHorizonIsWorthServing() {
        for (int budget : List.of(1, 2, 64, 4096, Integer.MAX_VALUE)) {
            int horizon = ErrorBound.horizon(budget);
            assertThat(horizon).isPositive();
            assertThat(ErrorBound.lossOfOneHead(horizon + 1) / budget).isGreaterThan(1);
        }
    }

    @Test
    void impossibleProblemsAreRefused() {
        assertRefused("budget must be at least 1, got 0", () -> problem("1", 0, 1, Spending.ALL));
        assertRefused("token-dim must be at least 1, got 0", () -> problem("1", 8, 0, Spending.ALL));
        assertRefused(
                "token-dim must be at most the budget of 4, or no head could keep a whole token, got 8",
                () -> problem("1", 4, 8, Spending.ALL));
        assertRefused(
                "greedy gives whole heads of the token dimension, 8, which cannot spend all of a budget of 20; spend at"
                        + " most the budget, make it a multiple of the token dimension, or use exact",
                () -> Allocator.GREEDY.allocate(problem("1,1", 20, 8, Spending.ALL)));
    }

    private static void assertRefused(String message, Runnable action) {
        assertThatThrownBy(action::run)
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessage(message);
    }

    @Test
    void laterLayersHaveAsManyHeadsOfFewerDimensions() {
        Allocation allocation = Allocator.EXACT.allocate(problem("1,.5", 64, 8, Spending.ALL));
        AttentionConfig allocated = allocation.attention();

        LayerSchedule schedule = LayerSchedule.of(allocation, 5, 3, 4);

        assertThat(schedule.layers()).hasSize(5);
        assertThat(schedule.layers().subList(0, 3)).containsOnly(allocated);
        assertThat(schedule.layers().subList(3, 5)).allSatisfy(late -> {
            assertThat(late.heads()).isEqualTo(allocated.heads());
            assertThat(late.width()).isEqualTo(allocated.width() / 2);
        });
        assertThat(LayerSchedule.of(allocation, 2, 1, 100).layers()).containsOnly(allocated);
        Allocation unequal = Allocator.EXACT.allocate(problem("0,1", 65, 8, Spending.ALL));
        assertThat(LayerSchedule.of(unequal, 2, 1, 1).layers().get(1)).isEqualTo(AttentionConfig.uniform(9, 1));
        assertRefused("early layers must be 1 to 5, got 6", () -> LayerSchedule.of(allocation, 5, 6, 4));
        assertRefused("late head-dim must be 1 to 2147483647, got 0", () -> LayerSchedule.of(allocation, 5, 3, 0));
        assertRefused("layers must be 1 to 1000, got 0", () -> LayerSchedule.of(allocation, 0, 1, 4));
    }
}
