package apportion.model.compute;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import apportion.model.compute.Backends.Kind;
import java.io.File;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.OptionalInt;
import java.util.stream.Collectors;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.condition.EnabledOnOs;
import org.junit.jupiter.api.condition.OS;

final class BackendsTest {

    @Test
    @EnabledOnOs(value = OS.LINUX, architectures = "amd64")
    void autoIsTheFastOneWhereItLoadsAndHasThePrecision() {
        assertThat(Backends.resolve(Kind.AUTO, Precision.FLOAT)).isEqualTo(Kind.ONEDNN);
        assertThat(Backends.resolve(Kind.AUTO, Precision.DOUBLE)).isEqualTo(Kind.ND4J);
        assertThat(Backends.resolve(Kind.ND4J, Precision.FLOAT)).isEqualTo(Kind.ND4J);
        try (Backend backend = Backends.open(Kind.AUTO, Precision.FLOAT, 2)) {
            assertThat(backend.name()).isEqualTo("onednn");
        }
    }

    @Test
    void precisionsThatABackendLacksAreRefused() {
        assertThatThrownBy(() -> Backends.open(Kind.ONEDNN, Precision.DOUBLE, 1))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessage("backend onednn has no precision double; use nd4j or auto for it");
        assertThatThrownBy(() -> Backends.open(Kind.ND4J, Precision.BFLOAT16, 1))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessage("backend nd4j has no precision bfloat16; use onednn for it");
    }

    @Test
    void aBuildForTheCpuTakesNoGpu() {
        assertThat(Backends.needsGpu(Kind.ND4J)).isFalse();
        assertThatThrownBy(() -> Backends.open(Kind.ND4J, Precision.FLOAT, 1, OptionalInt.of(0)))
                .isInstanceOf(IllegalStateException.class)
                .hasMessage("backend nd4j computes on the CPU in this build");
    }

    /** In a process whose class path lacks oneDNN's native part, as on a platform that it was not built for. */
    @Test
    void whereOneDnnDoesNotLoadAutoFallsBackAndSaysWhy() throws IOException, InterruptedException {
        String classPath = Arrays.stream(System.getProperty("java.class.path").split(File.pathSeparator))
                .filter(entry -> !entry.matches(".*dnnl-.*-(linux|macosx|windows)-.*[.]jar"))
                .collect(Collectors.joining(File.pathSeparator));
        Process process = new ProcessBuilder(
                        Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                        "-cp",
                        classPath,
                        Resolve.class.getName())
                .redirectErrorStream(true)
                .start();
        String out = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
        assertThat(process.waitFor()).isZero();
        assertThat(out)
                .contains("chosen=auto, which is slower: onednn does not load here: Could not find jnidnnl")
                .contains("auto is ND4J")
                .contains(
                        "backend onednn does not load here: Could not find jnidnnl in class, module, and library paths.;"
                                + " use backend nd4j");
    }

    /** What the other process runs. */
    static final class Resolve {

        private Resolve() {}

        public static void main(String[] args) {
            System.out.println("auto is " + Backends.resolve(Kind.AUTO, Precision.FLOAT));
            try (Backend backend = Backends.open(Kind.ONEDNN, Precision.FLOAT, 1)) {
                System.out.println(backend.name());
            } catch (IllegalStateException e) {
                System.out.println(e.getMessage());
            }
        }
    }
}
