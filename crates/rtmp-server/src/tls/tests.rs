//! Files made by OpenSSL, in handshakes with a rustls client. How they were made is told by
//! `tests/pkcs12/make-fixtures`.

use std::path::PathBuf;
use std::sync::Arc;
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use rustls::crypto::{CryptoProvider, ring};
use rustls::pki_types::CertificateDer;
use rustls::{ClientConfig, ClientConnection, RootCertStore, ServerConnection};
use tokio_rustls::rustls;

use super::{IdentityWarning, TlsIdentity, TlsIdentityError};

fn fixture(name: &str) -> PathBuf {
    [env!("CARGO_MANIFEST_DIR"), "tests/pkcs12", name]
        .iter()
        .collect()
}

fn identity(name: &str, password: &str) -> Result<TlsIdentity, TlsIdentityError> {
    TlsIdentity::from_pkcs12_file(fixture(&format!("{name}.pfx")), password, &provider())
}

fn provider() -> Arc<CryptoProvider> {
    Arc::new(ring::default_provider())
}

/// A handshake in memory with a client that trusts these authorities; returns the certificates that
/// the client was shown.
fn shake_hands(identity: &TlsIdentity, trusted: &[&str]) -> Result<usize, rustls::Error> {
    let read = |name: &&str| CertificateDer::from(std::fs::read(fixture(name)).unwrap());
    shake_hands_with_client_of(identity, trusted.iter().map(read))
}

fn shake_hands_with_client_of(
    identity: &TlsIdentity,
    trusted: impl IntoIterator<Item = CertificateDer<'static>>,
) -> Result<usize, rustls::Error> {
    let mut roots = RootCertStore::empty();
    for certificate in trusted {
        roots.add(certificate).unwrap();
    }
    let config = ClientConfig::builder_with_provider(Arc::new(ring::default_provider()))
        .with_safe_default_protocol_versions()?
        .with_root_certificates(roots)
        .with_no_client_auth();
    let mut client = ClientConnection::new(Arc::new(config), "localhost".try_into().unwrap())?;
    let mut server = ServerConnection::new(identity.server_config())?;
    while client.is_handshaking() || server.is_handshaking() {
        let mut flight = Vec::new();
        client.write_tls(&mut flight).unwrap();
        server.read_tls(&mut &flight[..]).unwrap();
        server.process_new_packets()?;
        flight.clear();
        server.write_tls(&mut flight).unwrap();
        let mut flight = &flight[..];
        while !flight.is_empty() {
            client.read_tls(&mut flight).unwrap();
            client.process_new_packets()?;
        }
    }
    Ok(client.peer_certificates().map_or(0, <[_]>::len))
}

#[test]
fn what_people_have() {
    for (name, password) in [
        ("openssl1-rsa", "secret"),
        ("openssl1-p256", "secret"),
        ("openssl1-empty-password", ""),
        ("openssl1-unicode-password", "pässwörd €"),
        ("openssl3-rsa", "secret"),
        ("openssl3-p256", "secret"),
        ("openssl3-p384", "secret"),
        ("openssl3-empty-password", ""),
        ("null-password", ""),
        ("triple-des-rsa", "secret"),
        ("triple-des-p256", "secret"),
        ("aes256-rsa", "secret"),
        ("aes256-p256", "secret"),
        ("pbes2-aes128", "secret"),
        ("pbes2-triple-des", "secret"),
        ("rc2-128", "secret"),
        ("plain", "secret"),
        ("no-mac", "secret"),
        ("ber-encrypted", "secret"),
    ] {
        let identity = identity(name, password).unwrap_or_else(|error| panic!("{name}: {error}"));
        let shown = shake_hands(&identity, &["intermediate.der"]);
        assert_eq!(shown, Ok(1), "{name}");
    }
}

#[test]
fn a_chain_is_shown_without_its_root_whatever_the_order_of_bags() {
    for name in [
        "chain",
        "bags-key-last",
        "bags-key-first",
        "bags-in-bags",
        "ber",
    ] {
        let password = if name == "chain" { "secret" } else { "" };
        let identity = identity(name, password).unwrap_or_else(|error| panic!("{name}: {error}"));
        assert_eq!(identity.certificates(), 2, "{name}");
        assert_eq!(shake_hands(&identity, &["root.der"]), Ok(2), "{name}");
    }
}

