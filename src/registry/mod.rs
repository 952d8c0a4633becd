//! What is known about flags. Owns reading registry files and the verdict; knows nothing of code.

pub mod model;
