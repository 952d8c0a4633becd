//! One generated program as a project, without detection: the stub SDK's calls are found in the syntax tree, so that the
//! oracle judges folding alone. Owns the properties that need no execution.

use std::collections::BTreeMap;
use std::path::PathBuf;

use flag_sweep::diagnostic::Applicability;
use flag_sweep::fix::tree::{NodeId, Tree};
use flag_sweep::fix::{self, Decision, Plan};
use flag_sweep::language::{self, Language};
use flag_sweep::project::{CodeFile, Project};
use flag_sweep::resolve::{Confidence, Effect, FlagCheck, Key, Projection};
use flag_sweep::source::read::Nothing;
use flag_sweep::source::{Location, Source, SourceId, Span, edit};
use flag_sweep::value::{Value, ValueType};

/// Why nothing is concluded about a program.
pub(crate) const UNREADABLE: &str = "the input does not parse";

/// A generated program, and what its flags serve.
#[derive(Clone, Debug)]
pub(crate) struct Program {
    /// Its number under the seed.
    pub(crate) number: u64,
    /// Its text.
    pub(crate) text: String,
    /// What the stub SDK serves.
    pub(crate) flags: BTreeMap<String, Value>,
    /// The flags whose checks go.
    pub(crate) decided: Vec<String>,
}

/// A program after a fix.
#[derive(Clone, Debug)]
pub(crate) struct Fixed {
    /// Its text.
    pub(crate) text: String,
    /// Whether every decided check was judged safe.
    pub(crate) all_safe: bool,
    /// The reasons of the sites that are not safe, and were applied.
    pub(crate) reasons: Vec<String>,
    /// Why decided checks were left.
    pub(crate) left: Vec<String>,
    /// Why names are left that nothing reads any more: at `unsafe` those go.
    pub(crate) leftovers: Vec<String>,
    /// What is said at each decided check.
    pub(crate) sites: Vec<(Span, Vec<String>)>,
    /// How many checks went.
    pub(crate) applied: usize,
}

impl Program {
    /// Fixes the program. `Err` is a property that does not hold.
    pub(crate) fn fix(&self, language: &'static Language, level: Applicability) -> Result<Fixed, String> {
        let (fixed, plan) = self.fix_text(language, &self.text, level)?;
        let left = plan.sites.iter().filter(|site| !site.applied).count();
        let (again, second) =
            self.fix_text(language, &fixed.text, level).map_err(|why| match why.strip_prefix(UNREADABLE) {
                Some(text) => format!("the result does not parse{text}"),
                None => format!("{why}, in a second fix of:\n{}", fixed.text),
            })?;
        // Where a check had to stay, what is left of the expression around it may be clearer than it was.
        if again.text != fixed.text && left == 0 {
            return Err(format!("a second fix changes:\n{}\nto:\n{}", fixed.text, again.text));
        }
        if second.sites.len() > left {
            let reasons: Vec<&String> = second.sites.iter().flat_map(|site| &site.reasons).collect();
            return Err(format!(
                "{} decided checks are left, the plan admits {left} {reasons:?}:\n{}",
                second.sites.len(),
                fixed.text
            ));
        }
        Ok(fixed)
    }

    /// What is JavaScript is TypeScript as well, and fixed in the same way.
    pub(crate) fn same_as_typescript(&self, language: &'static Language, fixed: &Fixed) -> Result<(), String> {
        if language.name != "javascript" {
            return Ok(());
        }
        let typescript = language::by_name("typescript").expect("TypeScript is in the table");
        match self.fix_text(typescript, &self.text, Applicability::Safe) {
            Ok((other, _)) if other.text != fixed.text => {
                Err(format!("as TypeScript: it becomes\n{}\n---- and not\n{}", other.text, fixed.text))
            }
            Err(why) if !why.starts_with(UNREADABLE) => Err(format!("as TypeScript: {why}")),
            _ => Ok(()),
        }
    }

