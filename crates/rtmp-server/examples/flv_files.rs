//! Writes every publish into an FLV file of its own.
//!
//! ```text
//! cargo run -p rtmp-server --example flv_files -- 1935 recordings
//! ffmpeg -re -i video.mp4 -c copy -f flv rtmp://localhost/live/anything
//! ffplay recordings/publish-1.flv
//! ```
//!
//! Files are written by threads of their own. A disk that does not keep up makes the publisher
//! wait.

use std::fs::File;
use std::io::{self, BufWriter};
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::{AtomicU32, Ordering};

use flv_h264::flv::{FlvFileWriter, FlvHeader, FlvTagHeader, FlvTagType};
use rtmp_server::{
    Capacity, MediaKind, MediaReceiver, MediaSink, OverflowPolicy, PublishCall, Server, Status,
    listen, media_channel, service_fn,
};

#[tokio::main]
async fn main() -> Result<(), Box<dyn std::error::Error>> {
    let mut arguments = std::env::args().skip(1);
    let port = arguments.next().map_or(Ok(1935), |port| port.parse())?;
    let folder = PathBuf::from(arguments.next().unwrap_or(".".to_owned()));
    std::fs::create_dir_all(&folder)?;

    let folder = Arc::new(folder);
    let count = Arc::new(AtomicU32::new(0));
    let publish = service_fn(move |call: PublishCall| {
        // The peer chose the stream's name; it has no business in the name of a file.
        let number = count.fetch_add(1, Ordering::Relaxed) + 1;
        let path = folder.join(format!("publish-{number}.flv"));
        async move { record(&call, &path) }
    });

    let listener = listen(None, port)?;
    println!("listening on {}", listener.local_addr());
    let ctrl_c = async { tokio::signal::ctrl_c().await.unwrap_or_default() };
    Server::builder()
        .publish(publish)
        .build()
        .serve_with_shutdown([listener], ctrl_c)
        .await;
    Ok(())
}

fn record(call: &PublishCall, path: &Path) -> Result<Box<dyn MediaSink>, Status> {
    let cannot = |error: io::Error| Status::rejected(format!("Cannot record: {error}"));
    let header = FlvHeader {
        version: 1,
        has_audio: true,
        has_video: true,
    };
    let file = BufWriter::new(File::create(path).map_err(cannot)?);
    let file = FlvFileWriter::new(file, &header).map_err(cannot)?;
    println!("{} -> {}", call.peer, path.display());

    let name = path.display().to_string();
    let (sink, receiver) = media_channel(Capacity::messages(256), OverflowPolicy::Backpressure);
    std::thread::spawn(move || match write(receiver, file) {
        Ok(reason) => println!("{name} finished: {reason}"),
        Err(error) => eprintln!("{name}: {error}"),
    });
    Ok(Box::new(sink))
}

/// The string that tells a server to keep what follows; a file has the rest.
const SET_DATA_FRAME: &[u8] = b"\x02\x00\x0d@setDataFrame";

/// Writes until the publish ends, and says why it did.
fn write(
    mut receiver: MediaReceiver,
    mut file: FlvFileWriter<BufWriter<File>>,
) -> io::Result<String> {
    while let Some(media) = receiver.recv_blocking() {
        let tag_type = match media.kind {
            MediaKind::Audio => FlvTagType::AUDIO,
            MediaKind::Video => FlvTagType::VIDEO,
            _ => FlvTagType::SCRIPT_DATA,
        };
        let header = FlvTagHeader::new(tag_type, media.timestamp.0);
        let body = &media.payload[..];
        file.write_body(header, body.strip_prefix(SET_DATA_FRAME).unwrap_or(body))?;
    }
    let reason = receiver.end_reason();
    Ok(reason.map_or(String::new(), |reason| reason.to_string()))
}
