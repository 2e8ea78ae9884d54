package apportion.spark.cli;

import apportion.spark.failure.Failure;
import java.io.PrintStream;
import java.io.PrintWriter;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import picocli.CommandLine;
import picocli.CommandLine.Command;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.UnmatchedArgumentException;

/** Parses a command line, runs its command and turns what was thrown into a message and an exit code. */
public final class Cli {

    /** Every command there is, in the order of the help. */
    private static final List<JobCommand> COMMANDS = List.of(
            new QuickstartCommand(),
            new PrepareCommand(),
            new TrainCommand(),
            new SweepCommand(),
            new EvaluateCommand(),
            new ReportCommand(),
            new GenerateCommand());

    private Cli() {}

    /** Runs a command line; ends the process unless all went well. */
    public static void main(String[] arguments) {
        Logs.configure();
        PrintStream out = System.out;
        if (List.of(arguments).contains(JobCommand.JSON)) {
            // What libraries print must not get between a program and its JSON.
            System.setOut(System.err);
        }
        int exitCode = run(COMMANDS, out, System.err, arguments);
        // On YARN a process that ends itself before Spark has reported counts as failed, whatever its exit code.
        if (exitCode != 0) {
            System.exit(exitCode);
        }
    }

    static int run(List<? extends JobCommand> commands, PrintStream out, PrintStream err, String... arguments) {
        CommandLine line = new CommandLine(new Root());
        line.addSubcommand("help", new CommandLine.HelpCommand());
        Console console = new Console(out, err, List.of(arguments).contains(JobCommand.JSON));
        for (JobCommand command : commands) {
            command.attach(console);
            line.addSubcommand(command);
        }
        line.setOut(new PrintWriter(out, true, StandardCharsets.UTF_8));
        line.setErr(new PrintWriter(err, true, StandardCharsets.UTF_8));
        line.setUsageHelpAutoWidth(true);
        line.setParameterExceptionHandler((e, args) -> refused(e, console));
        line.setExecutionExceptionHandler(
                (e, command, parsed) -> failed(e, console, List.of(arguments).contains(JobCommand.DEBUG)));
        return line.execute(arguments);
    }

    private static int refused(ParameterException e, Console console) {
        String hint = "; see apportion " + path(e.getCommandLine()) + "--help";
        if (e instanceof UnmatchedArgumentException unmatched) {
            List<String> suggestions = unmatched.getSuggestions();
            if (!suggestions.isEmpty()) {
                hint = "; did you mean " + String.join(" or ", suggestions) + "?";
            }
        }
        String message = String.valueOf(e.getMessage());
        console.failed(message.substring(0, 1).toLowerCase(Locale.ROOT) + message.substring(1) + hint, 2);
        return 2;
    }

    private static String path(CommandLine line) {
        return line.getParent() == null ? "" : line.getCommandName() + " ";
    }

    private static int failed(Exception e, Console console, boolean debug) {
        if (debug) {
            console.trace(e);
        }
        Optional<Failure> known = failureIn(e);
        int exitCode = known.map(Failure::exitCode).orElse(1);
        String message = known.map(Failure::getMessage).orElseGet(() -> "unexpected " + e + "; --debug shows where");
        console.failed(message, exitCode);
        return exitCode;
    }

    /** Spark wraps what a task threw, sometimes twice. */
    private static Optional<Failure> failureIn(Throwable thrown) {
        for (Throwable cause = thrown; cause != null; cause = cause.getCause()) {
            if (cause instanceof Failure failure) {
                return Optional.of(failure);
            }
        }
        return Optional.empty();
    }

    @Command(
            name = "apportion",
            mixinStandardHelpOptions = true,
            version = "apportion 0.1.0",
            synopsisSubcommandLabel = "COMMAND",
            description = {
                "Trains Transformer language models on Spark and shows how an attention budget is best split into heads.",
                ""
            },
            footer = {
                "",
                "Examples:",
                "  apportion quickstart",
                "  apportion train conf/train/shakespeare-char.conf --set train.seed=2 --json",
                "",
                "Exit codes: 0 done, 2 your mistake (the message says which), 3 the run diverged, 1 anything else."
            })
    private static final class Root implements Runnable {

        @CommandLine.Spec
        private CommandLine.Model.CommandSpec spec;

        @Override
        public void run() {
            throw new ParameterException(spec.commandLine(), "Missing command");
        }
    }
}
