//! flag-sweep.toml, and `[tool.flag-sweep]` in pyproject.toml. Owns the format and its errors; data only, nothing in it
//! can run a program. Does not merge it with options (see `settings`).

use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};

use anyhow::{Context, Result, anyhow};
use serde::Deserialize;
use toml::Spanned;

use super::args::{FailOn, parse_period};
use super::policies;
use super::registries::{self, Described};
use crate::diagnostic::Severity;
use crate::language;
use crate::registry::nearest;
use crate::report::frame::frame;
use crate::resolve::Effect;
use crate::settings::{CheckPattern, Limits};
use crate::source::LineIndex;
use crate::source::read::regular_text;
use crate::value::ValueType;

/// Name of the file of our own.
pub const FILE_NAME: &str = "flag-sweep.toml";
/// Name of the file that may hold a section for us.
const PYPROJECT: &str = "pyproject.toml";

/// What a configuration file says, checked.
#[derive(Debug, Default)]
pub struct Config {
    /// The file, when there is one.
    pub path: Option<PathBuf>,
    /// Registry files, relative to the configuration file.
    pub registries: Vec<PathBuf>,
    /// Registries that are described, in the order of the file.
    pub described: Vec<Described>,
    /// Provider files, relative to the configuration file.
    pub providers: Vec<PathBuf>,
    /// Environments that must agree.
    pub required: Vec<String>,
    /// Premises that hold of every call, by name, with the reason.
    pub accepted: BTreeMap<String, String>,
    /// The baseline, relative to the configuration file.
    pub baseline: Option<PathBuf>,
    /// What the team allows itself.
    pub limits: Limits,
    /// Globs of paths to leave out.
    pub exclude: Vec<String>,
    /// Lowest severity that fails a run.
    pub fail_on: Option<FailOn>,
    /// Severity per rule; `None` turns one off.
    pub severities: BTreeMap<String, Option<Severity>>,
    /// Periods in days, and what may be removed.
    pub staleness: Staleness,
    /// The user's checks in languages that are read.
    pub checks: Vec<CheckPattern>,
    /// The user's ways of pinning a flag in a test, in languages that are read.
    pub overrides: Vec<CheckPattern>,
    /// What the file asks for and this version does not do, one sentence each.
    pub warnings: Vec<String>,
}

/// The section `[staleness]`, periods in days.
#[derive(Debug, Default)]
pub struct Staleness {
    /// See [`crate::settings::Policy::stale_after`].
    pub stale_after: Option<u32>,
    /// See [`crate::settings::Policy::hard_cap`].
    pub hard_cap: Option<u32>,
    /// See [`crate::settings::Policy::ops_review`].
    pub ops_review: Option<u32>,
    /// See [`crate::settings::Policy::max_partial`].
    pub max_partial: Option<u32>,
    /// See [`crate::settings::Policy::min_stable`].
    pub min_stable: Option<u32>,
    /// See [`crate::settings::Policy::max_snapshot_age`].
    pub max_snapshot_age: Option<u32>,
    /// See [`crate::settings::Policy::remove_off`].
    pub remove_off: bool,
    /// See [`crate::settings::Policy::trust_undated`].
    pub trust_undated: bool,
    /// Whether [`crate::settings::Policy::code_since`] is looked for.
    pub code_age: bool,
}

#[derive(Default, Deserialize)]
#[serde(rename_all = "kebab-case", deny_unknown_fields, default)]
struct File {
    registry: OneOrMany,
    registries: Vec<Spanned<registries::Entry>>,
    providers: OneOrMany,
    environments: Environments,
    accept_premises: Vec<Premise>,
    baseline: Option<PathBuf>,
    exclude: OneOrMany,
    fail_on: Option<Spanned<String>>,
    rules: BTreeMap<Spanned<String>, Spanned<String>>,
    staleness: Periods,
    policy: policies::Table,
    checks: Vec<Spanned<Check>>,
    overrides: Vec<Spanned<Override>>,
}