#[test]
fn of_two_keys_the_one_with_a_certificate_is_used() {
    let identity = identity("bags-two-keys", "").unwrap();
    assert_eq!(shake_hands(&identity, &["root.der"]), Ok(2));
}

#[test]
fn of_two_certificates_for_a_key_the_valid_one_is_shown() {
    let identity = identity("two-certificates-for-the-key", "secret").unwrap();
    assert_eq!(shake_hands(&identity, &["root.der"]), Ok(2));
}

#[test]
fn an_expired_certificate_is_a_warning() {
    let now = UNIX_EPOCH + Duration::from_secs(1_700_000_000);
    let expired = identity("expired", "secret").unwrap();
    assert_eq!(warnings(&expired, now), [IdentityWarning::Expired]);
    let before = warnings(&expired, UNIX_EPOCH);
    assert_eq!(before, [IdentityWarning::NotYetValid]);
    let good = identity("openssl3-rsa", "secret").unwrap();
    assert_eq!(warnings(&good, now), []);
}

fn warnings(identity: &TlsIdentity, now: SystemTime) -> Vec<IdentityWarning> {
    identity.warnings(now).collect()
}

#[test]
fn what_publishers_find_fault_with_is_a_warning() {
    use IdentityWarning::{Authority, NoAlternativeName, NotForServers, WeakSignature};

    let now = UNIX_EPOCH + Duration::from_secs(2_000_000_000);
    for (name, expected) in [
        ("self-signed", None),
        ("authority", Some(Authority)),
        ("client", Some(NotForServers)),
        ("no-signing", Some(NotForServers)),
        ("no-names", Some(NoAlternativeName)),
        ("md5", Some(WeakSignature)),
        ("sha1", Some(WeakSignature)),
    ] {
        let identity = identity(name, "secret").unwrap_or_else(|error| panic!("{name}: {error}"));
        let told = warnings(&identity, now);
        assert_eq!(told, Vec::from_iter(expected), "{name}");
        // It is a warning: who does not mind can publish.
        assert_eq!(identity.certificates(), 1, "{name}");
    }
}

/// As README makes one.
#[test]
fn a_self_signed_certificate_can_be_trusted_unless_it_is_an_authority() {
    let shake_hands = |name: &str| {
        let file = std::fs::read(fixture(&format!("{name}.pfx"))).unwrap();
        let mut contents = super::pkcs12::read(&file, "secret").unwrap();
        let own = CertificateDer::from(contents.certificates.remove(0));
        shake_hands_with_client_of(&identity(name, "secret").unwrap(), [own])
    };
    assert_eq!(shake_hands("self-signed"), Ok(1));
    let error = shake_hands("authority").expect_err("CA:TRUE");
    assert!(error.to_string().contains("CaUsedAsEndEntity"), "{error}");
}

#[test]
fn a_key_that_cannot_be_used_is_named() {
    for (name, kind) in [
        ("rsa-1024", "RSA of 1024 bits; RSA of 2048"),
        ("rsa-5120", "RSA of 5120 bits; RSA of 2048"),
        ("rsa-e3", "RSA of 2048 bits, is damaged or uncommon"),
        ("rsa-pss", "id-RSASSA-PSS; RSA of 2048"),
        ("p521", "EC on the curve secp521r1; RSA of 2048"),
        ("secp256k1", "EC on the curve 1.3.132.0.10; RSA of 2048"),
        ("brainpool", "EC on the curve brainpoolP256r1; RSA of 2048"),
        ("ed448", "id-Ed448; RSA of 2048"),
    ] {
        match identity(name, "secret") {
            Err(TlsIdentityError::Unusable(reason)) => {
                assert!(reason.contains(kind), "{name}: {reason}");
            }
            other => panic!("{name}: {other:?}"),
        }
    }
}

#[test]
fn no_ticket_is_sent_and_no_session_kept() {
    let config = identity("openssl3-rsa", "secret").unwrap().server_config();
    assert_eq!(config.send_tls13_tickets, 0);
    assert!(!config.ticketer.enabled() && !config.session_storage.can_cache());
}

