package apportion.spark.cli;

import apportion.spark.failure.Failure;
import apportion.spark.failure.UserError;
import apportion.spark.provenance.Program;
import apportion.spark.storage.FileNames;
import java.io.PrintStream;
import java.io.PrintWriter;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Locale;
import org.apache.spark.SparkUserAppException;
import picocli.CommandLine;
import picocli.CommandLine.Command;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.UnmatchedArgumentException;

/** Parses a command line, runs its command and turns what was thrown into a message and an exit code. */
public final class Cli {

    private Cli() {}

    /**
     * Runs a command line; ends the process unless all went well.
     *
     * @throws SparkUserAppException with the exit code, to YARN
     */
    public static void main(String[] arguments) throws SparkUserAppException {
        Logs.configure();
        PrintStream out = System.out;
        if (List.of(arguments).contains(JobCommand.JSON)) {
            // What libraries print must not get between a program and its JSON.
            System.setOut(System.err);
        }
        PrintStream err = System.err;
        Console console = console(out, err, arguments);
        // A signal ends the process when all such threads have ended, whether or not this one got as far as to say so.
        Runtime.getRuntime().addShutdownHook(new Thread(console::stopped));
        int exitCode;
        try {
            FileNames.refuseUnlessRead(arguments);
            ProcessUser.ensureNamed();
            exitCode = run(commands(), benches(), console, out, err, arguments);
        } catch (UserError e) {
            console.failed(String.valueOf(e.getMessage()), e.exitCode());
            exitCode = e.exitCode();
        } catch (Error e) {
            // Java prints it; the console has kept stderr for itself.
            System.setErr(err);
            throw e;
        } finally {
            console.ended();
        }
        // On YARN a process that ends itself before Spark has reported counts as failed, whatever its exit code.
        if (exitCode != 0 && isDriverOnYarn()) {
            throw new SparkUserAppException(exitCode);
        }
        if (exitCode != 0) {
            System.exit(exitCode);
        }
    }

    /** Whether this process is a driver that YARN started, in spark-submit's cluster mode. */
    private static boolean isDriverOnYarn() {
        return "yarn".equals(System.getProperty("spark.master"))
                && "cluster".equals(System.getProperty("spark.submit.deployMode"));
    }

    /** Every command there is, in the order of the help; new ones, as they keep the options that they were given. */
    private static List<JobCommand> commands() {
        return List.of(
                new QuickstartCommand(),
                new AllocateCommand(),
                new PrepareCommand(),
                new TrainCommand(),
                new SweepCommand(),
                new ExperimentCommand(),
                new EvaluateCommand(),
                new ReportCommand(),
                new GenerateCommand(),
                new InspectCommand(),
                new CompressCommand(),
                new ImportCommand(),
                new ExportCommand());
    }

    /** What stands under {@code bench}. */
    private static List<JobCommand> benches() {
        return List.of(
                new PrepareBenchCommand(),
                new TokenizeBenchCommand(),
                new TrainBenchCommand(),
                new RoundsBenchCommand(),
                new PlanCommand());
    }

    /** Runs one of the real commands. */
    static int run(PrintStream out, PrintStream err, String... arguments) {
        return run(commands(), benches(), out, err, arguments);
    }

    static int run(
            List<? extends JobCommand> commands,
            List<? extends JobCommand> benches,
            PrintStream out,
            PrintStream err,
            String... arguments) {
        return run(commands, benches, console(out, err, arguments), out, err, arguments);
    }

    private static Console console(PrintStream out, PrintStream err, String... arguments) {
        return new Console(out, err, List.of(arguments).contains(JobCommand.JSON));
    }

    private static int run(
            List<? extends JobCommand> commands,
            List<? extends JobCommand> benches,
            Console console,
            PrintStream out,
            PrintStream err,
            String... arguments) {
        CommandLine line = new CommandLine(new Root());
        line.addSubcommand("help", new CommandLine.HelpCommand());
        add(commands, line, console);
        CommandLine bench = new CommandLine(new Bench());
        add(benches, bench, console);
        line.addSubcommand(bench);
        line.setOut(new PrintWriter(out, true, StandardCharsets.UTF_8));
        line.setErr(new PrintWriter(err, true, StandardCharsets.UTF_8));
        line.setUsageHelpAutoWidth(true);
        line.setParameterExceptionHandler((e, args) -> refused(e, console));
        line.setExecutionExceptionHandler(
                (e, command, parsed) -> failed(e, console, List.of(arguments).contains(JobCommand.DEBUG)));
        return line.execute(arguments);
    }

    private static void add(List<? extends JobCommand> commands, CommandLine line, Console console) {
        for (JobCommand command : commands) {
            command.attach(console);
            line.addSubcommand(command);
        }
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
        return line.getParent() == null ? "" : path(line.getParent()) + line.getCommandName() + " ";
    }

    private static int failed(Exception e, Console console, boolean debug) {
        if (debug) {
            console.trace(e);
        }
        if (Failure.within(e) instanceof Failure known) {
            console.failed(String.valueOf(known.getMessage()), known.exitCode());
            return known.exitCode();
        }
        // Spark's messages go on with a stack trace.
        console.failed("unexpected " + e.toString().lines().findFirst().orElse("") + "; --debug shows where", 1);
        return 1;
    }

    @Command(
            name = "bench",
            mixinStandardHelpOptions = true,
            synopsisSubcommandLabel = "WHAT",
            description = "The project's own side-by-side measurements, as ratios of two things measured in one run.")
    private static final class Bench implements Runnable {

        @CommandLine.Spec
        private CommandLine.Model.CommandSpec spec;

        @Override
        public void run() {
            throw new ParameterException(spec.commandLine(), "Missing what to measure");
        }
    }

    @Command(
            name = "apportion",
            mixinStandardHelpOptions = true,
            version = "apportion " + Program.RELEASE,
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