#[derive(Default, Deserialize)]
#[serde(deny_unknown_fields, default)]
struct Environments {
    required: OneOrMany,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Premise {
    premise: Spanned<String>,
    reason: Spanned<String>,
}

#[derive(Default, Deserialize)]
#[serde(rename_all = "kebab-case", deny_unknown_fields, default)]
struct Periods {
    stale_after: Option<Spanned<String>>,
    hard_cap: Option<Spanned<String>>,
    ops_review: Option<Spanned<String>>,
    max_partial: Option<Spanned<String>>,
    min_stable: Option<Spanned<String>>,
    max_snapshot_age: Option<Spanned<String>>,
    remove_off: bool,
    trust_undated: bool,
    code_age: bool,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Check {
    language: Spanned<OneOrMany>,
    pattern: Spanned<String>,
    keys: Option<Spanned<String>>,
    returns: Option<Spanned<String>>,
    effect: Option<Spanned<String>>,
    #[serde(default)]
    negated: bool,
    spelling: Option<Spanned<String>>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Override {
    language: Spanned<OneOrMany>,
    pattern: Spanned<String>,
    value: Option<bool>,
}

/// A string, or a list of strings.
#[derive(Deserialize)]
#[serde(untagged, expecting = "expected a string or a list of strings")]
pub(super) enum OneOrMany {
    One(String),
    Many(Vec<String>),
}

impl Default for OneOrMany {
    fn default() -> Self {
        Self::Many(Vec::new())
    }
}

impl OneOrMany {
    pub(super) fn as_slice(&self) -> &[String] {
        match self {
            Self::One(one) => std::slice::from_ref(one),
            Self::Many(many) => many,
        }
    }
}

#[derive(Deserialize)]
struct Pyproject {
    tool: Option<Tool>,
}

#[derive(Deserialize)]
struct Tool {
    #[serde(rename = "flag-sweep")]
    flag_sweep: Option<File>,
}

/// The configuration file of a directory, if it has one: flag-sweep.toml first, else a pyproject.toml with our section.
pub fn in_directory(directory: &Path) -> Option<PathBuf> {
    let own = directory.join(FILE_NAME);
    if own.is_file() {
        return Some(own);
    }
    let shared = directory.join(PYPROJECT);
    // A pyproject.toml without our section, or that is not readable TOML, is other tools' business.
    let table: toml::Table = regular_text(&shared).ok()?.parse().ok()?;
    table.get("tool")?.get("flag-sweep").map(|_| shared)
}

/// Reads and checks a configuration file. `codes` are the rules that exist.
///
/// # Errors
/// When it cannot be read, or says something that means nothing: with file, line, caret and the nearest valid name.
pub fn read(path: &Path, shown: &str, codes: &[&str]) -> Result<Config> {
    let text = regular_text(path).with_context(|| format!("cannot read the configuration file {shown}"))?;
    parse(&text, path, shown, codes)
}

/// As [`read()`], with the text of the file.
///
/// # Errors
/// When it is not valid.
pub fn parse(text: &str, path: &Path, shown: &str, codes: &[&str]) -> Result<Config> {
    let file = if path.file_name().is_some_and(|name| name == PYPROJECT) {
        toml::from_str::<Pyproject>(text)
            .map(|project| project.tool.and_then(|tool| tool.flag_sweep).unwrap_or_default())
    } else {
        toml::from_str(text)
    };
    let reader = Reader { text, shown };
    let file: File = file.map_err(|error| reader.parse_error(&error))?;
    let mut config = reader.check(file, codes)?;
    config.path = Some(path.to_owned());
    Ok(config)
}

pub(super) struct Reader<'a> {
    text: &'a str,
    shown: &'a str,
}

impl Reader<'_> {
    pub(super) fn error(&self, span: std::ops::Range<usize>, message: &str, hint: &str) -> anyhow::Error {
        anyhow!(frame(self.shown, self.text, &span, message, hint))
    }

