//! Lists the files of `providers/` for `src/provider/mod.rs`, so that a provider is a file and no line of Rust. Owns nothing
//! else; whether a file is valid is for a test to say.

use std::path::Path;
use std::{env, fs, io};

fn main() -> io::Result<()> {
    let variable = |name: &str| env::var(name).map_err(io::Error::other);
    let folder = Path::new(&variable("CARGO_MANIFEST_DIR")?).join("providers");
    let mut names = Vec::new();
    for entry in fs::read_dir(&folder)? {
        let name = entry?.file_name().to_string_lossy().into_owned();
        names.extend(name.strip_suffix(".toml").map(str::to_owned));
    }
    names.sort();
    // The folder is named by the compiler: what is built moves with a checkout, as caches of CI systems do.
    let entry = |name: &String| {
        format!("    ({name:?}, include_str!(concat!(env!(\"CARGO_MANIFEST_DIR\"), \"/providers/{name}.toml\"))),\n")
    };
    let table = format!("&[\n{}]\n", names.iter().map(entry).collect::<String>());
    fs::write(Path::new(&variable("OUT_DIR")?).join("providers.rs"), table)?;
    println!("cargo::rerun-if-changed=providers");
    println!("cargo::rerun-if-changed=build.rs");
    Ok(())
}
