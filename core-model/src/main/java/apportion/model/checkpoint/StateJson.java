package apportion.model.checkpoint;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/** {@code state.json}: the names in the file, written out so that renaming a record's component cannot change them. */
final class StateJson {

    private StateJson() {}

    static byte[] write(TrainingState state) {
        ObjectNode json = Json.object();
        json.put("round", state.round());
        json.put("step", state.step());
        json.put("tokens", state.tokens());
        ArrayNode replicas = json.putArray("replicas");
        for (TrainingState.Replica replica : state.replicas()) {
            replicas.addObject().put("cursor", replica.cursor()).put("step", replica.step());
        }
        state.allotment().ifPresent(allotment -> json.put("allotment", allotment));
        state.history().ifPresent(history -> json.put("history", history));
        write(state.provenance(), json.putObject("provenance"));
        return Json.pretty(json);
    }

    private static void write(Provenance provenance, ObjectNode json) {
        json.put("config-sha256", provenance.configHash());
        json.put("code-version", provenance.codeVersion());
        ObjectNode inputs = json.putObject("inputs-sha256");
        provenance.inputs().forEach(inputs::put);
        ObjectNode seeds = json.putObject("seeds");
        provenance.seeds().forEach(seeds::put);
        ObjectNode libraries = json.putObject("libraries");
        provenance.libraries().forEach(libraries::put);
    }

    static TrainingState read(String where, byte[] bytes) {
        ObjectNode json = Json.parseObject(where, bytes);
        try {
            return new TrainingState(
                    Json.whole(where, json, "round"),
                    Json.whole(where, json, "step"),
                    Json.whole(where, json, "tokens"),
                    replicas(where, json),
                    text(where, json, "allotment"),
                    text(where, json, "history"),
                    provenance(where, Json.members(where, json, "provenance")));
        } catch (IllegalArgumentException e) {
            throw new CheckpointError(where, String.valueOf(e.getMessage()));
        }
    }

    private static Optional<String> text(String where, ObjectNode json, String name) {
        return json.has(name) ? Optional.of(Json.text(where, json, name)) : Optional.empty();
    }

    private static List<TrainingState.Replica> replicas(String where, JsonNode json) {
        List<TrainingState.Replica> replicas = new ArrayList<>();
        for (JsonNode replica : Json.elements(where, json, "replicas")) {
            replicas.add(new TrainingState.Replica(
                    Json.whole(where, replica, "cursor"), Json.whole(where, replica, "step")));
        }
        return replicas;
    }

    private static Provenance provenance(String where, JsonNode json) {
        return new Provenance(
                Json.text(where, json, "config-sha256"),
                Json.text(where, json, "code-version"),
                Json.texts(where, json, "inputs-sha256"),
                Json.wholes(where, json, "seeds"),
                Json.texts(where, json, "libraries"));
    }
}
