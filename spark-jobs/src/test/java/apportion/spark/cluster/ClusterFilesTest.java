package apportion.spark.cluster;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatCode;

import apportion.spark.compute.ClusterSettings;
import java.io.File;
import java.io.IOException;
import java.io.Reader;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Properties;
import java.util.Set;
import java.util.TreeMap;
import java.util.stream.Stream;
import org.apache.spark.SparkConf;
import org.apache.spark.internal.config.ConfigEntry;
import org.apache.spark.internal.config.ConfigReader;
import org.apache.spark.resource.ResourceID;
import org.apache.spark.resource.ResourceInformation;
import org.apache.spark.resource.ResourceRequest;
import org.apache.spark.resource.ResourceUtils;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** The files of {@code conf/cluster} beside Spark's own list of settings. */
final class ClusterFilesTest {

    private static final Path FOLDER = Path.of("../conf/cluster");

    /** Read by spark-submit and by Spark's network library, which keep no list. */
    private static final Set<String> UNLISTED = Set.of("spark.master", "spark.network.crypto.authEngineVersion");

    /** What a kind of cluster's file takes on where there are GPUs. */
    private static final Path GPU = FOLDER.resolve("gpu.conf");

    /** A setting is known from when the class that defines it is initialised. */
    @BeforeAll
    static void listSettings() throws ClassNotFoundException {
        for (String definitions : List.of(
                "org.apache.spark.internal.config.package$",
                "org.apache.spark.internal.config.Network$",
                "org.apache.spark.internal.config.UI$",
                "org.apache.spark.deploy.yarn.config.package$",
                "org.apache.spark.deploy.k8s.Config$")) {
            Class.forName(definitions);
        }
    }

    static Stream<Path> files() throws IOException {
        try (Stream<Path> files = Files.list(FOLDER)) {
            return files
                    .filter(file -> file.toString().endsWith(".conf") && !file.equals(GPU))
                    .sorted()
                    .toList()
                    .stream();
        }
    }

    /** As spark-submit reads it. */
    private static Map<String, String> read(Path file) throws IOException {
        Properties properties = new Properties();
        try (Reader reader = Files.newBufferedReader(file)) {
            properties.load(reader);
        }
        Map<String, String> settings = new TreeMap<>();
        properties.stringPropertyNames().forEach(key -> settings.put(key, properties.getProperty(key)));
        return settings;
    }

    @Test
    void everyKindOfClusterHasAFile() throws IOException {
        assertThat(files().map(file -> file.getFileName().toString()))
                .containsExactly("kubernetes.conf", "local-cluster.conf", "standalone.conf", "yarn.conf");
    }

    @ParameterizedTest
    @MethodSource("files")
    void sparkKnowsEveryKeyAndReadsEveryValue(Path file) throws IOException {
        Map<String, String> settings = read(file);
        ConfigReader reader = new ConfigReader(settings);

        settings.forEach((key, value) -> {
            assertThat(value).as(key).isNotBlank().doesNotContain("#").isEqualTo(value.strip());
            if (!UNLISTED.contains(key)) {
                ConfigEntry<?> entry = ConfigEntry.findEntry(key);
                assertThat(entry).as(key).isNotNull();
                assertThatCode(() -> entry.readFrom(reader)).as(key).doesNotThrowAnyException();
            }
        });
    }

    @ParameterizedTest
    @MethodSource("files")
    void theJobsAcceptEveryFile(Path file) throws IOException {
        SparkConf conf = new SparkConf(false);
        read(file).forEach(conf::set);

        assertThatCode(() -> ClusterSettings.refuseUnusable(conf)).doesNotThrowAnyException();
    }

    @ParameterizedTest
    @MethodSource("files")
    void whatLeavesTheMachineIsEncryptedAndNoFileHoldsASecret(Path file) throws IOException {
        Map<String, String> settings = read(file);

        assertThat(settings.keySet())
                .noneMatch(key -> Stream.of("secret", "password", "token", "credential")
                        .anyMatch(key.toLowerCase(Locale.ROOT)::contains));
        if (!file.endsWith("local-cluster.conf")) {
            assertThat(settings)
                    .containsEntry("spark.authenticate", "true")
                    .containsEntry("spark.network.crypto.enabled", "true")
                    .containsEntry("spark.network.crypto.saslFallback", "false")
                    .containsEntry("spark.io.encryption.enabled", "true");
        }
    }

    @Test
    void sparkReadsWhatItIsToldOfGpus() throws IOException {
        SparkConf conf = new SparkConf(false);
        read(GPU).forEach(conf::set);

        ResourceRequest executor = ResourceUtils.parseResourceRequest(conf, new ResourceID("spark.executor", "gpu"));
        assertThat(executor.amount()).isEqualTo(1);
        assertThat(executor.discoveryScript()).contains("./gpus.sh");
        assertThat(executor.vendor()).contains("nvidia.com");
        assertThat(conf.get(new ResourceID("spark.task", "gpu").amountConf())).isEqualTo("1");
        assertThat(conf.getAll()).hasSize(4);
        assertThatCode(() -> ClusterSettings.refuseUnusable(conf)).doesNotThrowAnyException();
    }

    @Test
    void theScriptNamesTheGpusThatCudaShows(@TempDir Path folder) throws Exception {
        Path smi = Files.writeString(
                folder.resolve("nvidia-smi"),
                "#!/bin/sh\n[ \"$*\" = '--query-gpu=index --format=csv,noheader' ] && printf '0\\n1\\n'\n");
        assertThat(smi.toFile().setExecutable(true)).isTrue();

        assertThat(discovered(folder, null)).containsExactly("0", "1");
        assertThat(discovered(folder, "3,GPU-8f2d")).containsExactly("3", "GPU-8f2d");
        assertThat(discovered(folder, "")).isEmpty();
    }

    /** As Spark runs a script and reads what it says. */
    private static String[] discovered(Path folder, @Nullable String visible) throws Exception {
        ProcessBuilder script = new ProcessBuilder(FOLDER.resolve("gpus.sh").toString());
        script.environment().compute("PATH", (key, path) -> folder + File.pathSeparator + path);
        script.environment().remove("CUDA_VISIBLE_DEVICES");
        if (visible != null) {
            script.environment().put("CUDA_VISIBLE_DEVICES", visible);
        }
        Process process = script.start();
        String json = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
        assertThat(process.waitFor()).isZero();
        ResourceInformation gpus = ResourceInformation.parseJson(json);
        assertThat(gpus.name()).isEqualTo("gpu");
        return gpus.addresses();
    }
}
