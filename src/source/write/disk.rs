//! What the writer asks of the operating system, one call each, so that tests can let any of them fail or be the last. Owns
//! how a temporary file is made and how two names change places; does not know which files change, nor why.

use std::fs::{self, File, Metadata, OpenOptions};
use std::io::{self, ErrorKind, Read, Write};
use std::path::{Path, PathBuf};

/// The calls. Every one that changes something changes one thing.
pub(super) trait Disk {
    /// The path without links and dots.
    fn canonicalize(&self, path: &Path) -> io::Result<PathBuf>;
    /// What stands under a name, links not followed.
    fn metadata(&self, path: &Path) -> io::Result<Metadata>;
    /// The bytes of a regular file; anything else is an error, since reading it may never end.
    fn read(&self, path: &Path) -> io::Result<Vec<u8>>;
    /// A new and empty file under a name that nobody has.
    fn create(&self, path: &Path) -> io::Result<File>;
    /// Appends to a file.
    fn append(&self, file: &mut File, bytes: &[u8]) -> io::Result<()>;
    /// Makes a file look like another: owner and extended attributes where that is permitted, and the mode.
    fn resemble(&self, file: &File, like: &Path) -> io::Result<()>;
    /// Sets the mode of a file, on systems that have modes.
    fn set_mode(&self, file: &File, mode: u32) -> io::Result<()>;
    /// Waits until a file is on the disk.
    fn sync(&self, file: &File) -> io::Result<()>;
    /// Waits until the names in a directory are on the disk.
    fn sync_directory(&self, path: &Path) -> io::Result<()>;
    /// Two names change places at once; `Unsupported` where the system or the file system cannot.
    fn exchange(&self, one: &Path, other: &Path) -> io::Result<()>;
    /// Gives a file another name, which must be free.
    fn move_new(&self, from: &Path, to: &Path) -> io::Result<()>;
    /// Gives a file another name; what has it is replaced.
    fn replace(&self, from: &Path, to: &Path) -> io::Result<()>;
    /// Removes a file.
    fn remove(&self, path: &Path) -> io::Result<()>;
    /// Makes a directory.
    fn make_directory(&self, path: &Path) -> io::Result<()>;
}

/// The operating system.
#[derive(Clone, Copy, Debug)]
pub(super) struct Os;

impl Disk for Os {
    fn canonicalize(&self, path: &Path) -> io::Result<PathBuf> {
        path.canonicalize()
    }

    fn metadata(&self, path: &Path) -> io::Result<Metadata> {
        fs::symlink_metadata(path)
    }

    fn read(&self, path: &Path) -> io::Result<Vec<u8>> {
        // A FIFO or a device would be opened as one: whoever waits at its other end decides when this ends.
        if !fs::symlink_metadata(path)?.is_file() {
            return Err(io::Error::new(ErrorKind::InvalidInput, "not a regular file"));
        }
        let mut bytes = Vec::new();
        File::open(path)?.read_to_end(&mut bytes)?;
        Ok(bytes)
    }

    fn create(&self, path: &Path) -> io::Result<File> {
        let mut options = OpenOptions::new();
        options.write(true).create_new(true);
        // Until it resembles what it replaces, nobody else may read it.
        #[cfg(unix)]
        std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
        options.open(path)
    }

    fn append(&self, file: &mut File, bytes: &[u8]) -> io::Result<()> {
        file.write_all(bytes)
    }

    fn resemble(&self, file: &File, like: &Path) -> io::Result<()> {
        let metadata = fs::symlink_metadata(like)?;
        #[cfg(unix)]
        {
            use std::os::unix::fs::MetadataExt;
            // Before the mode, which a change of owner may cut.
            tolerated(std::os::unix::fs::fchown(file, Some(metadata.uid()), Some(metadata.gid())))?;
        }
        #[cfg(target_os = "linux")]
        attributes(file, like);
        file.set_permissions(metadata.permissions())
    }

    #[cfg(unix)]
    fn set_mode(&self, file: &File, mode: u32) -> io::Result<()> {
        file.set_permissions(std::os::unix::fs::PermissionsExt::from_mode(mode))
    }

