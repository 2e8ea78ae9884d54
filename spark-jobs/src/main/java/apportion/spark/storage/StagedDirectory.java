package apportion.spark.storage;

import java.io.IOException;

/**
 * A directory that is filled aside and then renamed into place; on an object store it is filled in place, with a mark
 * in it until it is committed.
 *
 * <pre>{@code
 * try (StagedDirectory staged = storage.stage(Storage.child(run, "checkpoint-12"))) {
 *     Written model = staged.write("model.safetensors", checkpoint::writeModel);
 *     staged.write("manifest.json", manifest(model)::writeTo); // last
 *     staged.commit();
 * }
 * }</pre>
 */
public final class StagedDirectory implements AutoCloseable {

    private final Place target;
    private final Place aside;
    private boolean committed;

    private StagedDirectory(Place target, Place aside) {
        this.target = target;
        this.aside = aside;
    }

    static StagedDirectory begin(Place target) {
        // One name for all attempts: whoever owns the output directory clears what a killed attempt has left.
        Place aside = target.isObjectStore() ? target : target.beside(".tmp");
        try {
            if (target.exists() && !target.isUnfinished()) {
                throw new IOException("it exists already");
            }
            aside.delete();
            if (target.isObjectStore()) {
                target.begin();
            } else {
                aside.files().mkdirs(aside.path());
            }
            return new StagedDirectory(target, aside);
        } catch (IOException e) {
            throw Trouble.writing(target.toString(), e);
        }
    }

    /** Where to write meanwhile, for whoever writes files in a way of his own. */
    public String path() {
        return aside.toString();
    }

    /** Writes one file. */
    public Written write(String name, Content content) {
        try {
            return aside.child(name).write(content);
        } catch (IOException e) {
            throw Trouble.writing(Storage.child(target.toString(), name), e);
        }
    }

    /** Makes the directory appear. */
    public void commit() {
        try {
            if (target.isObjectStore()) {
                target.finish();
            } else {
                aside.syncTree();
                aside.moveTo(target);
            }
            committed = true;
        } catch (IOException e) {
            throw Trouble.writing(target.toString(), e);
        }
    }

    /** Removes everything unless it was committed. */
    @Override
    public void close() {
        if (!committed) {
            try {
                aside.delete();
            } catch (IOException e) {
                throw Trouble.writing(aside.toString(), e);
            }
        }
    }
}