    /// A name that is not among the valid ones.
    pub(super) fn unknown(&self, what: &str, name: &Spanned<String>, valid: &[&str]) -> anyhow::Error {
        let hint = match nearest(name.get_ref(), valid.iter().copied()) {
            Some(near) => format!("did you mean `{near}`?"),
            None => format!("valid: {}", valid.join(", ")),
        };
        self.error(name.span(), &format!("unknown {what} `{}`", name.get_ref()), &hint)
    }

    /// toml's error, in our words where it is about a key.
    fn parse_error(&self, error: &toml::de::Error) -> anyhow::Error {
        let span = error.span().unwrap_or(0..0);
        let message = error.message();
        if let Some(rest) = message.strip_prefix("unknown field `")
            && let Some((name, expected)) = rest.split_once('`')
        {
            let valid: Vec<&str> = expected.split('`').skip(1).step_by(2).collect();
            return self.unknown("key", &Spanned::new(span, name.to_owned()), &valid);
        }
        let message = message.replace("missing field", "missing key").replace("duplicate field", "duplicate key");
        self.error(span, &message, "")
    }

    fn check(&self, file: File, codes: &[&str]) -> Result<Config> {
        let mut config = Config {
            registries: file.registry.as_slice().iter().map(PathBuf::from).collect(),
            providers: file.providers.as_slice().iter().map(PathBuf::from).collect(),
            required: file.environments.required.as_slice().to_vec(),
            baseline: file.baseline,
            exclude: file.exclude.as_slice().to_vec(),
            ..Config::default()
        };
        if let Some(name) = &file.fail_on {
            let valid = ["error", "warning", "note", "never"];
            config.fail_on =
                Some(FailOn::from_name(name.get_ref()).ok_or_else(|| self.unknown("severity", name, &valid))?);
        }
        for (code, severity) in &file.rules {
            if !codes.contains(&code.get_ref().as_str()) {
                return Err(self.unknown("rule", code, codes));
            }
            let severity = match severity.get_ref().as_str() {
                "off" => None,
                "note" => Some(Severity::Note),
                "warning" => Some(Severity::Warning),
                "error" => Some(Severity::Error),
                _ => return Err(self.unknown("severity", severity, &["off", "note", "warning", "error"])),
            };
            config.severities.insert(code.get_ref().clone(), severity);
        }
        config.staleness = Staleness {
            stale_after: self.period(file.staleness.stale_after.as_ref())?,
            hard_cap: self.period(file.staleness.hard_cap.as_ref())?,
            ops_review: self.period(file.staleness.ops_review.as_ref())?,
            max_partial: self.period(file.staleness.max_partial.as_ref())?,
            min_stable: self.period(file.staleness.min_stable.as_ref())?,
            max_snapshot_age: self.period(file.staleness.max_snapshot_age.as_ref())?,
            remove_off: file.staleness.remove_off,
            trust_undated: file.staleness.trust_undated,
            code_age: file.staleness.code_age,
        };
        config.limits = self.limits(&file.policy)?;
        for entry in file.accept_premises {
            let Premise { premise, reason } = entry;
            if reason.get_ref().trim().is_empty() {
                let message = format!("the premise `{}` is accepted without a reason", premise.get_ref());
                return Err(self.error(reason.span(), &message, "say why it holds of every call"));
            }
            if config.accepted.contains_key(premise.get_ref()) {
                let message = format!("the premise `{}` is accepted twice", premise.get_ref());
                return Err(self.error(premise.span(), &message, "accepted again"));
            }
            config.accepted.insert(premise.into_inner(), reason.into_inner());
        }
        for entry in &file.registries {
            let origin = format!("{}:{}", self.shown, self.line(entry.span().start));
            let frame = |span, message: &str, hint: &str| self.error(span, message, hint);
            config.described.push(registries::check(entry, origin, &frame)?);
        }
        let mut unread = BTreeSet::new();
        for check in &file.checks {
            self.add_check(check, &mut config, &mut unread)?;
        }
        for entry in &file.overrides {
            let languages = self.languages(&entry.get_ref().language, &mut unread)?;
            if !languages.is_empty() {
                let pattern = &entry.get_ref().pattern;
                config.overrides.push(CheckPattern {
                    languages,
                    pattern: pattern.get_ref().clone(),
                    pins: entry.get_ref().value,
                    origin: format!("{}:{}", self.shown, self.line(pattern.span().start)),
                    ..CheckPattern::default()
                });
            }
        }
        if !unread.is_empty() {
            let names: Vec<&str> = language::LANGUAGES.iter().map(|language| language.name).collect();
            config.warnings.push(format!(
                "{}: entries for {} are skipped: this version reads {}",
                self.shown,
                unread.into_iter().collect::<Vec<_>>().join(", "),
                names.join(", ")
            ));
        }
        Ok(config)
    }