    fn fix_text(&self, language: &'static Language, text: &str, level: Applicability) -> Result<(Fixed, Plan), String> {
        let mut project = project(language, text)?;
        let decisions: Vec<Decision> = project
            .checks
            .iter()
            .enumerate()
            .filter(|(_, check)| self.decided.iter().any(|flag| Some(flag.as_str()) == check.flag()))
            .filter_map(|(check, found)| Some(Decision { check, value: self.flags.get(found.flag()?)?.clone() }))
            .collect();
        let plan = fix::plan(&mut project, &decisions, level, &Nothing);
        if !plan.bugs.is_empty() {
            return Err(format!("verification dropped {:?}", plan.bugs));
        }
        let mut fixed = Fixed {
            text: text.to_owned(),
            all_safe: true,
            reasons: plan.reviewed.iter().map(|(_, reason)| reason.clone()).collect(),
            left: Vec::new(),
            leftovers: plan.left.iter().map(|(_, reason)| reason.clone()).collect(),
            sites: Vec::new(),
            applied: 0,
        };
        for file in &plan.files {
            if !edit::are_disjoint(&file.edits) {
                return Err(format!("edits overlap or are out of order: {:?}", file.edits));
            }
            if edit::apply(text, &file.edits) != file.after {
                return Err("the edits do not lead to the planned text".to_owned());
            }
            fixed.text.clone_from(&file.after);
        }
        for site in &plan.sites {
            if site.applied && site.applicability > level {
                return Err(format!("a site that is {} was applied", site.applicability.name()));
            }
            fixed.sites.push((project.checks[site.check].at.span.clone(), site.reasons.clone()));
            fixed.all_safe &= site.applicability == Applicability::Safe;
            if site.applied {
                fixed.applied += 1;
                fixed.reasons.extend(site.reasons.iter().cloned());
            } else {
                fixed.left.extend(site.reasons.iter().cloned());
            }
        }
        Ok((fixed, plan))
    }
}

fn project(language: &'static Language, text: &str) -> Result<Project, String> {
    let path = PathBuf::from(format!("program.{}", language.extensions[0]));
    let mut project = Project::default();
    project.files.push(CodeFile { path: path.clone(), language: language.name });
    let source = project.sources.add(Source { path, text: text.into(), language: Some(language) });
    let parsed = language.parse(text);
    if parsed.root_node().has_error() {
        return Err(format!("{UNREADABLE}:\n{text}"));
    }
    let tree = Tree::new(text, &parsed);
    project.checks = tree.all().filter_map(|node| check(&tree, node, source)).collect();
    Ok(project)
}

/// The methods of the stub SDKs: name, type, negated, async, fallible.
const METHODS: [(&str, ValueType, bool, bool, bool); 14] = [
    ("is_enabled", ValueType::Bool, false, false, false),
    ("is_disabled", ValueType::Bool, true, false, false),
    ("get_string", ValueType::String, false, false, false),
    ("get_int", ValueType::Int, false, false, false),
    ("get_float", ValueType::Float, false, false, false),
    ("variation", ValueType::Any, false, false, false),
    ("is_enabled_async", ValueType::Bool, false, true, false),
    ("try_enabled", ValueType::Bool, false, false, true),
    ("try_string", ValueType::String, false, false, true),
    ("isEnabled", ValueType::Bool, false, false, false),
    ("isDisabled", ValueType::Bool, true, false, false),
    ("getString", ValueType::String, false, false, false),
    ("getNumber", ValueType::Float, false, false, false),
    ("isEnabledAsync", ValueType::Bool, false, true, false),
];

fn check(tree: &Tree<'_>, node: NodeId, source: SourceId) -> Option<FlagCheck> {
    if tree.kind(node) == "pair_pattern" {
        return taken_from_hook(tree, node, source);
    }
    if !matches!(tree.kind(node), "call" | "call_expression") {
        return None;
    }
    let name = tree.text_of(tree.field(node, "function")?).strip_prefix("client.")?;
    let (_, returns, negated, awaited, fallible) = *METHODS.iter().find(|method| method.0 == name)?;
    let arguments = tree.field(node, "arguments")?;
    let key = tree.named_children(arguments).next()?;
    Some(FlagCheck {
        returns,
        negated,
        arguments: tree.named_children(arguments).map(|argument| tree.span(argument)).collect(),
        awaited,
        fallible,
        ..stub(tree, Location { source, span: tree.span(node) }, key)
    })
}

/// A check of the stub SDK that returns whatever the flag holds.
fn stub(tree: &Tree<'_>, at: Location, key: NodeId) -> FlagCheck {
    FlagCheck {
        at,
        key_span: tree.span(key),
        key: Key::Known { flag: tree.text_of(key).trim_matches(['"', '\'']).to_owned(), via: Vec::new() },
        provider: "stub".to_owned(),
        returns: ValueType::Any,
        projection: Projection::Enabled,
        negated: false,
        fallback: None,
        lacks_fallback: false,
        arguments: Vec::new(),
        builders: vec!["Context".to_owned()],
        evidence: "`client` is the stub".to_owned(),
        confidence: Confidence::High,
        in_test: false,
        awaited: false,
        in_macro: false,
        effect: Effect::Value,
        choice: None,
        fallible: false,
        caveats: Vec::new(),
    }
}

/// A name that holds a flag: `const { "flag-a": name } = client.useFlags()`.
fn taken_from_hook(tree: &Tree<'_>, node: NodeId, source: SourceId) -> Option<FlagCheck> {
    let declarator = tree.parent(tree.parent(node)?)?;
    if tree.text_of(tree.field(declarator, "value")?) != "client.useFlags()" {
        return None;
    }
    let (key, name) = (tree.field(node, "key")?, tree.field(node, "value")?);
    Some(stub(tree, Location { source, span: tree.span(name) }, key))
}
