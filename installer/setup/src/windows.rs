//! The machine as Windows shows it.

use std::ffi::OsStr;
use std::fs::OpenOptions;
use std::io;
use std::os::windows::fs::OpenOptionsExt;
use std::path::PathBuf;
use std::process::Command;
use std::time::Duration;

use known_folders::{KnownFolder, get_known_folder_path};
use windows_service::service::{Service, ServiceAccess, ServiceState as State};
use windows_service::service_manager::{ServiceManager, ServiceManagerAccess};
use winreg::RegKey;
use winreg::enums::{HKEY_LOCAL_MACHINE, KEY_READ, KEY_WOW64_64KEY};

use crate::machine::{Machine, Output, ServiceState, Turn};

/// The name of the Recording Server's service.
const SERVICE: &str = "Milestone XProtect Recording Server";
/// ERROR_SERVICE_DOES_NOT_EXIST.
const NO_SUCH_SERVICE: i32 = 1060;

/// Whoever has this file in Windows' own folder open has his turn. Nobody but administrators can keep them from it there.
const LOCK: &str = "driver-setup.lock";
const FILE_FLAG_DELETE_ON_CLOSE: u32 = 0x0400_0000;
const ERROR_SHARING_VIOLATION: i32 = 32;

/// This machine.
pub(crate) struct WindowsMachine;

impl WindowsMachine {
    fn service(&self, access: ServiceAccess) -> io::Result<Option<Service>> {
        let manager = ServiceManager::local_computer(None::<&str>, ServiceManagerAccess::CONNECT)
            .map_err(as_io)?;
        match manager.open_service(SERVICE, access).map_err(as_io) {
            Ok(service) => Ok(Some(service)),
            Err(error) if error.raw_os_error() == Some(NO_SUCH_SERVICE) => Ok(None),
            Err(error) => Err(error),
        }
    }
}

impl Machine for WindowsMachine {
    fn turn(&self) -> io::Result<Option<Turn>> {
        let file = OpenOptions::new()
            .write(true)
            .create(true)
            .truncate(false)
            .share_mode(0)
            .custom_flags(FILE_FLAG_DELETE_ON_CLOSE)
            .open(self.windows().join(LOCK));
        match file {
            Ok(file) => Ok(Some(Box::new(file))),
            Err(error) if error.raw_os_error() == Some(ERROR_SHARING_VIOLATION) => Ok(None),
            Err(error) => Err(error),
        }
    }

    fn service_state(&self) -> io::Result<Option<ServiceState>> {
        let Some(service) = self.service(ServiceAccess::QUERY_STATUS)? else {
            return Ok(None);
        };
        Ok(Some(
            match service.query_status().map_err(as_io)?.current_state {
                State::Stopped => ServiceState::Stopped,
                State::StopPending => ServiceState::Stopping,
                _ => ServiceState::Running,
            },
        ))
    }

    fn stop_service(&self) -> io::Result<()> {
        let service = self
            .service(ServiceAccess::STOP)?
            .ok_or(io::ErrorKind::NotFound)?;
        service.stop().map(|_| ()).map_err(as_io)
    }

    fn start_service(&self) -> io::Result<()> {
        let service = self
            .service(ServiceAccess::START)?
            .ok_or(io::ErrorKind::NotFound)?;
        service.start(&[] as &[&OsStr]).map_err(as_io)
    }

    fn service_account(&self) -> Option<String> {
        let service = self.service(ServiceAccess::QUERY_CONFIG).ok()??;
        let account = service
            .query_config()
            .ok()?
            .account_name?
            .into_string()
            .ok()?;
        // "LocalSystem" and ".\name" are the service manager's spellings; icacls wants other ones.
        match account.as_str() {
            "LocalSystem" => Some("*S-1-5-18".into()),
            local if local.starts_with(".\\") => Some(local[2..].into()),
            _ => Some(account),
        }
    }

    fn recorder_path(&self) -> Option<PathBuf> {
        let key = RegKey::predef(HKEY_LOCAL_MACHINE)
            .open_subkey_with_flags("SOFTWARE\\VideoOS\\Recorder", KEY_READ | KEY_WOW64_64KEY)
            .ok()?;
        let path: String = key.get_value("InstallationPath").ok()?;
        Some(PathBuf::from(path))
    }

    fn program_data(&self) -> PathBuf {
        folder(KnownFolder::ProgramData, "C:\\ProgramData")
    }

    fn program_files(&self) -> PathBuf {
        folder(KnownFolder::ProgramFiles, "C:\\Program Files")
    }

    fn windows(&self) -> PathBuf {
        folder(KnownFolder::Windows, "C:\\Windows")
    }

    fn processes_with_module(&self, module: &str) -> Vec<u32> {
        // "image","pid","modules" in every language; a line without quotes says that there is none.
        let Ok(output) = self.run("tasklist", &["/M", module, "/FO", "CSV", "/NH"]) else {
            return vec![];
        };
        let in_list = |line: &str| {
            line.to_ascii_lowercase()
                .contains(&module.to_ascii_lowercase())
        };
        output
            .text
            .lines()
            .filter(|line| line.starts_with('"') && in_list(line))
            .filter_map(|line| line.split("\",\"").nth(1)?.parse().ok())
            .collect()
    }

    fn run(&self, program: &str, arguments: &[&str]) -> io::Result<Output> {
        let output = Command::new(in_full(program)).args(arguments).output()?;
        let mut text = String::from_utf8_lossy(&output.stdout).into_owned();
        text.push_str(&String::from_utf8_lossy(&output.stderr));
        Ok(Output {
            success: output.status.success(),
            text,
        })
    }

    fn wait(&self, time: Duration) {
        std::thread::sleep(time);
    }
}

/// Asked of the system, not of the environment, which whoever starts Setup may have changed.
fn folder(which: KnownFolder, usual: &str) -> PathBuf {
    get_known_folder_path(which).unwrap_or_else(|| PathBuf::from(usual))
}

/// Windows' own program of this name. The name alone would be looked for beside Setup first, where anybody may have
/// put another.
fn in_full(program: &str) -> PathBuf {
    if program.contains('\\') {
        return PathBuf::from(program);
    }
    folder(KnownFolder::System, "C:\\Windows\\System32").join(format!("{program}.exe"))
}

fn as_io(error: windows_service::Error) -> io::Error {
    match error {
        windows_service::Error::Winapi(error) => error,
        other => io::Error::other(other.to_string()),
    }
}
