//! Adobe's login, and user and password in a query.

use core::fmt;
use std::net::IpAddr;
use std::time::Instant;

use data_encoding::BASE64URL_NOPAD;
use subtle::Choice;

use super::challenge::Challenges;
use super::login_text::{LoginText, Response};
use super::secret::Secret;
use super::verifier::{Salt, Verifier};

/// Decides on logins.
///
/// It knows no users: whoever does looks up the [`Verifier`] of [`LoginText::user`], from wherever he
/// likes, and gives it to [`decide`](Self::decide).
pub struct Authenticator {
    challenges: Challenges,
    /// Stands in for users that there are not.
    decoy_password: Secret,
}

/// What comes of a connect command.
#[derive(Clone, Debug, PartialEq, Eq)]
#[must_use]
pub enum Verdict {
    /// The publisher is the user that it names.
    Granted,
    /// Nothing was wrong so far. The connect is refused with this description, which tells the
    /// publisher's program how to go on, on another connection.
    GoOn(String),
    /// The login is wrong. The connect is refused with this description, which says no more than
    /// that.
    Denied(String),
}

impl Verdict {
    /// The verdict on a login that nobody looks at.
    pub fn denied() -> Self {
        Self::Denied(failure_description(""))
    }
}

/// What programs are told that did not say who they are (the first leg).
const NEED_LOGIN: &str = "[ AccessManager.Reject ] : [ code=403 need auth; authmod=adobe ] : ";

impl Authenticator {
    /// An authenticator with a random `key`: nobody may guess it. Another key makes
    /// [salts](Self::salt) and challenges of before worthless.
    #[must_use]
    pub fn new(key: [u8; 32], now: Instant) -> Self {
        let challenges = Challenges::new(key, now);
        let nobody = challenges.salt("");
        Self {
            decoy_password: Secret::new(nobody.text()),
            challenges,
        }
    }

    /// The salt for the [`Verifier`] of `user`. It is the same for each call, and users that there
    /// are not have one as well, so that it does not tell which there are.
    #[must_use]
    pub fn salt(&self, user: &str) -> Salt {
        self.challenges.salt(user)
    }

    /// Decides on what a publisher at `peer` says. `known` is the verifier of the user that it names,
    /// if there is such a user: if there is not, the same is done, and comes to nothing.
    pub fn decide(
        &mut self,
        now: Instant,
        peer: IpAddr,
        text: &LoginText,
        known: Option<&Verifier>,
    ) -> Verdict {
        let opaque = match text {
            LoginText::Nothing => return Verdict::GoOn(NEED_LOGIN.to_owned()),
            LoginText::Unreadable => "",
            LoginText::User(user) => {
                let salt = self.verifier(user, known).0.salt().text();
                let challenge = self.challenges.make(now, peer, user);
                return Verdict::GoOn(challenge_description(user, &salt, &challenge));
            }
            LoginText::Response(response) => {
                if self.is_right(now, peer, response, known) {
                    return Verdict::Granted;
                }
                &response.opaque
            }
            LoginText::Password { user, password } => {
                let (verifier, exists) = self.verifier(user, known);
                if (verifier.has_password(user, password) & exists).into() {
                    return Verdict::Granted;
                }
                ""
            }
        };
        Verdict::Denied(failure_description(opaque))
    }

    fn is_right(
        &mut self,
        now: Instant,
        peer: IpAddr,
        response: &Response,
        known: Option<&Verifier>,
    ) -> bool {
        let (verifier, exists) = self.verifier(&response.user, known);
        let right = verifier.accepts(response) & exists;
        let fresh = self
            .challenges
            .take(now, peer, &response.user, &response.opaque);
        fresh & bool::from(right)
    }

    /// The verifier of `user`, whether there is one or not.
    fn verifier(&self, user: &str, known: Option<&Verifier>) -> (Verifier, Choice) {
        let nobody = Verifier::new(user, &self.decoy_password, self.salt(user));
        let exists = Choice::from(u8::from(known.is_some()));
        (known.unwrap_or(&nobody).clone(), exists)
    }
}

impl fmt::Debug for Authenticator {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Authenticator").finish_non_exhaustive()
    }
}

/// The second leg. FFmpeg takes 255 bytes of it, and 49 of a user's name: it fits. Programs answer to
/// `opaque` if it is there, so it holds the challenge, too, and comes back.
fn challenge_description(user: &str, salt: &str, challenge: &str) -> String {
    format!(
        "[ AccessManager.Reject ] : [ authmod=adobe ] : \
         ?reason=needauth&user={user}&salt={salt}&challenge={challenge}&opaque={challenge}"
    )
}

/// The third leg, if it went wrong. What was sent as `opaque` is repeated if it may be one of ours.
fn failure_description(opaque: &str) -> String {
    let is_one = BASE64URL_NOPAD
        .decode(opaque.as_bytes())
        .is_ok_and(|it| it.len() == 24);
    let opaque = if is_one { opaque } else { "" };
    format!("[ AccessManager.Reject ] : [ authmod=adobe ] : ?reason=authfailed&opaque={opaque}")
}

#[cfg(test)]
mod tests;
