package apportion.spark.cluster;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import apportion.spark.failure.UserError;
import org.apache.spark.SparkConf;
import org.junit.jupiter.api.Test;

final class AuthenticationTest {

    private static SparkConf completed(String master, String... keysAndValues) {
        SparkConf conf = new SparkConf(false).setMaster(master);
        for (int i = 0; i < keysAndValues.length; i += 2) {
            conf.set(keysAndValues[i], keysAndValues[i + 1]);
        }
        Authentication.complete(conf);
        return conf;
    }

    @Test
    void onThisMachineASecretIsAskedFor() {
        assertThat(completed("local[*]").get("spark.authenticate")).isEqualTo("true");
        assertThat(completed("local", "spark.authenticate", "false").get("spark.authenticate"))
                .isEqualTo("false");
        String secret = completed("local-cluster[2,1,1024]").get("spark.authenticate.secret");
        assertThat(secret)
                .hasSize(64)
                .isNotEqualTo(completed("local-cluster[2,1,1024]").get("spark.authenticate.secret"));
    }

    @Test
    void aStandaloneClustersSecretIsUsedOrItsLackNamed() {
        String master = "spark://host:7077";

        assertThat(completed(master, "spark.authenticate.secret", "s").get("spark.authenticate"))
                .isEqualTo("true");
        assertThatThrownBy(() -> completed(master, "spark.authenticate", "true"))
                .isInstanceOf(UserError.class)
                .hasMessageContainingAll(master, "spark.authenticate.secret", "conf/cluster/standalone.conf");
        assertThat(completed(master).contains("spark.authenticate")).isFalse();
        assertThat(completed("yarn").contains("spark.authenticate")).isFalse();
    }
}
