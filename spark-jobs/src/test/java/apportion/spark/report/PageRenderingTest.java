package apportion.spark.report;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Lays the page out in a real browser, where one is installed. */
final class PageRenderingTest {

    private static final List<String> BROWSERS =
            List.of("/usr/bin/chromium", "/usr/bin/chromium-browser", "/usr/bin/google-chrome");

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

        assertThat(beyond(390, Report.of(SweepFixture.summary(), usual.trials, usual.documents)))
                .isEmpty();
        assertThat(beyond(390, Report.of(SweepFixture.summary(), axes.trials, axes.documents)))
                .isEmpty();
        assertThat(beyond(390, Report.of(SweepFixture.summary(longName), large.trials, large.documents)))
                .isEmpty();
    }

    /** What a screen reader is told of each chart that is shown: its title and its description. */
    @Test
    void everyChartThatIsShownSaysWhatItShows() throws Exception {
        SweepFixture axes = SweepFixture.ofAllAxes(1, 2);
        ReportFiles report = Report.of(SweepFixture.summary(), axes.trials, axes.documents);

        String told = inFrame(
                390,
                report,
                "const shown = [...d.querySelectorAll('svg')].filter(e => e.getBoundingClientRect().width > 0);"
                        + "for (const e of shown) for (const id of (e.getAttribute('aria-labelledby') || 'none').split(' '))"
                        + " if (e.getAttribute('role') !== 'img' || !(d.getElementById(id) || {}).textContent)"
                        + " far.push(e.outerHTML.slice(0, 120));"
                        + "far.push(shown.length + ' charts');");

        // Losses, theory and map for two ways to score; differences; four costs; a curve for each layout.
        assertThat(told).isEqualTo((3 * 2 + 1 + 4 + 19) + " charts");
    }

    /** Elements wider than the window, other than what lies in a container that scrolls by itself. */
    private String beyond(int width, ReportFiles report) throws IOException, InterruptedException {
        return inFrame(
                width,
                report,
                "d.querySelectorAll('details').forEach(e => e.open = true);"
                        + "if (d.documentElement.scrollWidth > WIDTH) far.push('page ' + d.documentElement.scrollWidth);"
                        + "for (const e of d.body.querySelectorAll('*'))"
                        + " if (!e.closest('.scroll table, .scroll svg, pre, defs, svg g, caption')"
                        + " && e.getBoundingClientRect().right > WIDTH + 0.5)"
                        + " far.push(e.tagName + ' ' + e.getBoundingClientRect().right + ' ' + e.textContent.slice(0, 30));");
    }

    /**
     * What a script finds in the page, d, at a width: it pushes to far. The page itself runs none: a frame holds it.
     */
    private String inFrame(int width, ReportFiles report, String looks) throws IOException, InterruptedException {
        String page = report.html().replace("&", "&amp;").replace("\"", "&quot;");
        String script = "const d = document.getElementById('f').contentDocument, far = [];" + looks
                + "document.body.dataset.far = 'laid out: ' + far.join('; ');";
        String frame = "<!DOCTYPE html><body><iframe id='f' width='" + width
                + "' height='3000' style='border:0' srcdoc=\""
                + page + "\"></iframe><script>onload = () => {" + script.replace("WIDTH", Integer.toString(width))
                + "}</script></body>";
        Path file = Files.writeString(folder.resolve("frame.html"), frame);
        Matcher far = Pattern.compile("data-far=\"laid out: ([^\"]*)\"").matcher(dump(file));
        assertThat(far.find()).as("the page was laid out").isTrue();
        return far.group(1);
    }

    private String dump(Path file) throws IOException, InterruptedException {
        String browser = Stream.concat(Stream.ofNullable(System.getenv("CHROMIUM")), BROWSERS.stream())
                .filter(path -> Files.isExecutable(Path.of(path)))
                .findFirst()
                .orElse("");
        assumeTrue(!browser.isEmpty(), "no Chromium is installed: install one, or name it in CHROMIUM");
        Path dom = folder.resolve("dom.html");
        Process process = new ProcessBuilder(
                        browser,
                        "--headless",
                        "--no-sandbox",
                        "--disable-gpu",
                        "--disable-quic",
                        "--no-first-run",
                        "--disable-background-networking",
                        "--disable-component-update",
                        "--disable-sync",
                        "--user-data-dir=" + folder.resolve("profile"),
                        "--window-size=1280,3200",
                        "--virtual-time-budget=5000",
                        "--dump-dom",
                        file.toUri().toString())
                .redirectOutput(dom.toFile())
                .redirectError(ProcessBuilder.Redirect.DISCARD)
                .start();
        boolean ended = process.waitFor(90, TimeUnit.SECONDS);
        process.destroyForcibly();
        assumeTrue(ended, "Chromium did not answer within 90 seconds");
        return Files.readString(dom, StandardCharsets.UTF_8);
    }
}