    fn period(&self, text: Option<&Spanned<String>>) -> Result<Option<u32>> {
        let read = |text: &Spanned<String>| {
            parse_period(text.get_ref())
                .map_err(|expected| self.error(text.span(), &format!("`{}` is no period", text.get_ref()), &expected))
        };
        text.map(read).transpose()
    }

    fn add_check(&self, entry: &Spanned<Check>, config: &mut Config, unread: &mut BTreeSet<String>) -> Result<()> {
        let check = entry.get_ref();
        let languages = self.languages(&check.language, unread)?;
        let line = self.line(check.pattern.span().start);
        let effect = match &check.effect {
            None => Effect::Value,
            Some(name) => match name.get_ref().as_str() {
                "value" => Effect::Value,
                "guard" => Effect::Guard,
                "presence" => Effect::Presence,
                _ => return Err(self.unknown("effect", name, &["value", "guard", "presence"])),
            },
        };
        let loose = match &check.spelling {
            None => false,
            Some(name) => match name.get_ref().as_str() {
                "exact" => false,
                "loose" => true,
                _ => return Err(self.unknown("spelling", name, &["exact", "loose"])),
            },
        };
        let chooses = ["$ON", "$OFF"].iter().all(|placeholder| check.pattern.get_ref().contains(placeholder));
        let mut returns = ValueType::default();
        if let Some(name) = &check.returns {
            match ValueType::from_name(name.get_ref()) {
                Some(kind) => returns = kind,
                None if name.get_ref().split_whitespace().collect::<String>() == "$ON|$OFF" => {
                    if !chooses {
                        let message = "the pattern does not say which arguments `$ON` and `$OFF` are";
                        return Err(self.error(name.span(), message, "put both in their places in the pattern"));
                    }
                }
                None => {
                    let valid = ["bool", "string", "int", "float", "json", "any", "$ON | $OFF"];
                    return Err(self.unknown("type", name, &valid));
                }
            }
        }
        if let Some(keys) = &check.keys
            && let Err(error) = globset::Glob::new(keys.get_ref())
        {
            return Err(self.error(keys.span(), &format!("`{}` is no glob: {}", keys.get_ref(), error.kind()), ""));
        }
        if languages.is_empty() {
            return Ok(());
        }
        config.checks.push(CheckPattern {
            languages,
            pattern: check.pattern.get_ref().clone(),
            keys: check.keys.as_ref().map(|keys| keys.get_ref().clone()),
            returns,
            negated: check.negated,
            effect,
            loose,
            origin: format!("{}:{line}", self.shown),
            ..CheckPattern::default()
        });
        Ok(())
    }

