package apportion.spark.cli;

import apportion.spark.conf.Settings;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.Callable;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;

/** What all commands share: a configuration, Spark when it is asked for, and one result. */
@Command(mixinStandardHelpOptions = true)
abstract class JobCommand implements Callable<Integer> {

    static final String JSON = "--json";
    static final String DEBUG = "--debug";

    /** What a shell takes as it is. */
    private static final Pattern PLAIN = Pattern.compile("[\\w@%+=:,./-]+");

    @Spec
    private CommandSpec specification;

    @Parameters(
            arity = "0..1",
            paramLabel = "CONFIG",
            description = "HOCON file with the keys that differ from the defaults, or one inside the job jar.")
    private @Nullable String config;

    @Option(
            names = "--set",
            paramLabel = "key=value",
            description = "Overrides one key of the configuration; may be repeated.")
    private List<String> overrides = new ArrayList<>();

    // Cli looks for these two among the raw arguments, since a line that cannot be parsed wants JSON, too.
    @SuppressWarnings("UnusedVariable")
    @Option(names = JSON, description = "Print the result as one JSON object, the last line on stdout.")
    private boolean json;

    @SuppressWarnings("UnusedVariable")
    @Option(names = DEBUG, description = "Print the stack trace of an error.")
    private boolean debug;

    private Console console = new Console(System.out, System.err, false);

    /** As somebody would type it again. */
    final String commandLine() {
        return specification.root().commandLine().getParseResult().originalArgs().stream()
                .filter(argument -> !argument.equals(JSON))
                .map(argument ->
                        PLAIN.matcher(argument).matches() ? argument : "'" + argument.replace("'", "'\\''") + "'")
                .collect(Collectors.joining(" ", "apportion ", ""));
    }

    final void attach(Console shared) {
        console = shared;
    }

    /** The configuration that the command uses where none is named. */
    Optional<String> defaultConfig() {
        return Optional.empty();
    }

    /** Keys that options of this command stand for, as {@code key=value}; {@code --set} goes over them. */
    List<String> shortcuts() {
        return List.of();
    }

    /** A shortcut for an option that was given, and nothing for one that was not. */
    static void shortcut(List<String> shortcuts, String key, @Nullable Object value) {
        if (value != null) {
            shortcuts.add(key + "=" + value);
        }
    }

    /**
     * Binds the command's sections, reports what is wrong with them, and only then starts the job.
     *
     * @return what to show
     */
    abstract Outcome run(Job job) throws Exception;

    private int shown(Job job) throws Exception {
        try {
            console.show(run(job));
            return 0;
        } catch (Exception e) {
            throw job.explained(e);
        } finally {
            console.alone();
        }
    }

    @Override
    public final Integer call() throws Exception {
        List<String> keys = new ArrayList<>(shortcuts());
        keys.addAll(overrides);
        Settings settings = Settings.load(Optional.ofNullable(config).or(this::defaultConfig), keys);
        try (Job job = new Job(settings, console.progress())) {
            return shown(job);
        }
    }
}
