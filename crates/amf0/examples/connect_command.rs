//! Takes the connect command of an encoder apart: borrowed, owned, and as a struct.
//!
//! `cargo run -p amf0 --example connect_command --features serde`

use amf0::{Decoder, Encoder, Value};
use serde::Deserialize;

/// The argument of connect (RTMP 1.0 section 7.2.1.1), as far as this program wants to know it.
#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct CommandObject<'a> {
    app: &'a str,
    tc_url: Option<&'a str>,
    flash_ver: Option<&'a str>,
    #[serde(default)]
    four_cc_list: Vec<&'a str>,
}

fn main() -> Result<(), Box<dyn std::error::Error>> {
    let message = connect_command()?;
    println!("{} bytes\n", message.len());

    println!("Borrowed, value by value:");
    let mut decoder = Decoder::new(&message);
    while let Some(value) = decoder.decode_ref()? {
        match value.as_object() {
            None => println!("  {value:?}"),
            Some(object) => {
                for (name, property) in object {
                    println!("  {name}: {property:?}");
                }
            }
        }
    }

    println!("\nOwned, changed and encoded again:");
    let mut decoder = Decoder::new(&message);
    let (_name, _transaction) = (decoder.decode()?, decoder.decode()?);
    if let Some(Value::Object(mut command)) = decoder.decode()? {
        command.insert("app", "other");
        command.remove("fourCcList");
        let mut bytes = Vec::new();
        Value::from(command).encode(&mut bytes)?;
        println!("  {} bytes", bytes.len());
    }

    println!("\nAs a struct:");
    let (name, transaction, command): (&str, u32, CommandObject<'_>) =
        Decoder::new(&message).deserialize_message()?;
    println!("  {name}, transaction {transaction}");
    println!("  application {:?}, URL {:?}", command.app, command.tc_url);
    println!(
        "  sent by {:?}, which has {:?}",
        command.flash_ver, command.four_cc_list
    );

    println!("\nCut off, as far as it goes:");
    let mut decoder = Decoder::new(&message[..100]);
    let (_name, _transaction) = (decoder.decode_ref()?, decoder.decode_ref()?);
    for property in decoder.properties().into_iter().flatten() {
        match property {
            Ok((name, value)) => println!("  {name}: {value:?}"),
            Err(error) => println!("  {error}"),
        }
    }
    Ok(())
}

/// What OBS Studio 30 sends.
fn connect_command() -> Result<Vec<u8>, amf0::EncodeError> {
    let mut message = Vec::new();
    Encoder::new(&mut message)
        .string("connect")
        .number(1.0)
        .object(|command| {
            command
                .string("app", "live")
                .string("type", "nonprivate")
                .string("flashVer", "FMLE/3.0 (compatible; FMSc/1.0)")
                .string("swfUrl", "rtmp://localhost/live")
                .string("tcUrl", "rtmp://localhost/live")
                .strict_array("fourCcList", |list| {
                    list.string("av01").string("hvc1");
                });
        })
        .finish()?;
    Ok(message)
}
