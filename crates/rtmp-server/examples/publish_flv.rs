//! Publishes an FLV file, as fast as its timestamps say.
//!
//! ```text
//! cargo run -p rtmp-server --example publish_flv -- video.flv localhost:1935 live stream1
//! ```

use std::error::Error;
use std::fs::File;
use std::time::Duration;

use flv_h264::flv::{FlvFileReader, FlvItem, FlvTag, FlvTagType};
use rtmp_server::net::{Client, ClientError};
use rtmp_server::proto::PublishType;
use rtmp_server::{ClientConfig, MediaKind, Timestamp};
use tokio::net::TcpStream;
use tokio::time::{Instant, sleep_until};

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), Box<dyn Error>> {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let [file, server, app, name] = arguments.as_slice() else {
        return Err("usage: publish_flv FILE HOST:PORT APP NAME".into());
    };
    let mut tags = FlvFileReader::new(File::open(file)?);
    let connection = TcpStream::connect(server).await?;
    connection.set_nodelay(true)?;
    let config = ClientConfig::new(app, format!("rtmp://{server}/{app}"));
    let mut client = Client::connect(connection, config).await?;
    println!("{}", client.server().version);
    client.publish(name, PublishType::Live).await?;
    let began_at = Instant::now();
    while let Some(tag) = next_tag(&mut tags)? {
        tokio::select! {
            () = sleep_until(began_at + time_of(&tag)) => send(&mut client, tag).await?,
            error = client.ended() => return Err(error.into()),
        }
    }
    Ok(client.close().await?)
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

async fn send(client: &mut Client<TcpStream>, tag: FlvTag) -> Result<(), ClientError> {
    let kind = match tag.header.tag_type {
        FlvTagType::AUDIO => MediaKind::Audio,
        FlvTagType::VIDEO => MediaKind::Video,
        _ => MediaKind::Data,
    };
    let timestamp = Timestamp(tag.header.timestamp_ms);
    client.send(kind, timestamp, tag.body.freeze()).await
}
