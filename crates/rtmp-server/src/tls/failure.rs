//! Handshakes that fail, in the words of who has to change something.

use tokio_rustls::rustls::{
    AlertDescription, Error, InvalidMessage, PeerIncompatible, PeerMisbehaved,
};

/// What went wrong in a handshake, and what the peer would have to change as far as that is known.
pub(crate) fn in_words(error: &Error) -> String {
    match advice(error) {
        Some(advice) => format!("{advice} ({error})"),
        None => error.to_string(),
    }
}

fn advice(error: &Error) -> Option<&'static str> {
    match error {
        Error::InvalidMessage(message) => of_message(message),
        Error::PeerIncompatible(reason) => of_incompatible_peer(reason),
        Error::PeerMisbehaved(PeerMisbehaved::ServerNameMustContainOneHostName) => {
            Some(NO_HOST_NAME)
        }
        Error::AlertReceived(alert) => of_alert(*alert),
        _ => None,
    }
}

const NO_HOST_NAME: &str = "the server name that the peer sends is not that of a host: it must have \
                            no port, no blank and no star, so publish to rtmps://HOST:PORT/PATH \
                            with the host's plain name or address";
const TOO_OLD: &str = "the peer offers no TLS 1.2 or 1.3: switch these on in the publisher, or \
                       update it";
const NOTHING_IN_COMMON: &str = "the peer offers no cipher suite that is accepted: it needs one \
                                 with ECDHE and AES-GCM or ChaCha20-Poly1305 (CBC ciphers and RSA \
                                 key exchange are not accepted), and with an RSA certificate one \
                                 for RSA, with an EC certificate one for ECDSA";

fn of_message(message: &InvalidMessage) -> Option<&'static str> {
    match message {
        InvalidMessage::InvalidContentType | InvalidMessage::UnknownProtocolVersion => {
            Some("the peer does not speak TLS; rtmps:// is needed here, not rtmp://")
        }
        InvalidMessage::InvalidServerName => Some(NO_HOST_NAME),
        _ => None,
    }
}

fn of_incompatible_peer(reason: &PeerIncompatible) -> Option<&'static str> {
    match reason {
        PeerIncompatible::NoCipherSuitesInCommon => Some(NOTHING_IN_COMMON),
        PeerIncompatible::Tls12NotOffered
        | PeerIncompatible::Tls12NotOfferedOrEnabled
        | PeerIncompatible::SupportedVersionsExtensionRequired
        | PeerIncompatible::ServerDoesNotSupportTls12Or13 => Some(TOO_OLD),
        PeerIncompatible::NoKxGroupsInCommon
        | PeerIncompatible::NamedGroupsExtensionRequired
        | PeerIncompatible::KeyShareExtensionRequired
        | PeerIncompatible::EcPointsExtensionRequired
        | PeerIncompatible::NoEcPointFormatsInCommon
        | PeerIncompatible::UncompressedEcPointsRequired => Some(
            "the peer offers no key exchange that is accepted: it needs ECDHE with X25519, P-256 \
             or P-384",
        ),
        PeerIncompatible::NoSignatureSchemesInCommon
        | PeerIncompatible::SignatureAlgorithmsExtensionRequired => Some(
            "the peer accepts no signature that the certificate's key can make: it needs SHA-256 \
             or better; try an RSA certificate of 2048 bits",
        ),
        _ => None,
    }
}

/// What peers say before they hang up (RFC 8446, section 6.2).
fn of_alert(alert: AlertDescription) -> Option<&'static str> {
    match alert {
        AlertDescription::UnknownCA => Some(
            "the peer does not trust the certificate: give it the certificate or its authority to \
             trust, or switch off in the publisher that certificates are verified",
        ),
        AlertDescription::BadCertificate
        | AlertDescription::UnsupportedCertificate
        | AlertDescription::CertificateUnknown
        | AlertDescription::AccessDenied => Some(
            "the peer does not accept the certificate: does it name the host that is published to \
             (subjectAltName), is it no authority's (CA:FALSE) and made for servers, and does the \
             peer trust it?",
        ),
        AlertDescription::CertificateExpired => Some(
            "for the peer the certificate has expired, or is not valid yet: compare its dates with \
             the peer's clock",
        ),
        AlertDescription::CertificateRevoked => {
            Some("for the peer the certificate is revoked: get another")
        }
        AlertDescription::UnrecognisedName => {
            Some("the peer publishes to a host name that the certificate does not have")
        }
        AlertDescription::ProtocolVersion => Some(TOO_OLD),
        AlertDescription::HandshakeFailure | AlertDescription::InsufficientSecurity => Some(
            "the peer finds no cipher, signature or certificate that it accepts: TLS 1.2 or 1.3 \
             with ECDHE is spoken here",
        ),
        _ => None,
    }
}
