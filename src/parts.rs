//! The seam to walking, scanning and resolving, which are built beside the command line: one call once they are in. Owns
//! nothing else.

use std::sync::Arc;

use anyhow::Result;

use crate::project::{Project, Skipped};
use crate::settings::Settings;
use crate::source::{Source, read, walk};

/// Walks and reads.
pub(crate) fn load(settings: &Settings, _keys: &[(String, Vec<String>)]) -> Result<Project> {
    let walked = walk::walk(settings)?;
    let mut project = Project { root: settings.root.clone(), skipped: walked.skipped, ..Project::default() };
    for file in &walked.files {
        match read::read(&settings.root.join(&file.path), settings.max_file_size) {
            Ok(text) => {
                let language = crate::language::by_name(file.language);
                let source = Source { path: file.path.clone(), text: Arc::from(text), language };
                let broken = language.is_some_and(|language| language.parse(&source.text).root_node().has_error());
                let id = project.sources.add(source);
                if broken {
                    project.broken.push(id);
                }
            }
            Err(reason) => project.skipped.push(Skipped { path: file.path.clone(), reason }),
        }
    }
    project.files = walked.files;
    project.skipped.sort();
    Ok(project)
}
