//! `[policy]` in the configuration: what a team wants of its flags. Owns the names and their errors; what each means is a
//! rule's business. Asks git for what a policy needs of it.

use serde::Deserialize;
use toml::Spanned;

use super::config::Reader;
use crate::history::slips;
use crate::settings::{Limits, Metadata, Settings, Slip};
use crate::source::repository::Repository;

/// The table as written.
#[derive(Default, Deserialize)]
#[serde(rename_all = "kebab-case", deny_unknown_fields, default)]
pub(super) struct Table {
    require: Vec<Spanned<String>>,
    max_flags: Option<usize>,
    max_stale_share: Option<Spanned<String>>,
    require_fallback: bool,
    max_date_moves: Option<usize>,
}

impl Reader<'_> {
    /// What the table asks for.
    pub(super) fn limits(&self, table: &Table) -> anyhow::Result<Limits> {
        let mut limits = Limits {
            max_flags: table.max_flags,
            fallbacks: table.require_fallback,
            max_moves: table.max_date_moves,
            ..Limits::default()
        };
        for name in &table.require {
            let found = Metadata::ALL.into_iter().find(|one| one.name() == name.get_ref());
            let unknown = || self.unknown("metadata", name, &Metadata::ALL.map(Metadata::name));
            limits.metadata.push(found.ok_or_else(unknown)?);
        }
        if let Some(share) = &table.max_stale_share {
            let percent = share.get_ref().strip_suffix('%').and_then(|number| number.parse().ok());
            let wrong =
                || self.error(share.span(), &format!("`{}` is no share", share.get_ref()), "expected one such as 20%");
            limits.max_stale_share = Some(percent.filter(|percent| *percent <= 100).ok_or_else(wrong)?);
        }
        Ok(limits)
    }
}

/// The removal dates that were moved, if the policy limits that.
///
/// # Errors
/// When the repository cannot be read.
pub fn slips(settings: &Settings, warnings: &mut Vec<String>) -> anyhow::Result<Vec<Slip>> {
    let has_registry = !settings.registries.is_empty() || !settings.declared.is_empty();
    if settings.policy.limits.max_moves.is_none() || !has_registry {
        return Ok(Vec::new());
    }
    let Some(repository) = Repository::open(&settings.root)? else {
        warnings
            .push("`max-date-moves` is not checked: the project lies in no git repository with a commit".to_owned());
        return Ok(Vec::new());
    };
    if repository.is_shallow() {
        warnings.push(
            "the clone is shallow: removal dates that were moved before its first commit do not count".to_owned(),
        );
    }
    let found = slips::slips(&repository, settings, None)?;
    warnings.extend(found.problems);
    Ok(found.slips)
}
