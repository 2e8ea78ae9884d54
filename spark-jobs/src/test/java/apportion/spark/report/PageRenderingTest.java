package apportion.spark.report;

import static org.assertj.core.api.Assertions.assertThat;

import apportion.spark.page.Browser;
import java.nio.file.Path;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Lays the page out in a real browser, where one is installed. */
final class PageRenderingTest {

    @TempDir
    Path folder;

    @Test
    void nothingReachesBeyondAPhone() throws Exception {
        SweepFixture usual = SweepFixture.ofSeeds(1, 2, 3);
        SweepFixture large = SweepFixture.of(
                IntStream.rangeClosed(1, 40).map(i -> i * i * 1000).toArray(),
                IntStream.rangeClosed(1, 40).mapToDouble(i -> 0.01 * i).toArray(),
                1,
                2);
        String longName = "averylongnamewithoutasinglespace".repeat(20);

        SweepFixture axes = SweepFixture.ofAllAxes(1, 2);

        assertThat(beyond(Report.of(SweepFixture.summary(), usual.trials, usual.documents, 0)))
                .isEmpty();
        assertThat(beyond(Report.of(SweepFixture.summary(), axes.trials, axes.documents, 0)))
                .isEmpty();
        assertThat(beyond(Report.of(SweepFixture.summary(longName), large.trials, large.documents, 0)))
                .isEmpty();
    }

    /** What a screen reader is told of each chart that is shown: its title and its description. */
    @Test
    void everyChartThatIsShownSaysWhatItShows() throws Exception {
        SweepFixture axes = SweepFixture.ofAllAxes(1, 2);
        ReportFiles report = Report.of(SweepFixture.summary(), axes.trials, axes.documents, 0);

        String told = new Browser(folder)
                .inFrame(
                        390,
                        report.html(),
                        "const shown = [...d.querySelectorAll('svg')].filter(e => e.getBoundingClientRect().width > 0);"
                                + "for (const e of shown) for (const id of (e.getAttribute('aria-labelledby') || 'none').split(' '))"
                                + " if (e.getAttribute('role') !== 'img' || !(d.getElementById(id) || {}).textContent)"
                                + " far.push(e.outerHTML.slice(0, 120));"
                                + "far.push(shown.length + ' charts');");

        // Losses, theory and map for two ways to score; differences; four costs; a curve for each layout.
        assertThat(told).isEqualTo((3 * 2 + 1 + 4 + 19) + " charts");
    }

    private String beyond(ReportFiles report) throws Exception {
        return new Browser(folder).beyond(390, report.html());
    }
}
