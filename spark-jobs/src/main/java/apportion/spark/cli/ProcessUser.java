package apportion.spark.cli;

import java.util.Optional;
import java.util.stream.Stream;
import org.apache.hadoop.security.UserGroupInformation;

/**
 * The user that this process runs as. Containers often run under an id without an entry in the passwd file; Java then
 * calls the user {@code ?}, and Hadoop's login fails.
 */
final class ProcessUser {

    private static final String UNKNOWN = "?";

    private ProcessUser() {}

    /** Gives a user without a name one: what {@code HADOOP_USER_NAME}, {@code SPARK_USER} or {@code USER} says. */
    static void ensureNamed() {
        if (!UNKNOWN.equals(System.getProperty("user.name"))) {
            return;
        }
        String name = Stream.of("HADOOP_USER_NAME", "SPARK_USER", "USER")
                .map(System::getenv)
                .filter(value -> value != null && !value.isBlank())
                .findFirst()
                .orElse("nobody");
        System.setProperty("user.name", name);
        Optional.ofNullable(System.getenv("HOME")).ifPresent(home -> System.setProperty("user.home", home));
        // With Kerberos a name proves nothing; the login is then the ticket's.
        if (!UserGroupInformation.isSecurityEnabled()) {
            UserGroupInformation.setLoginUser(UserGroupInformation.createRemoteUser(name));
        }
    }
}