#[test]
fn a_certificate_may_be_older_than_computers() {
    let mut file = std::fs::read(fixture("bags-key-first.pfx")).unwrap();
    let not_before = b"200101000000Z";
    for at in 0..file.len() - not_before.len() {
        if file[at..].starts_with(not_before) {
            file[at..][..2].copy_from_slice(b"50");
        }
    }
    let identity = TlsIdentity::from_pkcs12(&file, "", &provider()).unwrap();
    assert_eq!(identity.certificates(), 2);
    assert_eq!(identity.validity().unwrap().from, UNIX_EPOCH);
    assert_eq!(warnings(&identity, SystemTime::now()), []);
}

#[test]
fn each_failure_has_its_own_error_and_message() {
    let mut messages = Vec::new();
    for (name, password, expected) in [
        ("openssl1-rsa", "Secret", TlsIdentityError::WrongPassword),
        ("openssl3-rsa", "", TlsIdentityError::WrongPassword),
        ("no-mac", "wrong", TlsIdentityError::WrongPassword),
        ("no-key", "secret", TlsIdentityError::NoPrivateKey),
        ("no-certificate", "secret", TlsIdentityError::NoCertificate),
        (
            "rc4",
            "secret",
            TlsIdentityError::Unsupported("1.2.840.113549.1.12.1.1".to_owned()),
        ),
        (
            "ten-million-iterations",
            "secret",
            TlsIdentityError::TooExpensive,
        ),
        (
            "iterations-in-sum",
            "secret",
            TlsIdentityError::TooExpensive,
        ),
        ("bags-too-deep", "", TlsIdentityError::NotPkcs12),
        (
            "missing",
            "",
            TlsIdentityError::FileMissing(fixture("missing.pfx")),
        ),
    ] {
        let error = identity(name, password).expect_err(name);
        assert_eq!(error, expected, "{name}");
        messages.push(error.to_string());
    }
    messages.dedup();
    let distinct: std::collections::HashSet<_> = messages.iter().collect();
    assert_eq!(distinct.len(), messages.len(), "{messages:?}");

    let unusable = identity("p521", "secret").unwrap_err();
    assert!(
        matches!(unusable, TlsIdentityError::Unusable(_)),
        "{unusable:?}"
    );
    let pem =
        TlsIdentity::from_pkcs12(b"\n-----BEGIN PRIVATE KEY-----\n", "", &provider()).unwrap_err();
    assert_eq!(pem, TlsIdentityError::Pem);
    let nothing = TlsIdentity::from_pkcs12(b"", "", &provider()).unwrap_err();
    assert_eq!(nothing, TlsIdentityError::NotPkcs12);
}

/// These passwords were found by trying: with them, the key in the file decrypts to nonsense that looks
/// well padded.
#[test]
fn a_wrong_password_is_told_even_if_it_decrypts_something() {
    for password in ["wrong 61", "wrong 121"] {
        let error = identity("no-mac", password).unwrap_err();
        assert_eq!(error, TlsIdentityError::WrongPassword, "{password}");
    }
}

#[test]
fn damaged_files_are_refused() {
    // Looking for a key in encrypted files costs time, on purpose.
    for (name, step) in [
        ("openssl1-p256", 23),
        ("openssl3-p256", 23),
        ("plain", 1),
        ("ber", 1),
    ] {
        let file = std::fs::read(fixture(&format!("{name}.pfx"))).unwrap();
        for length in (0..file.len()).step_by(step) {
            TlsIdentity::from_pkcs12(&file[..length], "secret", &provider())
                .expect_err("cut short");
        }
        for at in (0..file.len()).step_by(step) {
            let mut damaged = file.clone();
            damaged[at] ^= 0x55;
            // A harmless byte may have been hit; what counts is that nothing panics or hangs.
            let _ = TlsIdentity::from_pkcs12(&damaged, "secret", &provider());
        }
    }
}

/// The first bytes of a client with TLS 1.2 alone, changed by `change`.
fn hello(change: impl FnOnce(&mut Vec<u8>)) -> Vec<u8> {
    let config = ClientConfig::builder_with_provider(Arc::new(ring::default_provider()))
        .with_protocol_versions(&[&rustls::version::TLS12])
        .unwrap()
        .with_root_certificates(RootCertStore::empty())
        .with_no_client_auth();
    let name = "recorder.example".try_into().unwrap();
    let mut client = ClientConnection::new(Arc::new(config), name).unwrap();
    let mut hello = Vec::new();
    client.write_tls(&mut hello).unwrap();
    change(&mut hello);
    hello
}

