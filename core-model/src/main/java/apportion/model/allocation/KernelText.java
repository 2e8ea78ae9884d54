package apportion.model.allocation;

import java.util.Arrays;
import java.util.List;

/** Kernels as somebody writes them. */
final class KernelText {

    private static final String FORMS = "numbers with commas between them, induction-step, n-gram:N,"
            + " power:LAGS:EXPONENT or exponential:LAGS:RATE";

    private KernelText() {}

    static LagKernel parse(String text) {
        String[] words = text.strip().split(":", -1);
        List<String> arguments = Arrays.asList(words).subList(1, words.length);
        return switch (words[0]) {
            case "induction-step" -> {
                expect(0, arguments, text);
                yield LagKernel.inductionStep();
            }
            case "n-gram" -> {
                expect(1, arguments, text);
                yield LagKernel.nGram(lags(arguments.get(0)));
            }
            case "power" -> {
                expect(2, arguments, text);
                yield LagKernel.power(lags(arguments.get(0)), number(arguments.get(1)));
            }
            case "exponential" -> {
                expect(2, arguments, text);
                yield LagKernel.exponential(lags(arguments.get(0)), number(arguments.get(1)));
            }
            default -> weights(text);
        };
    }

    private static LagKernel weights(String text) {
        return LagKernel.of(Arrays.stream(text.split(",", -1))
                .mapToDouble(KernelText::number)
                .toArray());
    }

    private static void expect(int count, List<String> arguments, String text) {
        if (arguments.size() != count) {
            throw new IllegalArgumentException("a kernel must be " + FORMS + ", got '" + text + "'");
        }
    }

    private static int lags(String word) {
        try {
            return Integer.parseInt(word.strip());
        } catch (NumberFormatException e) {
            throw new IllegalArgumentException(
                    "a kernel's lags must be a whole number from 1 to " + LagKernel.MOST_LAGS + ", got '" + word + "'",
                    e);
        }
    }

    private static double number(String word) {
        try {
            return Double.parseDouble(word.strip());
        } catch (NumberFormatException e) {
            throw new IllegalArgumentException("a kernel must be " + FORMS + "; '" + word + "' is no number", e);
        }
    }
}
