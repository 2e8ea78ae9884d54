package apportion.data.corpus;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.Set;
import org.junit.jupiter.api.Test;

class CleaningTest {

    private static final Cleaning ALL = new Cleaning(true, true, true);

    @Test
    void theSameLetterHasOneSpelling() {
        assertThat(ALL.clean("cafe\u0301")).isEqualTo("caf\u00e9");
        assertThat(ALL.clean("\u212b")).isEqualTo("\u00c5");
    }

    @Test
    void lineEndsAreLineFeedsAndOtherControlsGo() {
        assertThat(ALL.clean("a\r\nb\rc\u0085d\te\u0007\u001b[1m\u007f\u009ff\n\ng"))
                .isEqualTo("a\nb\nc\nd\te[1mf\n\ng");
    }

    @Test
    void aSeparatorBetweenTwoWordsLeavesASpace() {
        assertThat(ALL.clean("page one\fpage two\u000bthree\u001ffour\u001c\f\u0007five"))
                .isEqualTo("page one page two three four five");
        assertThat(ALL.clean("\fa\f\nb \fc\f d\f")).isEqualTo("a\nb c d");
        assertThat(new Cleaning(true, false, false).clean("a\fb")).isEqualTo("a\fb");
    }

    @Test
    void cleanTextStaysAsItIs() {
        String text = " a\tb\n\nc \u00e9 \ud83d\ude00 ";
        assertThat(new Cleaning(true, true, false).clean(text)).isEqualTo(text);
        assertThat(ALL.clean(text)).isEqualTo(text.strip());
        assertThat(ALL.clean(ALL.clean("e\u0301\r\r\n "))).isEqualTo(ALL.clean("e\u0301\r\r\n "));
    }

    @Test
    void everyStepCanBeLeftOut() {
        String text = " e\u0301\r\n\u0007";
        assertThat(new Cleaning(false, false, false).clean(text)).isEqualTo(text);
        assertThat(new Cleaning(true, false, false).clean(text)).isEqualTo(" \u00e9\r\n\u0007");
        assertThat(new Cleaning(false, false, false).clean("a\ud800")).isEqualTo("a\ufffd");
    }

    @Test
    void equalTextsHaveEqualKeysAndDrawsAreUniform() {
        assertThat(ContentKey.of("a")).isEqualTo(ContentKey.of("a")).isNotEqualTo(ContentKey.of("b"));
        // The first half of the published SHA-256 of the empty text.
        assertThat(ContentKey.of("")).isEqualTo(new ContentKey(0xe3b0c44298fc1c14L, 0x9afbf4c8996fb924L));
        double mean = 0;
        for (int i = 0; i < 2000; i++) {
            mean += ContentKey.of("text " + i).draw(5) / 2000;
        }
        // Standard error 0.0065.
        assertThat(mean).isBetween(0.47, 0.53);
        assertThat(ContentKey.of("a").draw(1)).isNotEqualTo(ContentKey.of("a").draw(2));
    }

    @Test
    void languagesAreToldApart() {
        LanguageFilter english = new LanguageFilter(Set.of("en"), 0.02);

        assertThat(english.keeps("I declare resumed the session of the European Parliament adjourned on Friday."))
                .isTrue();
        assertThat(english.keeps("Ich erkläre die am Freitag unterbrochene Sitzungsperiode für wieder aufgenommen."))
                .isFalse();
        assertThat(new LanguageFilter(Set.of("eng"), 0.1).keeps("Too short.")).isFalse();
        assertThat(english.keeps("")).isFalse();
    }

    @Test
    void aLanguageThatTheModelDoesNotKnowIsNamed() {
        assertThatThrownBy(() -> new LanguageFilter(Set.of("english"), 0.5))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageContaining("\"english\"")
                .hasMessageContaining("eng");
    }
}
