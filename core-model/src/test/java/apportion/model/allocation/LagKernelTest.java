package apportion.model.allocation;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class LagKernelTest {

    @Test
    void kernelsHaveNamesOrWeights() {
        assertThat(LagKernel.parse("induction-step")).isEqualTo(LagKernel.of(1));
        assertThat(LagKernel.parse("n-gram:3")).isEqualTo(LagKernel.of(1, 1, 1));
        assertThat(LagKernel.parse(" 1, .5,0,1e-3 ")).isEqualTo(LagKernel.of(1, 0.5, 0, 0.001));
        assertThat(LagKernel.parse("power:3:2")).isEqualTo(LagKernel.of(1, 1 / 4.0, 1 / 9.0));
        LagKernel exponential = LagKernel.parse("exponential:3:0.5");
        assertThat(exponential.weight(1)).isEqualTo(1);
        assertThat(exponential.weight(3)).isCloseTo(Math.exp(-1), within(1e-15));
    }

    @Test
    void whatIsBeyondALagIsTheSumOfTheRest() {
        LagKernel kernel = LagKernel.of(4, 2, 1);

        assertThat(kernel.total()).isEqualTo(7);
        assertThat(kernel.beyond(1)).isEqualTo(3);
        assertThat(kernel.beyond(3)).isZero();
        assertThat(kernel.lags()).isEqualTo(3);
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "''                  | '' is no number",
                "gaussian            | 'gaussian' is no number",
                "1,two               | 'two' is no number",
                "1,,1                | '' is no number",
                "1,-0.5              | must be at least 0 and finite, as they are magnitudes, got -0.5 for lag 2",
                "NaN                 | got NaN for lag 1",
                "1,Infinity          | got Infinity for lag 2",
                "0,0                 | must have a sum from 1.0E-100 to 1.0E100, got 0.0",
                "1e308,1e308         | to 1.0E100, got Infinity",
                "n-gram              | a kernel must be numbers",
                "n-gram:0            | must have 1 to 1000000 lags, got 0",
                "n-gram:1000001      | must have 1 to 1000000 lags, got 1000001",
                "n-gram:9999999999   | must be a whole number from 1 to 1000000, got '9999999999'",
                "induction-step:2    | got 'induction-step:2'",
                "power:4:-1          | the exponent of a kernel must be at least 0 and finite, got -1.0",
                "exponential:4:NaN   | the rate of a kernel must be at least 0 and finite, got NaN",
                "power:4             | got 'power:4'"
            })
    void whatIsNoKernelIsRefused(String text, String message) {
        assertThatThrownBy(() -> LagKernel.parse(text))
                .isExactlyInstanceOf(IllegalArgumentException.class)
                .hasMessageContaining(message);
    }

    private static double[][] noise(Random random, int length, int tokenDim, double size) {
        double[][] noise = new double[length][tokenDim];
        for (double[] row : noise) {
            for (int k = 0; k < tokenDim; k++) {
                row[k] = size * random.nextGaussian();
            }
        }
        return noise;
    }

    /** {@code y_t = 3 + sum of rho_m x_(t-m) + noise}, where lags that do not exist yet count as 0. */
    private static double[][] filtered(double[][] tokens, double[] rho, double[][] noise) {
        double[][] targets = new double[tokens.length][tokens[0].length];
        for (int t = 0; t < tokens.length; t++) {
            for (int k = 0; k < targets[t].length; k++) {
                targets[t][k] = 3 + noise[t][k];
                for (int m = 1; m <= Math.min(t, rho.length); m++) {
                    targets[t][k] += rho[m - 1] * tokens[t - m][k];
                }
            }
        }
        return targets;
    }

    /**
     * The standard error is 0.5 / sqrt(40000) = 0.0025 for white tokens; neighbours that resemble each other widen it.
     */
    @Test
    void aKernelIsRecoveredFromNoisyTargetsEvenIfNeighboursResembleEachOther() {
        Random random = new Random(6);
        double[] rho = {0.6, -0.3, 0, 0.1};
        KernelFit fit = new KernelFit(4, 8);
        for (int sequence = 0; sequence < 10; sequence++) {
            double[][] white = noise(random, 504, 8, 1);
            double[][] tokens = filtered(white, new double[] {0.8, 0.4}, white);
            fit.add(tokens, filtered(tokens, rho, noise(random, 504, 8, 0.5)));
        }

        KernelFit.Estimate estimate = fit.estimate();

        for (int m = 1; m <= rho.length; m++) {
            assertThat(estimate.coefficients().get(m - 1)).isCloseTo(rho[m - 1], within(0.015));
        }
        assertThat(estimate.kernel().weight(2)).isCloseTo(0.3, within(0.015));
        assertThat(estimate.explained()).isBetween(0.4, 0.9);
    }

    @Test
    void aSequenceThatFollowsFromItsPastGivesThatAsItsKernel() {
        Random random = new Random(7);
        double[][] tokens = noise(random, 8000, 4, 1);
        for (int t = 2; t < tokens.length; t++) {
            for (int k = 0; k < 4; k++) {
                tokens[t][k] += 0.5 * tokens[t - 1][k] + 0.3 * tokens[t - 2][k];
            }
        }
        KernelFit fit = new KernelFit(3, 4);
        fit.add(tokens);

        KernelFit.Estimate estimate = fit.estimate();

        assertThat(estimate.coefficients().get(0)).isCloseTo(0.5, within(0.03));
        assertThat(estimate.coefficients().get(1)).isCloseTo(0.3, within(0.03));
        assertThat(estimate.coefficients().get(2)).isCloseTo(0, within(0.03));
        // Of an AR(2) process, 1 minus the variance of its noise over its own.
        assertThat(estimate.explained())
                .isCloseTo(1 - (1 + 0.3) * (1 - 0.5 - 0.3) * (1 + 0.5 - 0.3) / (1 - 0.3), within(0.05));
    }

    @Test
    void fitsOfTwoHalvesAddUpToTheFitOfAll() {
        Random random = new Random(9);
        KernelFit all = new KernelFit(2, 3);
        KernelFit sum = new KernelFit(2, 3);
        for (int half = 0; half < 2; half++) {
            double[][] tokens = noise(random, 50, 3, 1);
            KernelFit one = new KernelFit(2, 3);
            one.add(tokens);
            all.add(tokens);
            sum.add(one);
        }

        KernelFit.Estimate estimate = sum.estimate();

        assertThat(estimate.targets()).isEqualTo(96);
        assertThat(estimate.explained()).isCloseTo(all.estimate().explained(), within(1e-12));
        for (int m = 0; m < 2; m++) {
            assertThat(estimate.coefficients().get(m))
                    .isCloseTo(all.estimate().coefficients().get(m), within(1e-12));
        }
        assertThatThrownBy(() -> sum.add(new KernelFit(2, 4)))
                .hasMessage("a fit of 2 lags of tokens of 3 cannot take one of 2 lags of tokens of 4");
    }

    @Test
    void withoutNoiseTheFitIsExactAndExplainsAll() {
        double[][] tokens = noise(new Random(8), 60, 2, 1);
        KernelFit fit = new KernelFit(3, 2);
        fit.add(tokens, filtered(tokens, new double[] {1, 0.5, -0.25}, new double[60][2]));

        KernelFit.Estimate estimate = fit.estimate();

        assertThat(estimate.coefficients().get(0)).isCloseTo(1, within(1e-12));
        assertThat(estimate.coefficients().get(2)).isCloseTo(-0.25, within(1e-12));
        assertThat(estimate.explained()).isCloseTo(1, within(1e-12));
    }

    @Test
    void nothingExplainsTargetsThatNeverChange() {
        KernelFit fit = new KernelFit(1, 1);
        fit.add(new double[][] {{1}, {3}, {2}, {5}}, new double[][] {{7}, {7}, {7}, {7}});

        assertThat(fit.estimate()).isEqualTo(new KernelFit.Estimate(List.of(0.0), 0, 3));
    }

    @Test
    void lagsThatCannotBeToldApartAreRefused() {
        KernelFit constant = new KernelFit(2, 1);
        constant.add(new double[][] {{1}, {1}, {1}, {1}, {1}});
        KernelFit nothing = new KernelFit(2, 1);

        for (KernelFit fit : new KernelFit[] {constant, nothing}) {
            assertThatThrownBy(fit::estimate)
                    .isInstanceOf(IllegalArgumentException.class)
                    .hasMessageContaining("do not tell lag 1 from those nearer");
        }
        assertThatThrownBy(() -> nothing.add(new double[][] {{1, 2}}))
                .hasMessageContaining("must have 1 numbers, got 2");
    }
}
