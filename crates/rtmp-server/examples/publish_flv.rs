//! Publishes an FLV file, as fast as its timestamps say.
//!
//! ```text
//! cargo run -p rtmp-server --example publish_flv -- video.flv localhost:1935 live stream1
//! ```

use std::error::Error;
use std::fs::File;
use std::time::{Duration, Instant};

use bytes::Buf as _;
use flv_h264::flv::{FlvFileReader, FlvItem, FlvTag, FlvTagType};
use rtmp_server::proto::PublishType;
use rtmp_server::proto::client::{ClientEnd, Misuse};
use rtmp_server::{ClientConfig, ClientEvent, ClientSession, MediaKind, Timestamp};
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::TcpStream;

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), Box<dyn Error>> {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let [file, server, app, name] = arguments.as_slice() else {
        return Err("usage: publish_flv FILE HOST:PORT APP NAME".into());
    };
    let mut tags = FlvFileReader::new(File::open(file)?);
    let mut next = next_tag(&mut tags)?;
    let mut began_at = None;

    let mut socket = TcpStream::connect(server).await?;
    let config = ClientConfig::new(app, format!("rtmp://{server}/{app}"));
    let mut session = ClientSession::new(config, Instant::now(), &[0x5A; 1528]);
    session.publish(Instant::now(), name, PublishType::Live)?;
    let mut buffer = [0; 4096];
    loop {
        report(&mut session, &mut began_at)?;
        while let Some(mut bytes) = session.poll_transmit() {
            while bytes.has_remaining() {
                let written = socket.write_buf(&mut bytes).await?;
                session.handle_transmitted(Instant::now(), written);
            }
        }
        if session.is_closed() {
            return Ok(());
        }
        if session.has_ended() {
            socket.shutdown().await?;
        }
        let due = match (&next, began_at) {
            (Some(tag), Some(at)) if session.wants_media() => Some(at + time_of(tag)),
            (None, Some(at)) if !session.has_ended() => Some(at),
            _ => None,
        };
        tokio::select! {
            length = socket.read(&mut buffer) => {
                let mut rest = &buffer[..length?];
                if rest.is_empty() {
                    session.handle_disconnect();
                }
                while !rest.is_empty() {
                    let taken = session.handle_input(Instant::now(), rest)?;
                    rest = &rest[taken..];
                    report(&mut session, &mut began_at)?;
                }
            }
            () = until(session.poll_timeout()) => session.handle_timeout(Instant::now())?,
            () = until(due) => match next.take() {
                Some(tag) => {
                    send(&mut session, tag)?;
                    next = next_tag(&mut tags)?;
                }
                None => session.close(Instant::now()),
            }
        }
    }
}

/// Says what happened, and notes when the publish began.
fn report(session: &mut ClientSession, began_at: &mut Option<Instant>) -> Result<(), String> {
    while let Some(event) = session.poll_event() {
        match event {
            ClientEvent::PublishStarted(_) => *began_at = Some(Instant::now()),
            ClientEvent::Closed(end) if end != ClientEnd::Done => return Err(end.to_string()),
            other => println!("{other:?}"),
        }
    }
    Ok(())
}

/// The next tag of the file; none at its end.
fn next_tag(items: &mut FlvFileReader<File>) -> std::io::Result<Option<FlvTag>> {
    let tag = items.find_map(|item| match item {
        Ok(FlvItem::Tag(tag)) => Some(Ok(tag)),
        Ok(_) => None,
        Err(error) => Some(Err(error)),
    });
    tag.transpose()
}

fn time_of(tag: &FlvTag) -> Duration {
    Duration::from_millis(tag.header.timestamp_ms.into())
}

fn send(session: &mut ClientSession, tag: FlvTag) -> Result<(), Misuse> {
    let kind = match tag.header.tag_type {
        FlvTagType::AUDIO => MediaKind::Audio,
        FlvTagType::VIDEO => MediaKind::Video,
        _ => MediaKind::Data,
    };
    let timestamp = Timestamp(tag.header.timestamp_ms);
    session.send(Instant::now(), kind, timestamp, tag.body.freeze())
}

async fn until(at: Option<Instant>) {
    match at {
        Some(at) => tokio::time::sleep_until(at.into()).await,
        None => std::future::pending().await,
    }
}
