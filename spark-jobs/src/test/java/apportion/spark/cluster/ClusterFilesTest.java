package apportion.spark.cluster;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatCode;

import apportion.spark.compute.ClusterSettings;
import java.io.IOException;
import java.io.Reader;
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
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** The files of {@code conf/cluster} beside Spark's own list of settings. */
final class ClusterFilesTest {

    private static final Path FOLDER = Path.of("../conf/cluster");

    /** Read by spark-submit and by Spark's network library, which keep no list. */
    private static final Set<String> UNLISTED = Set.of("spark.master", "spark.network.crypto.authEngineVersion");

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
            return files.sorted().toList().stream();
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
}
