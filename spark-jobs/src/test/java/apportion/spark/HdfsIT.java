package apportion.spark;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.File;
import java.io.FileNotFoundException;
import java.io.InputStream;
import java.io.OutputStream;
import java.net.URI;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.apache.hadoop.conf.Configuration;
import org.apache.hadoop.fs.FileSystem;

/** On an HDFS of one name node and one data node, in a process of its own. */
final class HdfsIT extends RemoteStorageChecks {

    @Override
    Running start(Path folder) throws Exception {
        JobJar jar = new JobJar(folder, List.of(QUICK_START), List.of());
        Path details = folder.resolve("cluster.json");
        Path log = folder.resolve("cluster.log");
        Process cluster = jar.java(
                        JobJar.TARGET.resolve("hdfs/*") + File.pathSeparator + JobJar.SPARK.resolve("jars/*"),
                        List.of("-Dtest.build.data=" + folder.resolve("hdfs")),
                        "org.apache.hadoop.test.MiniDFSClusterManager",
                        "-format",
                        "-nnport",
                        "0",
                        "-writeDetails",
                        details.toString())
                .redirectErrorStream(true)
                .redirectOutput(log.toFile())
                .start();
        Runtime.getRuntime().addShutdownHook(new Thread(cluster::destroyForcibly));
        while (!Files.exists(details) || Files.size(details) == 0) {
            assertThat(cluster.isAlive()).as(Files.readString(log)).isTrue();
            Thread.sleep(100);
        }
        int port = new ObjectMapper()
                .readTree(details.toFile())
                .get("namenode_port")
                .asInt();
        URI address = URI.create("hdfs://127.0.0.1:" + port);
        return new Hdfs(jar, cluster, address.toString(), FileSystem.newInstance(address, new Configuration()));
    }

    private record Hdfs(JobJar jar, Process cluster, String root, FileSystem files) implements Running {

        @Override
        public String unreachable() {
            // The port of the discard service, which no machine has any more.
            return "hdfs://127.0.0.1:9/texts";
        }

        @Override
        public void put(String path, byte[] content) throws Exception {
            try (OutputStream out = files.create(new org.apache.hadoop.fs.Path(path))) {
                out.write(content);
            }
        }

        @Override
        public byte[] read(String path) throws Exception {
            try (InputStream in = files.open(new org.apache.hadoop.fs.Path(path))) {
                return in.readAllBytes();
            } catch (FileNotFoundException e) {
                return new byte[0];
            }
        }

        @Override
        public void stop() throws Exception {
            files.close();
            cluster.destroyForcibly().waitFor();
        }
    }
}
