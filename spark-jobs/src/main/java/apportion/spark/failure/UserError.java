package apportion.spark.failure;

/** The user's mistake: what was asked for cannot be done as asked, and the message says how it can. */
public class UserError extends Failure {

    public UserError(String message) {
        super(2, message);
    }

    public UserError(String message, Throwable cause) {
        super(2, message, cause);
    }
}
