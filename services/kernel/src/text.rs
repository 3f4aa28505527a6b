//! What a text shows and what it hides: characters that nobody sees, texts that look the same.
//!
//! A text that came from outside is kept as it was typed; only its [`comparable`] form decides whether two are one. Where a
//! number or name must be unique, the comparable form is what is unique.

use unicode_normalization::UnicodeNormalization as _;
use unicode_properties::{GeneralCategory, UnicodeGeneralCategory as _};

/// The form in which two texts are one when a reader would take them for one: compatibility forms composed (NFKC), case
/// folded, without blanks, without brackets of any kind, without what nobody sees.
///
/// `湘财预〔2022〕11号`, `湘财预[2022] 11 号` and `湘财预［２０２２］１１号` are one number.
#[must_use]
pub fn comparable(text: &str) -> String {
    // Each of the three can lead to more for the others, such as a blank that a compatibility form hid.
    let mut last = reduced(text);
    loop {
        let next = reduced(&last);
        if next == last {
            return last;
        }
        last = next;
    }
}

fn reduced(text: &str) -> String {
    let seen = text.chars().filter(|letter| !(is_invisible(*letter) || letter.is_whitespace()));
    caseless::default_case_fold_str(&seen.nfkc().collect::<String>())
        .nfkc()
        .filter(|letter| !is_bracket(*letter))
        .collect()
}

/// Round, square, corner, book-title and all other brackets, and the signs for less and more, which are typed for them.
fn is_bracket(letter: char) -> bool {
    matches!(letter.general_category(), GeneralCategory::OpenPunctuation | GeneralCategory::ClosePunctuation)
        || matches!(letter, '<' | '>')
}

/// Whether a reader sees nothing of that character, though it may change what stands beside it: control characters,
/// line and paragraph separators, bidirectional and other format characters, variation selectors, fillers. A blank is seen.
#[must_use]
pub fn is_invisible(letter: char) -> bool {
    use GeneralCategory::{Control, Format, LineSeparator, ParagraphSeparator};
    matches!(letter.general_category(), Control | Format | LineSeparator | ParagraphSeparator) || is_filler(letter)
}

/// Default ignorable code points (Unicode, DerivedCoreProperties) that are no format characters, and the empty Braille cell.
fn is_filler(letter: char) -> bool {
    matches!(letter,
        '\u{34f}' | '\u{115f}' | '\u{1160}' | '\u{17b4}' | '\u{17b5}' | '\u{180b}'..='\u{180f}' | '\u{2065}' | '\u{2800}'
        | '\u{3164}' | '\u{fe00}'..='\u{fe0f}' | '\u{ffa0}' | '\u{fff0}'..='\u{fff8}' | '\u{e0000}'..='\u{e0fff}')
}

/// Whether a reader sees nothing at all: empty, or only blanks and invisible characters.
#[must_use]
pub fn is_blank(text: &str) -> bool {
    text.chars().all(|letter| letter.is_whitespace() || is_invisible(letter))
}

/// Whether it is in composed form (Unicode NFC), the one form in which a text is kept, so that what is found is what is meant.
#[must_use]
pub fn is_composed(text: &str) -> bool {
    text.is_ascii() || unicode_normalization::is_nfc(text)
}

/// The text in composed form (Unicode NFC).
#[must_use]
pub fn composed(text: &str) -> String {
    text.nfc().collect()
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn c33_one_number_however_it_is_typed() {
        let number = "湘财预2022011号ab";
        for typed in [
            "湘财预〔2022〕011号AB",
            "湘财预[2022] 011 号ab",
            "湘财预【2022】011号Ab ",
            " 湘财预(2022)011号ａＢ",
            "湘财预（２０２２）０１１号ＡＢ",
            "湘财预<2022>011号ab",
            "湘财预《2022》\u{3000}011号\tab\n",
            "湘财\u{200b}预2022\u{202e}011\u{feff}号\u{ad}ab\u{fe0f}",
            "\u{115f}湘财预2022011号ab\u{3164}\u{ffa0}\u{2800}",
        ] {
            assert_eq!(comparable(typed), number, "{typed:?}");
        }
        assert_ne!(comparable("湘财预〔2022〕11号"), comparable("湘财预〔2022〕12号"));
        assert_ne!(comparable("A-1"), comparable("A1"), "a hyphen is part of a number");
    }

    #[test]
    fn c33_compatibility_forms_and_cases_are_folded() {
        // Kangxi radicals, a ligature, a sharp s, a composed and a decomposed letter, a joiner between letter and accent.
        for (one, other) in [
            ("村部办公楼\u{2f2f}", "村部办公楼工"),
            ("ﬁ", "FI"),
            ("Straße", "STRASSE"),
            ("é", "E\u{301}"),
            ("e\u{200d}\u{301}", "É"),
            ("㈠", "一"),
            ("①", "1"),
        ] {
            assert_eq!(comparable(one), comparable(other), "{one:?} {other:?}");
        }
    }

    #[test]
    fn c33_what_nobody_sees_is_known() {
        for hidden in
            ['\0', '\n', '\u{7f}', '\u{200b}', '\u{200d}', '\u{202e}', '\u{2066}', '\u{2028}', '\u{feff}', '\u{fe0f}']
        {
            assert!(is_invisible(hidden), "{hidden:?}");
        }
        for seen in [' ', '\u{3000}', 'a', '衔', '。', '〔', '\u{301}', '🦐', '€'] {
            assert!(!is_invisible(seen), "{seen:?}");
        }
        for blank in ["", " ", "\u{3000}\t", "\u{200b}", "\u{200b} \u{2060}", "\u{3164}"] {
            assert!(is_blank(blank), "{blank:?}");
        }
        assert!(!is_blank("\u{200b}衔"));
    }

    #[test]
    fn composed_is_one_form() {
        assert!(is_composed("衔接é") && is_composed("plain"));
        assert!(!is_composed("e\u{301}"));
        assert_eq!(composed("e\u{301}"), "é");
    }

    proptest! {
        #[test]
        fn comparing_twice_changes_nothing(text in any::<String>()) {
            let once = comparable(&text);
            prop_assert_eq!(comparable(&once), once.clone());
            prop_assert!(once.chars().all(|letter| !(letter.is_whitespace() || is_invisible(letter) || is_bracket(letter))));
        }

        #[test]
        fn what_is_not_seen_changes_nothing(text in any::<String>(), at in any::<prop::sample::Index>()) {
            let mut letters: Vec<char> = text.chars().collect();
            letters.insert(at.index(letters.len() + 1), '\u{200b}');
            prop_assert_eq!(comparable(&letters.into_iter().collect::<String>()), comparable(&text));
        }
    }
}
