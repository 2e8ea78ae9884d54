package apportion.model.dl4j;

import apportion.model.config.ModelConfig;
import com.fasterxml.jackson.annotation.JsonAutoDetect.Visibility;
import com.fasterxml.jackson.annotation.JsonTypeInfo;
import com.fasterxml.jackson.annotation.PropertyAccessor;
import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JavaType;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.cfg.MapperConfig;
import com.fasterxml.jackson.databind.introspect.Annotated;
import com.fasterxml.jackson.databind.introspect.AnnotatedClass;
import com.fasterxml.jackson.databind.introspect.JacksonAnnotationIntrospector;
import com.fasterxml.jackson.databind.json.JsonMapper;
import com.fasterxml.jackson.databind.jsontype.NamedType;
import com.fasterxml.jackson.databind.jsontype.TypeResolverBuilder;
import com.fasterxml.jackson.databind.jsontype.impl.StdTypeResolverBuilder;
import java.util.Arrays;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** A model's configuration as JSON and back: records as objects, the cases of a sealed choice told by {@code type}. */
final class ModelJson {

    private static final ObjectMapper MAPPER = JsonMapper.builder()
            .annotationIntrospector(new SealedChoices())
            .visibility(PropertyAccessor.GETTER, Visibility.NONE)
            .visibility(PropertyAccessor.IS_GETTER, Visibility.NONE)
            .visibility(PropertyAccessor.FIELD, Visibility.ANY)
            .build();

    private ModelJson() {}

    static String write(ModelConfig model) {
        try {
            return MAPPER.writeValueAsString(model);
        } catch (JsonProcessingException e) {
            throw new IllegalStateException(model + " has no JSON form", e);
        }
    }

    static ModelConfig read(String json) {
        try {
            return MAPPER.readValue(json, ModelConfig.class);
        } catch (JsonProcessingException e) {
            throw new IllegalArgumentException("no configuration of a model: " + e.getOriginalMessage(), e);
        }
    }

    /** Spares {@code model.config}, which knows the JDK alone, Jackson's annotations. */
    private static final class SealedChoices extends JacksonAnnotationIntrospector {

        private static boolean isChoice(Class<?> type) {
            return type.isInterface() && type.isSealed();
        }

        @Override
        public @Nullable TypeResolverBuilder<?> findTypeResolver(
                MapperConfig<?> config, AnnotatedClass type, JavaType base) {
            return isChoice(type.getRawType())
                    ? new StdTypeResolverBuilder()
                            .init(JsonTypeInfo.Id.NAME, null)
                            .inclusion(JsonTypeInfo.As.PROPERTY)
                            .typeProperty("type")
                    : super.findTypeResolver(config, type, base);
        }

        @Override
        public @Nullable List<NamedType> findSubtypes(Annotated type) {
            return isChoice(type.getRawType())
                    ? Arrays.stream(type.getRawType().getPermittedSubclasses())
                            .map(choice -> new NamedType(choice, choice.getSimpleName()))
                            .toList()
                    : super.findSubtypes(type);
        }
    }
}