    /// Those of an entry's languages that are read; the others are noted.
    fn languages(&self, names: &Spanned<OneOrMany>, unread: &mut BTreeSet<String>) -> Result<Vec<String>> {
        let mut read = Vec::new();
        for name in names.get_ref().as_slice() {
            if language::by_name(name).is_some() {
                read.push(name.clone());
            } else if language::KNOWN_BUT_NOT_READ.contains(&name.as_str()) {
                unread.insert(name.clone());
            } else {
                let mut valid: Vec<&str> = language::LANGUAGES.iter().map(|language| language.name).collect();
                valid.extend(language::KNOWN_BUT_NOT_READ);
                return Err(self.unknown("language", &Spanned::new(names.span(), name.clone()), &valid));
            }
        }
        Ok(read)
    }

    fn line(&self, offset: usize) -> usize {
        LineIndex::new(self.text).line(offset.min(self.text.len())) + 1
    }
}

#[cfg(test)]
mod tests {
    use super::{Config, read};
    use crate::diagnostic::Severity;
    use crate::resolve::Effect;

    fn parse(name: &str, text: &str) -> Result<Config, String> {
        let directory = tempfile::tempdir().expect("a scratch directory can be made");
        let path = directory.path().join(name);
        std::fs::write(&path, text).expect("the scratch directory is writable");
        read(&path, name, &["stale-flag", "unused-flag"]).map_err(|error| error.to_string())
    }

    #[test]
    fn a_premise_is_accepted_with_a_reason_and_once() {
        let entry = |premise: &str, reason: &str| {
            format!("[[accept-premises]]\npremise = \"{premise}\"\nreason = \"{reason}\"\n")
        };
        let config = parse("flag-sweep.toml", &entry("userId", "everybody is signed in")).expect("it is well-formed");
        assert_eq!(config.accepted["userId"], "everybody is signed in");
        for (text, expected) in [
            (entry("userId", " "), "the premise `userId` is accepted without a reason"),
            (entry("a", "b") + &entry("a", "c"), "the premise `a` is accepted twice"),
            ("[[accept-premises]]\npremise = \"a\"\n".to_owned(), "missing key `reason`"),
        ] {
            let error = parse("flag-sweep.toml", &text).expect_err(&text);
            assert!(error.contains(expected), "{error}");
        }
    }

    #[test]
    fn everything_is_read() {
        let text = r#"
            registry = ["flags.yaml"]
            exclude = "vendor/**"
            fail-on = "error"
            [environments]
            required = ["production", "eu"]
            [rules]
            stale-flag = "error"
            unused-flag = "off"
            [staleness]
            stale-after = "6w"
            min-stable = "3d"
            remove-off = true
            [[checks]]
            language = ["python", "kotlin"]
            pattern = "state.get_config($KEY, $FALLBACK)"
            returns = "int"
        "#;
        let config = parse("flag-sweep.toml", text).expect("it is valid");
        assert_eq!(config.required, ["production", "eu"]);
        assert_eq!(config.exclude, ["vendor/**"]);
        assert_eq!(config.severities["stale-flag"], Some(Severity::Error));
        assert_eq!(config.severities["unused-flag"], None);
        assert_eq!((config.staleness.stale_after, config.staleness.min_stable), (Some(42), Some(3)));
        assert!(config.staleness.remove_off);
        assert_eq!(config.checks[0].languages, ["python"]);
        assert_eq!(config.checks[0].origin, "flag-sweep.toml:16");
        assert_eq!(
            config.warnings,
            [
                "flag-sweep.toml: entries for kotlin are skipped: this version reads javascript, jinja, python, rust, svelte, tsx, typescript, vue"
            ]
        );
    }

