//! "Did you mean": the nearest of a list of names. Owns the measure and how far is too far.

/// The candidate nearest to a word, if one is near enough to be what was meant. Case, `-`, `_` and `.` count as alike
/// first, then edit distance up to a third of the length decides; ties go to the first in the order given.
pub fn nearest<'a>(word: &str, candidates: impl IntoIterator<Item = &'a str>) -> Option<&'a str> {
    let folded = fold(word);
    let length = folded.chars().count();
    let reach = (length / 3).clamp(1, 4);
    let mut best: Option<(usize, &str)> = None;
    for candidate in candidates {
        let other = fold(candidate);
        let bound = best.map_or(reach, |(distance, _)| distance.saturating_sub(1));
        if other.chars().count().abs_diff(length) > bound {
            continue;
        }
        let distance = if other == folded { 0 } else { strsim::damerau_levenshtein(&folded, &other).max(1) };
        if distance <= bound && best.is_none_or(|(nearest, _)| distance < nearest) {
            best = Some((distance, candidate));
        }
    }
    best.map(|(_, candidate)| candidate)
}

fn fold(word: &str) -> String {
    word.chars().filter(|c| !matches!(c, '-' | '_' | '.' | ' ')).flat_map(char::to_lowercase).collect()
}

#[cfg(test)]
mod tests {
    use super::nearest;

    #[test]
    fn the_nearest_name_is_offered_and_a_far_one_is_not() {
        for (word, expected) in [
            ("onwer", Some("owner")),
            ("kill_switch", Some("kill-switch")),
            ("NEW-CART", Some("newCart")),
            ("prodution", Some("production")),
            ("pruductin", Some("production")),
            ("zebra", None),
            ("x", None),
        ] {
            let candidates = ["owner", "kill-switch", "newCart", "production", "state"];
            assert_eq!(nearest(word, candidates), expected, "{word}");
        }
    }

    #[test]
    fn the_nearer_of_two_wins_whatever_the_order() {
        assert_eq!(nearest("new-cart", ["new-card", "new_cart"]), Some("new_cart"));
        assert_eq!(nearest("new-cart", ["new_cart", "new-card"]), Some("new_cart"));
    }
}
