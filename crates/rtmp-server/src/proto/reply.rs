//! Command messages as they go out (RTMP 1.0 section 7.2).

use amf0::{Encoder, ObjectEncoder};
use bytes::BufMut;

use super::capabilities::{EnhancedCapabilities, FourCcInfo};
use super::connect::{FMS_CAPABILITIES, FMS_VERSION};
use super::status::{Status, StatusCode};

/// The level of an information object (RTMP 1.0 section 7.2.2).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Level {
    Status,
    Error,
}

impl Level {
    const fn as_str(self) -> &'static str {
        match self {
            Self::Status => "status",
            Self::Error => "error",
        }
    }
}

/// The answer to a connect command (section 7.2.1.1).
pub(super) fn connect_result(
    transaction: f64,
    object_encoding: f64,
    capabilities: Option<&EnhancedCapabilities>,
) -> Vec<u8> {
    encoded(|values| {
        values
            .string("_result")
            .number(transaction)
            .object(|properties| {
                properties
                    .string("fmsVer", FMS_VERSION)
                    .number("capabilities", FMS_CAPABILITIES);
            })
            .object(|information| {
                information
                    .string("level", Level::Status.as_str())
                    .string("code", StatusCode::CONNECT_SUCCESS.as_str())
                    .string("description", "Connection succeeded.")
                    .number("objectEncoding", object_encoding);
                if let Some(capabilities) = capabilities {
                    enhanced(information, capabilities);
                }
            });
    })
}

/// The server's side of Enhanced RTMP v2, "Enhancing NetConnection connect Command".
pub(super) fn enhanced<B: BufMut>(
    information: &mut ObjectEncoder<'_, B>,
    capabilities: &EnhancedCapabilities,
) {
    information
        .strict_array("fourCcList", |list| {
            for codec in &capabilities.four_cc_list {
                list.string(codec);
            }
        })
        .object("videoFourCcInfoMap", |map| {
            four_cc_info(map, &capabilities.video_four_cc);
        })
        .object("audioFourCcInfoMap", |map| {
            four_cc_info(map, &capabilities.audio_four_cc);
        })
        .number("capsEx", f64::from(capabilities.caps_ex.0));
}

fn four_cc_info<B: BufMut>(map: &mut ObjectEncoder<'_, B>, codecs: &[(String, FourCcInfo)]) {
    for (codec, info) in codecs {
        map.number(codec, f64::from(info.0));
    }
}

/// The answer to a command that returns nothing.
pub(super) fn empty_result(transaction: f64) -> Vec<u8> {
    encoded(|values| {
        values
            .string("_result")
            .number(transaction)
            .null()
            .undefined();
    })
}

/// The answer to a command that returns a number: createStream (section 7.2.1.3) and
/// getStreamLength.
pub(super) fn number_result(transaction: f64, number: f64) -> Vec<u8> {
    encoded(|values| {
        values
            .string("_result")
            .number(transaction)
            .null()
            .number(number);
    })
}

/// The answer to a command that failed.
pub(super) fn error(transaction: f64, status: &Status) -> Vec<u8> {
    encoded(|values| {
        values
            .string("_error")
            .number(transaction)
            .null()
            .object(|information| {
                describe(information, Level::Error, status);
            });
    })
}

/// A command of the server that needs no answer: `onStatus` (section 7.2.2) and its relatives.
pub(super) fn notification(name: &str, level: Level, status: &Status) -> Vec<u8> {
    encoded(|values| {
        values
            .string(name)
            .number(0.0)
            .null()
            .object(|information| {
                describe(information, level, status);
            });
    })
}

fn describe<B: BufMut>(information: &mut ObjectEncoder<'_, B>, level: Level, status: &Status) {
    information
        .string("level", level.as_str())
        .string("code", status.code.as_str())
        .string("description", &status.description);
}

pub(super) fn encoded(write: impl FnOnce(&mut Encoder<'_, Vec<u8>>)) -> Vec<u8> {
    let mut body = Vec::with_capacity(256);
    let mut encoder = Encoder::new(&mut body);
    write(&mut encoder);
    let written = encoder.finish();
    debug_assert!(written.is_ok(), "every name in it is ours and short");
    body
}