    #[test]
    fn the_whole_pattern_language_is_read() {
        let text = "[[checks]]\nlanguage = \"python\"\npattern = \"f($KEY)\"\neffect = \"presence\"\n\
                    [[checks]]\nlanguage = \"rust\"\npattern = \"$_.check_${KEY}($$$)?\"\neffect = \"guard\"\n\
                    [[checks]]\nlanguage = \"rust\"\npattern = \"x.$KEY\"\nspelling = \"loose\"\n\
                    [[checks]]\nlanguage = \"python\"\npattern = \"pick($KEY, $ON, $OFF)\"\nreturns = \"$ON | $OFF\"\n\
                    [[overrides]]\nlanguage = [\"python\", \"go\"]\npattern = \"pinned($KEY, $VALUE)\"\n";
        let config = parse("flag-sweep.toml", text).expect("it is valid");
        let effects: Vec<Effect> = config.checks.iter().map(|check| check.effect).collect();
        assert_eq!(effects, [Effect::Presence, Effect::Guard, Effect::Value, Effect::Value]);
        assert!(config.checks[2].loose && !config.checks[1].loose);
        assert_eq!(config.overrides[0].origin, "flag-sweep.toml:19");
        assert_eq!(config.overrides[0].languages, ["python"]);
        assert_eq!(config.warnings.len(), 1, "{:?}", config.warnings);
        assert!(config.warnings[0].contains("entries for go are skipped"));
    }

    #[test]
    fn a_section_of_pyproject_is_read() {
        let text = "[project]\nname = \"x\"\n[tool.other]\na = 1\n[tool.flag-sweep]\nexclude = [\"a\"]\n";
        assert_eq!(parse("pyproject.toml", text).expect("it is valid").exclude, ["a"]);
        let error = parse("pyproject.toml", &text.replace("exclude", "exclud")).expect_err("it is misspelt");
        assert!(error.starts_with("pyproject.toml:6:1: unknown key `exclud`"), "{error}");
    }

    #[test]
    fn errors_point_at_the_place() {
        for (text, expected) in [
            ("registri = []\n", "flag-sweep.toml:1:1: unknown key `registri`"),
            ("\n[rules]\nstale-flg = \"off\"\n", "flag-sweep.toml:3:1: unknown rule `stale-flg`"),
            ("[rules]\nstale-flag = \"of\"\n", "flag-sweep.toml:2:14: unknown severity `of`"),
            ("fail-on = \"warn\"\n", "flag-sweep.toml:1:11: unknown severity `warn`"),
            ("[staleness]\nhard-cap = \"soon\"\n", "flag-sweep.toml:2:12: `soon` is no period"),
            (
                "[[checks]]\nlanguage = \"pyton\"\npattern = \"x($KEY)\"\n",
                "flag-sweep.toml:2:12: unknown language `pyton`",
            ),
            ("[[checks]]\nlanguage = \"python\"\n", "flag-sweep.toml:1:1: missing key `pattern`"),
            (
                "[[checks]]\nlanguage = \"python\"\npattern = \"x($KEY)\"\nreturns = \"$ON | $OFF\"\n",
                "flag-sweep.toml:4:11: the pattern does not say which arguments",
            ),
            (
                "[[checks]]\nlanguage = \"python\"\npattern = \"x($KEY)\"\neffect = \"guards\"\n",
                "flag-sweep.toml:4:10: unknown effect `guards`",
            ),
            ("[policy]\nrequire = [\"ower\"]\n", "flag-sweep.toml:2:12: unknown metadata `ower`"),
            ("[policy]\nmax-stale-share = \"120%\"\n", "flag-sweep.toml:2:19: `120%` is no share"),
            ("a = = 1\n", "flag-sweep.toml:1:5: "),
            ("exclude = 3\n", "flag-sweep.toml:1:11: expected a string or a list of strings"),
        ] {
            let error = parse("flag-sweep.toml", text).expect_err(text);
            assert!(error.starts_with(expected), "{text}: {error}");
        }
        let error = parse("flag-sweep.toml", "[rules]\nstale-flg = \"off\"\n").expect_err("it is misspelt");
        assert!(error.ends_with("^^^^^^^^^ did you mean `stale-flag`?"), "{error}");
    }
}
