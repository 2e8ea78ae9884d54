package apportion.spark.cli;

import apportion.spark.progress.Progress;
import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.OutputStream;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.regex.Pattern;

/** The only place that writes to stdout and stderr. */
final class Console {

    private static final ObjectMapper MAPPER = new ObjectMapper();

    /** Far above what a message needs. */
    private static final int LONGEST_LINE = 4000;

    /** Also those of eight bits, with which some terminals begin a command. */
    private static final Pattern CONTROL = Pattern.compile("[\\p{Cntrl}\\x80-\\x9F]");

    private final PrintStream out;
    private final PrintStream err;
    private final boolean json;
    private boolean ended;

    Console(PrintStream out, PrintStream err, boolean json) {
        this.out = out;
        this.err = err;
        this.json = json;
    }

    /** A bar on a terminal, plain lines elsewhere; on stderr. */
    Progress progress() {
        if (isTerminal() && !json) {
            // The bar shows what the lines of the log would say, and they would tear it.
            Logs.quiet();
            return new BarProgress(err);
        }
        return new LineProgress(err, System::nanoTime);
    }

    // Java 22 would answer differently; the build and the launcher insist on 17.
    @SuppressWarnings("SystemConsoleNull")
    private static boolean isTerminal() {
        return System.console() != null;
    }

    /**
     * From here on nobody else writes to this process's stderr: while Spark stops, its threads print a stack trace if
     * they are still busy with what is gone, some of them later than its end. The log is not affected.
     */
    void alone() {
        if (err == System.err) {
            System.setErr(new PrintStream(OutputStream.nullOutputStream(), false, StandardCharsets.UTF_8));
        }
    }

    /** From here on nothing is said: the command has had its say. */
    synchronized void ended() {
        ended = true;
    }

    /** Says why the process ends, a signal or another cause, unless the command has ended or failed. */
    synchronized void stopped() {
        alone();
        if (!ended) {
            failed(ProcessEnd.message(), 1);
        }
    }

    synchronized void show(Outcome outcome) {
        out.println(json ? line(outcome.json()) : outcome.text());
        out.flush();
    }

    /** What went wrong, once: what else fails because of it, or of a signal, is no news. */
    synchronized void failed(String message, int exitCode) {
        if (ended) {
            return;
        }
        ended = true;
        message.lines().forEach(line -> err.println("apportion: " + printable(line)));
        if (json) {
            Map<String, Object> error = new LinkedHashMap<>();
            error.put("error", message);
            error.put("exitCode", exitCode);
            out.println(line(error));
        }
        out.flush();
        err.flush();
    }

    /** Names and values in a message come from files: they neither steer a terminal nor fill it. */
    private static String printable(String line) {
        String brief = line.length() <= LONGEST_LINE ? line : line.substring(0, LONGEST_LINE) + "...";
        return CONTROL.matcher(brief).replaceAll("?");
    }

    void trace(Throwable thrown) {
        thrown.printStackTrace(err);
    }

    private static String line(Object json) {
        try {
            return MAPPER.writeValueAsString(json);
        } catch (JsonProcessingException e) {
            throw new IllegalStateException(json + " has no JSON form", e);
        }
    }
}
