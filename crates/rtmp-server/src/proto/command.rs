//! Command messages as they come in (RTMP 1.0 section 7.1.1).

use amf0::{Decoder, ValueRef};

use super::error::{Limit, Misbehaviour, SessionError};

/// Enough for every connect command, and little work for an attacker to cause.
const AMF_DEPTH: usize = 16;
const AMF_VALUES: usize = 2048;

/// A command message: its name, its transaction, and arguments that are read when somebody asks
/// for them. What nobody asks for is never decoded.
#[derive(Debug)]
pub(super) struct Command<'a> {
    pub(super) name: &'a str,
    /// Names the answer; 0 where none is expected.
    pub(super) transaction: f64,
    arguments: Decoder<'a>,
}

impl<'a> Command<'a> {
    pub(super) fn parse(payload: &'a [u8], longest: usize) -> Result<Self, SessionError> {
        if payload.len() > longest {
            return Err(SessionError::LimitExceeded(Limit::CommandBytes));
        }
        let limits = amf0::Limits::default()
            .with_depth(AMF_DEPTH)
            .with_values(AMF_VALUES);
        let mut arguments = Decoder::with_limits(payload, limits).with_any_text();
        let name = match next(&mut arguments)? {
            // Nobody's command.
            ValueRef::NotText(_) => "",
            value => value
                .as_str()
                .ok_or(SessionError::PeerMisbehaved(Misbehaviour::NamelessCommand))?,
        };
        let transaction = next(&mut arguments)?.as_f64().unwrap_or(0.0);
        Ok(Self {
            name,
            transaction,
            arguments,
        })
    }

    /// The next argument; undefined when there are no more. The first one is the command object,
    /// mostly null.
    pub(super) fn argument(&mut self) -> Result<ValueRef<'a>, SessionError> {
        next(&mut self.arguments)
    }

    pub(super) fn expects_answer(&self) -> bool {
        self.transaction != 0.0
    }
}

fn next<'a>(values: &mut Decoder<'a>) -> Result<ValueRef<'a>, SessionError> {
    match values.decode_ref() {
        Ok(value) => Ok(value.unwrap_or(ValueRef::Undefined)),
        Err(error) => Err(SessionError::PeerMisbehaved(Misbehaviour::Command(error))),
    }
}

/// AMF3 command and data messages (17 and 15) start with a byte that chooses the format of what
/// follows; 0, the only one in use, stands for AMF0.
pub(super) fn without_amf3_prefix(payload: &[u8]) -> &[u8] {
    match payload {
        [0, rest @ ..] => rest,
        _ => payload,
    }
}