/// Puts `new` in the place of `old`, which is as long.
fn replace(bytes: &mut [u8], old: &[u8], new: &[u8]) {
    assert_eq!(old.len(), new.len());
    let at = bytes.windows(old.len()).position(|part| part == old);
    bytes[at.expect("it is there")..][..new.len()].copy_from_slice(new);
}

/// RFC 5246, section 7.4.1.2: where the cipher suites lie behind the headers of record and handshake,
/// the version, the random and the identifier of the session.
fn replace_cipher_suites(hello: &mut [u8], suite: [u8; 2]) {
    const SESSION_ID: usize = 5 + 4 + 2 + 32;
    let length_at = SESSION_ID + 1 + usize::from(hello[SESSION_ID]);
    let length = usize::from(u16::from_be_bytes([hello[length_at], hello[length_at + 1]]));
    for offered in hello[length_at + 2..][..length].chunks_exact_mut(2) {
        offered.copy_from_slice(&suite);
    }
}

/// What the server tells of a peer that begins with these bytes.
fn failure_of(name: &str, bytes: &[u8]) -> String {
    let identity = identity(name, "secret").unwrap();
    let mut server = ServerConnection::new(identity.server_config()).unwrap();
    server.read_tls(&mut &bytes[..]).unwrap();
    let error = server.process_new_packets().expect_err("a failure");
    super::failure_in_words(&error)
}

#[test]
fn a_handshake_that_fails_is_told_in_words() {
    let named = |name: &'static [u8; 16]| hello(|hello| replace(hello, b"recorder.example", name));
    let suite = |suite| hello(|hello| replace_cipher_suites(hello, suite));
    let alert = |description| vec![21, 3, 3, 0, 2, 2, description];
    for (bytes, expected) in [
        (named(b"recorder.ex:8783"), "no port, no blank and no star"),
        (named(b"recorder example"), "no port, no blank and no star"),
        (named(b"*ecorder.example"), "no port, no blank and no star"),
        // TLS_RSA_WITH_AES_128_CBC_SHA, TLS_ECDHE_RSA_WITH_AES_128_CBC_SHA, TLS_RSA_WITH_AES_128_GCM_SHA256
        (suite([0x00, 0x2F]), "CBC ciphers and RSA key exchange"),
        (suite([0xC0, 0x13]), "CBC ciphers and RSA key exchange"),
        (suite([0x00, 0x9C]), "CBC ciphers and RSA key exchange"),
        (
            // TLS 1.1 in the extension supported_versions.
            hello(|hello| {
                replace(
                    hello,
                    b"\x00\x2B\x00\x03\x02\x03\x03",
                    b"\x00\x2B\x00\x03\x02\x03\x02",
                )
            }),
            "no TLS 1.2 or 1.3",
        ),
        (b"\x03 RTMP without TLS".to_vec(), "rtmps:// is needed here"),
        (
            b"GET / HTTP/1.1\r\n\r\n".to_vec(),
            "rtmps:// is needed here",
        ),
    ] {
        let told = failure_of("openssl3-rsa", &bytes);
        assert!(told.contains(expected), "{told}");
    }
    // TLS_ECDHE_RSA_WITH_AES_128_GCM_SHA256 with a certificate for ECDSA.
    let told = failure_of("openssl3-p256", &suite([0xC0, 0x2F]));
    assert!(told.contains("one for ECDSA"), "{told}");

    // What a client says that does not like the certificate: after the server's first flight.
    let identity = identity("openssl3-rsa", "secret").unwrap();
    for (description, expected) in [
        (48, "does not trust the certificate"),
        (42, "does not accept the certificate"),
        (46, "does not accept the certificate"),
        (45, "the peer's clock"),
        (112, "a host name that the certificate does not have"),
        (40, "finds no cipher"),
        (70, "no TLS 1.2 or 1.3"),
    ] {
        let mut server = ServerConnection::new(identity.server_config()).unwrap();
        for bytes in [hello(|_| {}), alert(description)] {
            server.read_tls(&mut &bytes[..]).unwrap();
        }
        let error = server.process_new_packets().expect_err("a failure");
        let told = super::failure_in_words(&error);
        assert!(told.contains(expected), "{description}: {told}");
    }
}