    #[cfg(not(unix))]
    fn set_mode(&self, _file: &File, _mode: u32) -> io::Result<()> {
        Ok(())
    }

    fn sync(&self, file: &File) -> io::Result<()> {
        file.sync_all()
    }

    #[cfg(unix)]
    fn sync_directory(&self, path: &Path) -> io::Result<()> {
        match File::open(path)?.sync_all() {
            // Some file systems sync names by themselves and say so with this.
            Err(error) if matches!(error.kind(), ErrorKind::InvalidInput | ErrorKind::Unsupported) => Ok(()),
            other => other,
        }
    }

    #[cfg(not(unix))]
    fn sync_directory(&self, _path: &Path) -> io::Result<()> {
        Ok(())
    }

    #[cfg(any(target_os = "linux", target_os = "macos"))]
    fn exchange(&self, one: &Path, other: &Path) -> io::Result<()> {
        use rustix::fs::{CWD, RenameFlags, renameat_with};
        renameat_with(CWD, one, CWD, other, RenameFlags::EXCHANGE).map_err(unsupported)
    }

    #[cfg(not(any(target_os = "linux", target_os = "macos")))]
    fn exchange(&self, _one: &Path, _other: &Path) -> io::Result<()> {
        Err(ErrorKind::Unsupported.into())
    }

    fn move_new(&self, from: &Path, to: &Path) -> io::Result<()> {
        #[cfg(any(target_os = "linux", target_os = "macos"))]
        {
            use rustix::fs::{CWD, RenameFlags, renameat_with};
            match renameat_with(CWD, from, CWD, to, RenameFlags::NOREPLACE).map_err(unsupported) {
                Err(error) if error.kind() == ErrorKind::Unsupported => {}
                other => return other,
            }
        }
        if fs::symlink_metadata(to).is_ok() {
            return Err(ErrorKind::AlreadyExists.into());
        }
        fs::rename(from, to)
    }

    fn replace(&self, from: &Path, to: &Path) -> io::Result<()> {
        fs::rename(from, to)
    }

    fn remove(&self, path: &Path) -> io::Result<()> {
        fs::remove_file(path)
    }

    fn make_directory(&self, path: &Path) -> io::Result<()> {
        match fs::create_dir(path) {
            Err(error) if error.kind() == ErrorKind::AlreadyExists && self.metadata(path)?.is_dir() => Ok(()),
            other => other,
        }
    }
}

/// What only the owner or the superuser may do is done where it may.
#[cfg(unix)]
fn tolerated(result: io::Result<()>) -> io::Result<()> {
    match result {
        Err(error) if matches!(error.kind(), ErrorKind::PermissionDenied | ErrorKind::Unsupported) => Ok(()),
        other => other,
    }
}

/// File systems without a kind of renaming have several ways to say so.
#[cfg(any(target_os = "linux", target_os = "macos"))]
fn unsupported(error: rustix::io::Errno) -> io::Error {
    use rustix::io::Errno;
    match error {
        Errno::INVAL | Errno::NOSYS | Errno::NOTSUP => ErrorKind::Unsupported.into(),
        other => other.into(),
    }
}

/// Access lists, labels and the user's own attributes: copied as far as the system lets us, since a file without them is
/// better than no fix.
#[cfg(target_os = "linux")]
fn attributes(file: &File, like: &Path) {
    use rustix::fs::{XattrFlags, fsetxattr, lgetxattr, llistxattr};
    let mut names = vec![0_u8; 64 << 10];
    let Ok(length) = llistxattr(like, &mut names) else { return };
    let mut value = vec![0_u8; 64 << 10];
    for name in names[..length].split(|byte| *byte == 0).filter(|name| !name.is_empty()) {
        let Ok(name) = std::str::from_utf8(name) else { continue };
        if let Ok(length) = lgetxattr(like, name, &mut value) {
            let _ = fsetxattr(file, name, &value[..length], XattrFlags::empty());
        }
    }
}
