//! `flag-sweep undo`: brings back what the last fix changed. Owns what is said about it; what is brought back, and when that is
//! refused, is `source::write`'s.

use anyhow::{Context, Result};

use super::args::{GlobalArgs, UndoArgs};
use super::check::Ending;
use super::settings;
use super::terminal::Terminal;
use crate::report::summary::plural;
use crate::source::write::{self, Reason};

/// Runs the command.
///
/// # Errors
/// When there is no project, or its journal cannot be removed.
pub fn undo(global: &GlobalArgs, options: &UndoArgs, terminal: &Terminal) -> Result<Ending> {
    let (root, base) = settings::project_root(global)?;
    if options.forget {
        write::forget(&root).context("cannot remove the journal")?;
        terminal.say("forgot what could be undone; no file was changed\n");
        return Ok(Ending::Clean);
    }
    let undone = write::undo(&root);
    if !undone.found && undone.refused.is_empty() {
        terminal.error("there is nothing to undo in this project");
        return Ok(Ending::Error);
    }
    for path in &undone.restored {
        terminal.say(&format!("  {}\n", base.show(path)));
    }
    for refused in &undone.refused {
        terminal.error(&format!("{}: {}", base.show(&refused.path), refused.reason));
    }
    for path in &undone.stuck {
        terminal.error(&format!("{} was brought back, and the others could not be", base.show(path)));
    }
    if undone.refused.is_empty() {
        let what = if undone.interrupted { "of a removal that was interrupted" } else { "of the last removal" };
        terminal.say(&format!("brought back {} {what}\n", plural(undone.restored.len(), "file")));
        return Ok(Ending::Clean);
    }
    if undone.refused.iter().any(|refused| matches!(refused.reason, Reason::Changed)) {
        terminal.say(
            "no file was brought back: put aside what was changed since and undo again, or leave all as it is with \
             `flag-sweep undo --forget`\n",
        );
    }
    Ok(Ending::Error)
}
