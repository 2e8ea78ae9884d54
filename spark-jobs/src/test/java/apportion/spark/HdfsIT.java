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
import java.util.Arrays;
import java.util.List;
import java.util.stream.Stream;
import org.apache.hadoop.conf.Configuration;
import org.apache.hadoop.fs.FileSystem;
import org.apache.hadoop.hdfs.DistributedFileSystem;
import org.apache.hadoop.hdfs.protocol.HdfsConstants;
import org.junit.jupiter.api.Test;

/** On an HDFS of one name node and one data node, in a process of its own. */
final class HdfsIT extends RemoteStorageChecks {

    @Override
    Running start(Path folder) throws Exception {
        JobJar jar = new JobJar(folder, List.of(JobJar.QUICK_START), List.of());
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

    /** Quotas count every replica, and an open block as if it were full. */
    @Test
    void aRunThatMeetsItsQuotaKeepsItsCheckpointsAndGoesOnWhenThereIsRoom() throws Exception {
        org.apache.hadoop.fs.Path directory = new org.apache.hadoop.fs.Path(files.root() + "/limited");
        DistributedFileSystem hdfs = (DistributedFileSystem) ((Hdfs) files).files;
        hdfs.mkdirs(directory);
        String run = directory + "/run";
        long openBlock = hdfs.getDefaultBlockSize(directory) * hdfs.getDefaultReplication(directory);
        // One checkpoint and a half fit.
        good(train(files.root() + "/unlimited"));
        long checkpoint = hdfs.getContentSummary(
                        new org.apache.hadoop.fs.Path(files.root() + "/unlimited/round-000006"))
                .getSpaceConsumed();
        hdfs.setQuota(directory, HdfsConstants.QUOTA_DONT_SET, openBlock + checkpoint * 3 / 2);

        JobJar.Ran full = ((Hdfs) files).jar.run(((Hdfs) files).jar.local(train(run)));
        assertThat(full.exitCode()).as(full.err()).isEqualTo(1);
        assertThat(full.err().lines().filter(line -> line.startsWith("apportion: ")))
                .singleElement()
                .asString()
                .contains("no space left to write the checkpoints of " + run + "; free some and start again");
        assertThat(full.err()).doesNotContain("\tat ");
        assertThat(files.read(run + "/round-000001/manifest.json")).isNotEmpty();
        assertThat(hdfs.listStatus(new org.apache.hadoop.fs.Path(run)))
                .noneMatch(file -> file.getPath().getName().startsWith("."));

        hdfs.setQuota(directory, HdfsConstants.QUOTA_DONT_SET, HdfsConstants.QUOTA_RESET);
        good(train(run));
        for (String file : List.of("model.safetensors", "optimizer.safetensors")) {
            assertThat(files.read(run + "/round-000006/" + file))
                    .isNotEmpty()
                    .isEqualTo(files.read(files.root() + "/unlimited/round-000006/" + file));
        }
    }

    @Test
    void twoDriversOfOneRunExcludeEachOther() throws Exception {
        JobJar jar = ((Hdfs) files).jar;
        String run = files.root() + "/twice";
        String[] arguments = Stream.concat(Arrays.stream(train(run)), Stream.of("--set", "train.steps=100000"))
                .toArray(String[]::new);
        Process first = jar.local(arguments)
                .redirectOutput(ProcessBuilder.Redirect.DISCARD)
                .redirectError(ProcessBuilder.Redirect.DISCARD)
                .start();
        try {
            while (first.isAlive() && files.read(run + "/round-000001/manifest.json").length == 0) {
                Thread.sleep(50);
            }
            JobJar.Ran second = jar.run(jar.local(arguments));

            assertThat(second.exitCode()).as(second.err()).isEqualTo(2);
            assertThat(second.err()).contains(run + " is in use by another process (process " + first.pid());
            assertThat(first.isAlive()).isTrue();
        } finally {
            first.destroyForcibly().waitFor();
        }
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
