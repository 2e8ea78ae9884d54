package apportion.spark.page;

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
import java.util.stream.Stream;

/** Lays pages out in a real browser; a test that needs one is skipped where none is installed. */
public final class Browser {

    private static final List<String> BROWSERS =
            List.of("/usr/bin/chromium", "/usr/bin/chromium-browser", "/usr/bin/google-chrome");

    private final Path folder;

    /** Writes what it shows into a folder. */
    public Browser(Path folder) {
        this.folder = folder;
    }

    /** Elements wider than the window, other than what lies in a container that scrolls by itself. */
    public String beyond(int width, String html) throws IOException, InterruptedException {
        return inFrame(
                width,
                html,
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
    public String inFrame(int width, String html, String looks) throws IOException, InterruptedException {
        String page = html.replace("&", "&amp;").replace("\"", "&quot;");
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
