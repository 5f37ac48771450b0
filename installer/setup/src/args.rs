//! The command line.

use std::path::PathBuf;

/// What `--help` prints.
pub(crate) const HELP: &str = "\
Installs, repairs and removes the RTMP Push Driver on a Recording Server.

driver-setup detect
    Exit code 0 when a Recording Server is on this machine, 10 when not.
driver-setup install --payload DIR --dir DIR [--no-start] [--no-firewall] [--port PORTS] [--force]
    Stops the Recording Server's service, replaces the driver's files, opens the
    firewall for PORTS (default 8783; a list such as 8783,8790-8792 is allowed)
    and for driver-host.exe, and starts the service again if it was running.
driver-setup uninstall --dir DIR [--purge] [--no-start]
    Removes what was installed. rtmp.pfx stays unless --purge is given.
driver-setup compile-adapter --dir DIR
    Compiles the adapter against the framework of the installed Recording
    Server: after extracting the ZIP, or when an XProtect update needs it.
driver-setup protect --dir DIR
    Limits access to the driver's folder, and so to rtmp.pfx, to administrators
    and the Recording Server's account: after extracting the ZIP.

--log FILE   appends what is done to FILE

Exit codes: 0 done, 1 usage, 10 no Recording Server, 11 the service did not
stop in time, 12 files in use, 13 a newer version is installed, 14 the adapter
did not compile, 15 damaged package, 16 Windows refused something,
17 the folder is not the driver's, or a link leads out of it, 18 another Setup
is at work.";

/// What to do.
#[derive(Debug)]
pub(crate) enum Command {
    /// Print the help.
    Help,
    /// Say whether a Recording Server is here.
    Detect(Option<PathBuf>),
    /// Install or upgrade.
    Install(InstallOptions),
    /// Remove.
    Uninstall(UninstallOptions),
    /// Compile the adapter in place.
    CompileAdapter {
        directory: PathBuf,
        log: Option<PathBuf>,
    },
    /// Limit access to the driver's folder.
    Protect {
        directory: PathBuf,
        log: Option<PathBuf>,
    },
}

/// Options of `install`.
#[derive(Debug, Clone)]
pub(crate) struct InstallOptions {
    /// Where the package was unpacked.
    pub(crate) payload: PathBuf,
    /// The driver's folder.
    pub(crate) directory: PathBuf,
    /// Leave the service stopped.
    pub(crate) no_start: bool,
    /// Leave the firewall alone.
    pub(crate) no_firewall: bool,
    /// Ports for the firewall rule, as `netsh` takes them.
    pub(crate) ports: String,
    /// Install without a Recording Server, or over a newer version.
    pub(crate) force: bool,
    /// Where to write the log.
    pub(crate) log: Option<PathBuf>,
}

/// Options of `uninstall`.
#[derive(Debug, Clone)]
pub(crate) struct UninstallOptions {
    /// The driver's folder.
    pub(crate) directory: PathBuf,
    /// Remove the certificate too.
    pub(crate) purge: bool,
    /// Leave the service stopped.
    pub(crate) no_start: bool,
    /// Where to write the log.
    pub(crate) log: Option<PathBuf>,
}

/// Reads the process's arguments.
pub(crate) fn parse() -> Result<Command, lexopt::Error> {
    parse_from(lexopt::Parser::from_env())
}

fn parse_from(mut parser: lexopt::Parser) -> Result<Command, lexopt::Error> {
    use lexopt::prelude::*;
    let mut name = None;
    let (mut payload, mut directory, mut log) = (None, None, None);
    let (mut no_start, mut no_firewall, mut force, mut purge) = (false, false, false, false);
    let mut ports = String::from("8783");
    while let Some(argument) = parser.next()? {
        match argument {
            Long("help") | Short('h') => return Ok(Command::Help),
            Long("payload") => payload = Some(PathBuf::from(parser.value()?)),
            Long("dir") => directory = Some(PathBuf::from(parser.value()?)),
            Long("log") => log = Some(PathBuf::from(parser.value()?)),
            Long("port") => ports = port_list(parser.value()?.string()?)?,
            Long("no-start") => no_start = true,
            Long("no-firewall") => no_firewall = true,
            Long("force") => force = true,
            Long("purge") => purge = true,
            Value(value) if name.is_none() => name = Some(value.string()?),
            other => return Err(other.unexpected()),
        }
    }
    let needs = |option: &str, value: Option<PathBuf>| {
        value.ok_or_else(|| lexopt::Error::from(format!("{option} is missing")))
    };
    match name.as_deref() {
        Some("detect") => Ok(Command::Detect(log)),
        Some("install") => Ok(Command::Install(InstallOptions {
            payload: needs("--payload", payload)?,
            directory: needs("--dir", directory)?,
            no_start,
            no_firewall,
            ports,
            force,
            log,
        })),
        Some("uninstall") => Ok(Command::Uninstall(UninstallOptions {
            directory: needs("--dir", directory)?,
            purge,
            no_start,
            log,
        })),
        Some("compile-adapter") => Ok(Command::CompileAdapter {
            directory: needs("--dir", directory)?,
            log,
        }),
        Some("protect") => Ok(Command::Protect {
            directory: needs("--dir", directory)?,
            log,
        }),
        Some(other) => Err(format!("{other} is not a command").into()),
        None => Ok(Command::Help),
    }
}

/// `8783` or `8783,8790-8792`: what ends up on a command line is digits, commas and dashes only.
fn port_list(text: String) -> Result<String, lexopt::Error> {
    let is_port = |port: &str| port.parse::<u16>().is_ok_and(|port| port > 0);
    let valid = text.split(',').all(|part| match part.split_once('-') {
        Some((first, last)) => is_port(first) && is_port(last),
        None => is_port(part),
    });
    if valid {
        Ok(text)
    } else {
        Err(format!("--port {text}: ports are 1 to 65535, such as 8783 or 8783,8790-8792").into())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn parsed(line: &str) -> Result<Command, lexopt::Error> {
        parse_from(lexopt::Parser::from_args(line.split(' ')))
    }

    #[test]
    fn install_has_the_documented_defaults() {
        let Ok(Command::Install(options)) = parsed("install --payload p --dir d") else {
            panic!("not an install")
        };
        assert_eq!(options.ports, "8783");
        assert!(!options.no_start && !options.no_firewall && !options.force);
    }

    #[test]
    fn ports_are_checked_before_they_reach_a_command_line() {
        assert!(parsed("install --payload p --dir d --port 8783,9000-9010").is_ok());
        for bad in ["0", "65536", "8783;calc", "", "1-", "any"] {
            assert!(
                parsed(&format!("install --payload p --dir d --port {bad}")).is_err(),
                "{bad}"
            );
        }
    }

    #[test]
    fn a_missing_folder_is_named() {
        assert_eq!(
            parsed("uninstall").unwrap_err().to_string(),
            "--dir is missing"
        );
    }
}
