package apportion.spark;

import java.io.OutputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import org.apache.hadoop.conf.Configuration;
import org.apache.hadoop.service.Service;

/**
 * A process that is a YARN of one resource manager and one node manager, and an HDFS of one name node and one data
 * node, until it is killed. Their classes are named as text: the jar that holds them has copies of much that is on the
 * class path of the tests.
 */
final class YarnServer {

    private static final String CLUSTER = "org.apache.hadoop.yarn.server.MiniYARNCluster";
    private static final String FILES = "org.apache.hadoop.hdfs.MiniDFSCluster$Builder";

    private YarnServer() {}

    /**
     * Writes two files, as soon as both run: the configuration with which clients reach YARN, and before that HDFS's
     * address.
     */
    public static void main(String[] arguments) throws Exception {
        Path file = Path.of(arguments[0]);
        Files.writeString(Path.of(arguments[1]), hdfs());
        Configuration conf = new Configuration();
        // The one scheduler that needs no file of queues.
        conf.set(
                "yarn.resourcemanager.scheduler.class",
                "org.apache.hadoop.yarn.server.resourcemanager.scheduler.fifo.FifoScheduler");
        conf.setInt("yarn.nodemanager.resource.memory-mb", 8192);
        conf.setInt("yarn.nodemanager.resource.cpu-vcores", 4);
        conf.setInt("yarn.scheduler.minimum-allocation-mb", 128);
        // A full disk of a developer is not what is tested.
        conf.setFloat("yarn.nodemanager.disk-health-checker.max-disk-utilization-per-disk-percentage", 99.9f);
        // Logs stay for the test to read.
        conf.setInt("yarn.nodemanager.delete.debug-delay-sec", 3600);
        // Of the host, whose name may lead elsewhere.
        conf.set("yarn.resourcemanager.hostname", "127.0.0.1");
        Service cluster = Class.forName(CLUSTER)
                .asSubclass(Service.class)
                .getConstructor(String.class, int.class, int.class, int.class)
                .newInstance("yarn", 1, 1, 1);
        cluster.init(conf);
        cluster.start();
        Configuration clients = new Configuration(cluster.getConfig());
        // It names a class that clients do not have.
        clients.unset("net.topology.node.switch.mapping.impl");
        Path written = file.resolveSibling("written.xml");
        try (OutputStream out = Files.newOutputStream(written)) {
            clients.writeXml(out);
        }
        Files.move(written, file);
    }

    private static String hdfs() throws ReflectiveOperationException {
        Object builder =
                Class.forName(FILES).getConstructor(Configuration.class).newInstance(new Configuration());
        Object cluster = builder.getClass().getMethod("build").invoke(builder);
        return cluster.getClass().getMethod("getURI").invoke(cluster).toString();
    }
}
