//! What is written down in one place: the driver's version in the workspace's Cargo.toml, the settings in their table.
//! Who says it as well has it from there, or is compared with it here.

use std::fs;
use std::path::{Path, PathBuf};

use milestone_driver::{DEFAULT_PORT, SettingDescriptor, SettingKind, SettingScope, Settings};

const VERSION: &str = env!("CARGO_PKG_VERSION");

/// Where the version is said besides: made by cargo, or history.
const MAY_SAY_IT: [&str; 3] = ["Cargo.lock", "package-lock.json", "CHANGELOG.md"];

fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../..")
}

/// Every file below `folder` that somebody wrote.
fn files_below(folder: &Path, files: &mut Vec<PathBuf>) {
    for entry in fs::read_dir(folder).expect("a folder") {
        let path = entry.expect("an entry").path();
        let name = path.file_name().and_then(|name| name.to_str());
        let name = name.expect("a name in UTF-8");
        if path.is_symlink() || ["target", "node_modules", ".git", "corpus"].contains(&name) {
            continue;
        }
        if path.is_dir() {
            files_below(&path, files);
        } else if !MAY_SAY_IT.contains(&name) {
            files.push(path);
        }
    }
}

/// Whether `text` says `version`, not as a part of a longer one.
fn says(text: &str, version: &str) -> bool {
    text.match_indices(version).any(|(at, _)| {
        let (before, after) = (&text[..at], &text[at + version.len()..]);
        let continues = |c: char| c.is_ascii_digit() || c == '.';
        !before.ends_with(continues) && !after.starts_with(|c: char| c.is_ascii_digit())
    })
}

#[test]
fn the_version_is_said_in_one_place() {
    let root = root();
    let mut files = Vec::new();
    files_below(&root, &mut files);
    assert!(files.len() > 200, "{} files", files.len());
    let manifest = root.join("Cargo.toml");
    let second: Vec<_> = files
        .iter()
        .filter(|file| **file != manifest)
        .filter(|file| fs::read_to_string(file).is_ok_and(|text| says(&text, VERSION)))
        .collect();
    assert!(second.is_empty(), "{VERSION} is in {second:?} as well");

    let manifest = fs::read_to_string(manifest).expect("the manifest");
    let package = format!("\nversion = \"{VERSION}\"\n");
    assert_eq!(manifest.matches(&package).count(), 1);

    // cargo wants the version beside the path of each crate that is published: the one that this crate has, be it its own
    // or the workspace's.
    let mut published = 0;
    for line in manifest.lines() {
        let Some((path, version)) = line
            .split_once("path = \"")
            .and_then(|(_, rest)| rest.split_once("\", version = \""))
        else {
            continue;
        };
        let (version, _) = version.split_once('"').expect("an end");
        let manifest = fs::read_to_string(root.join(path).join("Cargo.toml")).expect("a manifest");
        let own = manifest
            .lines()
            .find_map(|line| line.strip_prefix("version = ")?.split('"').nth(1));
        assert_eq!(version, own.unwrap_or(VERSION), "{line}");
        published += 1;
    }
    assert_eq!(published, 6);
}

#[test]
fn a_version_is_told_from_a_longer_one() {
    for text in [
        "1.2.3",
        "v1.2.3",
        "\"1.2.3.0\"",
        "x-1.2.3-Setup.exe",
        "1.2.3.",
    ] {
        assert!(says(text, "1.2.3"), "{text}");
    }
    for text in ["1.2.30", "11.2.3", "0.1.2.3", "1.2"] {
        assert!(!says(text, "1.2.3"), "{text}");
    }
}

#[test]
fn configurations_of_proxies_are_shown_as_they_are_tested() {
    let read = |path| fs::read_to_string(root().join(path)).expect("a text");
    let shown = read("docs/scaling.md");
    for (language, path) in [
        ("haproxy", "interop/scaling/haproxy.cfg"),
        ("nginx", "interop/scaling/nginx.conf"),
    ] {
        let block = format!("```{language}\n{}```\n", read(path));
        assert!(
            shown.contains(&block),
            "docs/scaling.md shows another {path}"
        );
    }
}

/// The line that README's tables have for a setting, but for the default.
fn cells(setting: &SettingDescriptor) -> (String, String) {
    let values = match &setting.kind {
        SettingKind::Number(range) => format!("{}–{}", range.start(), range.end()),
        SettingKind::Choice(choices) => {
            let keys = choices.iter().map(|choice| format!("`{}`", choice.key));
            keys.collect::<Vec<_>>().join(", ")
        }
        SettingKind::Networks => "addresses and networks, separated by commas".to_owned(),
        _ => String::new(),
    };
    (format!("| {} | `{}` |", setting.name, setting.key), values)
}

#[test]
fn the_readme_tells_of_each_setting_what_the_table_says() {
    let readme = fs::read_to_string(root().join("README.md")).expect("the README");
    let (_, text) = readme.split_once("\n## Settings\n").expect("a section");
    let section = text.split("\n## ").next().expect("text");
    let defaults = Settings::default();
    let mut told: Vec<_> = section
        .lines()
        .filter(|line| line.starts_with("| ") && line.contains('`'))
        .collect();
    for setting in Settings::descriptors() {
        let (beginning, values) = cells(setting);
        let at = told.iter().position(|line| line.starts_with(&beginning));
        let line = told.remove(at.unwrap_or_else(|| panic!("no line begins with {beginning}")));
        let rest: Vec<_> = line[beginning.len()..]
            .split('|')
            .map(|cell| cell.trim().replace('`', ""))
            .collect();
        let of = |owner| defaults.value(setting.key, owner);
        let default = match (setting.scope, &setting.kind) {
            (_, SettingKind::Secret) => "empty".to_owned(),
            (SettingScope::Camera, _) => [of(Some(0)), of(Some(15))]
                .map(Option::unwrap_or_default)
                .join(" … "),
            (SettingScope::Hardware, _) => match of(None) {
                None => format!("port of the hardware address, else {DEFAULT_PORT}"),
                Some(default) if default.is_empty() => "empty".to_owned(),
                Some(default) => default,
            },
        };
        assert_eq!(rest[0], default, "{line}");
        if setting.scope == SettingScope::Hardware {
            assert_eq!(rest[1], values.replace('`', ""), "{line}");
        }
    }
    assert!(told.is_empty(), "the table has no such settings: {told:?}");
}
