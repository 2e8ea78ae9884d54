package apportion.spark.storage;

import apportion.spark.failure.UserError;

/** A directory that another run has claimed; whoever knows what runs are made of can say more than their hashes. */
public final class OwnedByAnother extends UserError {

    OwnedByAnother(String message) {
        super(message);
    }
}
