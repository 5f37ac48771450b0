//! The connect command and its answer (RTMP 1.0 section 7.2.1.1; Enhanced RTMP v2, "Enhancing
//! NetConnection connect Command").

use amf0::{ObjectRef, ValueRef};

use super::capabilities::{CapsEx, EnhancedCapabilities, FourCcInfo};
use super::command::Command;
use super::error::{Limit, SessionError};
use super::request::ConnectRequest;
use super::text::text;

/// What the answer says of the server. Clients that look at the version expect one of Flash Media
/// Server, as all servers name one.
pub(super) const FMS_VERSION: &str = "FMS/3,0,1,123";
pub(super) const FMS_CAPABILITIES: f64 = 31.0;

/// More codecs than these are not kept.
const MOST_CODECS: usize = 64;

/// Reads the command object. The names in it are at most `longest_name` bytes; what is longer and
/// decides nothing is left out.
pub(super) fn read(
    command: &mut Command<'_>,
    longest_name: usize,
) -> Result<ConnectRequest, SessionError> {
    let Some(object) = command.argument()?.as_object() else {
        return Ok(ConnectRequest::default());
    };
    let text = |key| match object.get(key).and_then(|value| value.as_string_bytes()) {
        Some(bytes) if bytes.len() > longest_name => {
            Err(SessionError::LimitExceeded(Limit::NameBytes))
        }
        Some(bytes) => Ok(text(bytes)),
        None => Ok(String::new()),
    };
    let advisory = |key| text(key).unwrap_or_default();
    Ok(ConnectRequest {
        app: text("app")?,
        tc_url: text("tcUrl")?,
        encoder: text("flashVer")?,
        swf_url: advisory("swfUrl"),
        page_url: advisory("pageUrl"),
        object_encoding: object
            .get("objectEncoding")
            .and_then(|value| value.as_f64())
            .unwrap_or(0.0),
        capabilities: capabilities(object),
    })
}

pub(super) fn capabilities(object: ObjectRef<'_>) -> Option<EnhancedCapabilities> {
    let four_cc_list = object.get("fourCcList");
    let video = object.get("videoFourCcInfoMap");
    let audio = object.get("audioFourCcInfoMap");
    let caps_ex = object.get("capsEx").and_then(|value| value.as_f64());
    if four_cc_list.is_none() && video.is_none() && audio.is_none() && caps_ex.is_none() {
        return None;
    }
    Some(EnhancedCapabilities {
        four_cc_list: four_cc_list.map(four_cc_values).unwrap_or_default(),
        video_four_cc: video.map(four_cc_flags).unwrap_or_default(),
        audio_four_cc: audio.map(four_cc_flags).unwrap_or_default(),
        caps_ex: CapsEx(caps_ex.map_or(0, flags)),
    })
}

/// A strict array of strings.
fn four_cc_values(list: ValueRef<'_>) -> Vec<String> {
    let Some(list) = list.as_array() else {
        return Vec::new();
    };
    list.iter()
        .filter_map(|value| value.as_str())
        .filter(|name| is_four_cc(name))
        .take(MOST_CODECS)
        .map(str::to_owned)
        .collect()
}

/// An object whose properties are named like codecs and hold numbers.
fn four_cc_flags(map: ValueRef<'_>) -> Vec<(String, FourCcInfo)> {
    let Some(map) = map.as_object() else {
        return Vec::new();
    };
    map.iter()
        .filter(|(name, _)| is_four_cc(name))
        .filter_map(|(name, value)| Some((name.to_owned(), FourCcInfo(flags(value.as_f64()?)))))
        .take(MOST_CODECS)
        .collect()
}

/// Four bytes, or the wildcard.
fn is_four_cc(name: &str) -> bool {
    name.len() == 4 || name == "*"
}

/// Flags travel as a floating-point number.
fn flags(number: f64) -> u32 {
    #[expect(
        clippy::cast_possible_truncation,
        clippy::cast_sign_loss,
        reason = "saturates, and what is no number becomes 0"
    )]
    {
        number as u32
    }
}
