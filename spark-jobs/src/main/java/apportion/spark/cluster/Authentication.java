package apportion.spark.cluster;

import apportion.spark.failure.UserError;
import java.security.SecureRandom;
import java.util.HexFormat;
import org.apache.spark.SparkConf;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Sees to it that whoever connects to Spark knows a secret. A port of a driver or an executor that asks for none gives
 * texts and parameters to everybody who reaches it, and runs what it is sent: in local mode, for every user of the
 * machine.
 *
 * <p>In local mode Spark makes a secret for itself. Executors of {@code local-cluster} get theirs from the driver. A
 * standalone cluster has one secret, which its master and workers were started with, so that nothing can be made up
 * here. YARN and Kubernetes make one for each run if they are asked to.
 */
public final class Authentication {

    private static final Logger LOG = LoggerFactory.getLogger(Authentication.class);

    private static final String AUTHENTICATE = "spark.authenticate";
    private static final String SECRET = "spark.authenticate.secret";
    private static final int SECRET_BYTES = 32;

    private Authentication() {}

    /**
     * Completes the settings before Spark starts; what they say stays.
     *
     * @throws UserError if a standalone cluster's secret is asked for and not given
     */
    public static void complete(SparkConf conf) {
        String master = conf.get("spark.master");
        if (master.startsWith("local")) {
            conf.setIfMissing(AUTHENTICATE, "true");
            if (master.startsWith("local-cluster") && isOn(conf)) {
                byte[] secret = new byte[SECRET_BYTES];
                new SecureRandom().nextBytes(secret);
                conf.setIfMissing(SECRET, HexFormat.of().formatHex(secret));
            }
        } else if (master.startsWith("spark://")) {
            completeStandalone(conf, master);
        }
    }

    private static void completeStandalone(SparkConf conf, String master) {
        if (conf.contains(SECRET)) {
            conf.setIfMissing(AUTHENTICATE, "true");
        } else if (isOn(conf)) {
            throw new UserError(AUTHENTICATE + " = true, but " + SECRET + " is not set for " + master
                    + "; pass a properties file with the secret that master and workers were started with, as"
                    + " conf/cluster/standalone.conf says, or " + AUTHENTICATE
                    + "=false if the cluster has none and everybody who reaches its network may read and run all");
        } else if (!conf.contains(AUTHENTICATE)) {
            LOG.warn(
                    "{} is not set: everybody who reaches a port of this driver or its executors can read texts and"
                            + " parameters and run code; set a secret as conf/cluster/standalone.conf says, or"
                            + " {}=false if that is meant",
                    AUTHENTICATE,
                    AUTHENTICATE);
        }
    }

    private static boolean isOn(SparkConf conf) {
        return conf.getBoolean(AUTHENTICATE, false);
    }
}
