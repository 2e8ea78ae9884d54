package apportion.spark.storage;

import apportion.spark.failure.Failure;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import org.apache.hadoop.fs.FileStatus;

/**
 * A directory that is filled aside and then renamed into place; on an object store it is filled in place, with a mark
 * in it until it is committed.
 *
 * <p>No other process fills the same one: the name aside is unique, and the output is {@link Claim claimed}.
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
        Place aside = target.isObjectStore() ? target : target.aside();
        try {
            if (target.exists() && !target.isUnfinished()) {
                throw new IOException("it exists already");
            }
            if (target.isObjectStore()) {
                aside.delete();
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

    /**
     * Looks whether the directory holds certain files, no others and all of their length; what a killed task has left
     * is removed.
     *
     * @param lengths in bytes, by path inside the directory
     * @throws Failure if not
     */
    public void require(Map<String, Long> lengths) {
        TreeMap<String, Long> expected = new TreeMap<>(lengths);
        List<String> wrong = new ArrayList<>();
        try {
            compare(aside, "", expected, wrong);
        } catch (IOException e) {
            throw Trouble.writing(target.toString(), e);
        }
        expected.keySet().forEach(name -> wrong.add(name + " is missing"));
        if (!wrong.isEmpty()) {
            throw new Failure(target + " was not finished: of " + lengths.size() + " files, " + wrong.size()
                    + " are not as they were written (" + wrong.get(0) + "); see whether something else writes to or"
                    + " deletes from " + aside + ", and whether that path leads to the same files on every host");
        }
    }

    private static void compare(Place directory, String inside, Map<String, Long> expected, List<String> wrong)
            throws IOException {
        for (FileStatus file : directory.list()) {
            String name = inside + file.getPath().getName();
            if (Place.unfinished(file.getPath().getName()).isPresent()) {
                directory.at(file.getPath()).delete();
            } else if (file.isDirectory()) {
                compare(directory.at(file.getPath()), name + "/", expected, wrong);
            } else if (!directory.isMark(file.getPath())) {
                Long length = expected.remove(name);
                if (length == null) {
                    wrong.add(name + " is too many");
                } else if (length != file.getLen()) {
                    wrong.add(name + " has " + file.getLen() + " bytes, but " + length + " were written");
                }
            }
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
