package apportion.spark.page;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

final class NumbersTest {

    @ParameterizedTest
    @CsvSource(delimiter = '|', textBlock = """
            5123        | 5,100
            0.000118    | 0.00012
            0.0999      | 0.10
            7           | 7
            -12.34      | \u221212
            0           | 0
            3.21e-9     | 3.2e-09
            4.56e12     | 4.6e+12
            Infinity    | Infinity
            """)
    void twoSignificantDigits(double value, String written) {
        assertThat(Numbers.significant(value, 2)).isEqualTo(written);
    }
}
