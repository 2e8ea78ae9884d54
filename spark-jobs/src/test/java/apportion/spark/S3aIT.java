package apportion.spark;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.net.ServerSocket;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpRequest.BodyPublishers;
import java.net.http.HttpResponse;
import java.net.http.HttpResponse.BodyHandlers;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.Tag;

/** On s3proxy, which speaks S3 and keeps objects in memory, in a process of its own. */
@Tag("s3")
final class S3aIT extends RemoteStorageChecks {

    private static final Path SERVER =
            Path.of("src/test/s3proxy/target/server/*").toAbsolutePath();

    @Override
    Running start(Path folder) throws Exception {
        String address;
        try (ServerSocket free = new ServerSocket(0)) {
            address = "http://127.0.0.1:" + free.getLocalPort();
        }
        JobJar jar = new JobJar(
                folder,
                List.of(
                        JobJar.QUICK_START,
                        "-Dspark.hadoop.fs.s3a.endpoint=" + address,
                        "-Dspark.hadoop.fs.s3a.path.style.access=true",
                        "-Dspark.hadoop.fs.s3a.access.key=any",
                        "-Dspark.hadoop.fs.s3a.secret.key=any",
                        // A bucket with a server of its own, which is not there.
                        "-Dspark.hadoop.fs.s3a.bucket.silent.endpoint=http://127.0.0.1:9",
                        // 7 unless set, each after twice the time of the one before: two minutes in all.
                        "-Dspark.hadoop.fs.s3a.bucket.silent.retry.limit=1"),
                List.of(JobJar.TARGET.resolve("s3/*")));
        Path log = folder.resolve("server.log");
        Path properties = Files.writeString(folder.resolve("server.properties"), """
                        s3proxy.endpoint=%s
                        s3proxy.authorization=none
                        jclouds.provider=transient
                        jclouds.identity=unused
                        jclouds.credential=unused
                        """.formatted(address));
        Process server = jar.java(
                        SERVER.toString(),
                        List.of("-DLOG_LEVEL=info"),
                        "org.gaul.s3proxy.Main",
                        "--properties",
                        properties.toString())
                .redirectErrorStream(true)
                .redirectOutput(log.toFile())
                .start();
        Runtime.getRuntime().addShutdownHook(new Thread(server::destroyForcibly));
        S3 s3 = new S3(jar, server, address, HttpClient.newHttpClient());
        while (!s3.hasMadeTheBucket()) {
            assertThat(server.isAlive()).as(Files.readString(log)).isTrue();
            Thread.sleep(100);
        }
        return s3;
    }

    private record S3(JobJar jar, Process server, String address, HttpClient http) implements Running {

        @Override
        public String root() {
            return "s3a://bucket";
        }

        @Override
        public String unreachable() {
            return "s3a://silent/texts";
        }

        private boolean hasMadeTheBucket() throws Exception {
            try {
                put(root(), new byte[0]);
                return true;
            } catch (IOException e) {
                return false;
            }
        }

        @Override
        public void put(String path, byte[] content) throws Exception {
            HttpRequest put =
                    request(path).PUT(BodyPublishers.ofByteArray(content)).build();
            assertThat(http.send(put, BodyHandlers.discarding()).statusCode()).isEqualTo(200);
        }

        @Override
        public byte[] read(String path) throws Exception {
            HttpResponse<byte[]> response = http.send(request(path).build(), BodyHandlers.ofByteArray());
            return response.statusCode() == 200 ? response.body() : new byte[0];
        }

        private HttpRequest.Builder request(String path) {
            return HttpRequest.newBuilder(URI.create(address + path.substring("s3a:/".length())));
        }

        @Override
        public void stop() throws Exception {
            server.destroyForcibly().waitFor();
        }
    }
}
