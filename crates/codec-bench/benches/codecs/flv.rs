//! An FLV file into its tags, and its video into Annex B.

use std::hint::black_box;
use std::io::Cursor;

use bytes::{Bytes, BytesMut};
use codec_bench::race::{Contender, race};
use codec_bench::recording;
use codec_bench::report::{Column, Unit, table};
use flv_h264::h265::{HevcDecoderConfigurationRecord, NalUnitType, Sps};
use flv_h264::{
    AccessUnitBuilder, Payload, VideoEvent,
    flv::{FlvItem, FlvReader, FlvTagType},
};
use scuffle_flv::file::FlvFile;
use xflv::demuxer::{FlvDemuxer, FlvVideoTagDemuxer};

const OURS: &str = "flv-h264";
const MEMCPY: &str = "memcpy";

pub fn run() {
    let tags = recording::tags();
    let video: Vec<_> = tags
        .iter()
        .filter(|tag| tag.header.tag_type == FlvTagType::VIDEO)
        .map(|tag| (tag.header.timestamp_ms, tag.body.to_vec()))
        .collect();
    table(
        "FLV, reading, GB/s",
        Unit::GigabytesPerSecond,
        &[file(tags.len()), access_units(&video), hevc_records()],
    );
}

/// Records of x265 with the sequence parameter set in each, which is read as well.
fn hevc_records() -> Column {
    let lines = include_str!("../../../flv-h264/tests/fixtures/hevc_records.tsv").lines();
    let records: Vec<Vec<u8>> = lines
        .filter_map(|line| line.split('\t').nth(1))
        .map(|digits| {
            let pairs = (0..digits.len()).step_by(2);
            let bytes = pairs.map(|at| u8::from_str_radix(&digits[at..at + 2], 16));
            bytes.collect::<Result<_, _>>().expect("hexadecimal")
        })
        .collect();
    let bytes = records.iter().map(Vec::len).sum();
    let mut target = vec![0; bytes];
    let joined = records.concat();
    let (ours, theirs) = (records.clone(), records);
    Column {
        title: "hvcC with its SPS".to_owned(),
        bytes,
        outcomes: race(vec![
            Contender::baseline(MEMCPY, move || {
                target.copy_from_slice(black_box(&joined));
                black_box(&target).len() == bytes
            }),
            Contender::ours(OURS, move || {
                black_box(&ours).iter().all(|record| {
                    HevcDecoderConfigurationRecord::parse(record).is_ok_and(|record| {
                        let mut sps = record.of_type(NalUnitType::SPS);
                        sps.all(|unit| black_box(Sps::parse(unit)).is_ok())
                    })
                })
            }),
            Contender::peer("scuffle-h265", move || {
                black_box(&theirs).iter().all(|record| {
                    scuffle_h265::HEVCDecoderConfigurationRecord::demux(&record[..]).is_ok_and(
                        |record| {
                            let units = record.arrays.iter().flat_map(|array| &array.nalus);
                            let mut sps = units
                                .filter(|unit| unit.first().is_some_and(|byte| byte >> 1 == 33));
                            sps.all(|unit| {
                                black_box(scuffle_h265::SpsNALUnit::parse(&unit[..])).is_ok()
                            })
                        },
                    )
                })
            }),
        ]),
    }
}

fn file(tags: usize) -> Column {
    let shared = Bytes::from_static(recording::FLV);
    let mut target = vec![0; recording::FLV.len()];
    Column {
        title: "file to tags".to_owned(),
        bytes: recording::FLV.len(),
        outcomes: race(vec![
            Contender::baseline(MEMCPY, move || {
                target.copy_from_slice(black_box(recording::FLV));
                black_box(&target).len() == recording::FLV.len()
            }),
            Contender::ours(OURS, || {
                let mut reader = FlvReader::new();
                let mut input = black_box(recording::FLV);
                let mut count = 0;
                while let Ok(Some(item)) = reader.read(&mut input) {
                    if let FlvItem::Tag(tag) = item {
                        black_box(&tag.body);
                        count += 1;
                    }
                }
                count == tags
            }),
            Contender::peer("scuffle-flv, shared", move || {
                let file = FlvFile::demux(&mut Cursor::new(black_box(&shared).clone()));
                black_box(file).is_ok_and(|file| file.tags.len() == tags)
            }),
            Contender::peer("xflv (xiu)", || {
                let mut demuxer = FlvDemuxer::new(BytesMut::from(black_box(recording::FLV)));
                let mut count = 0;
                if demuxer.read_flv_header().is_ok() {
                    while let Ok(Some(tag)) = demuxer.read_flv_tag() {
                        black_box(tag);
                        count += 1;
                    }
                }
                count == tags
            }),
        ]),
    }
}

/// The messages come in buffers of their own, as from a chunk decoder: whoever changes one in
/// place has to be given another each time, so everybody gets a copy.
///
/// The builder has seen the stream before, as after its first half second: it looks into the first few
/// messages to learn how they are made.
fn access_units(video: &[(u32, Vec<u8>)]) -> Column {
    let mut builder = AccessUnitBuilder::new();
    let pictures = annex_b(&mut builder, video);
    Column {
        title: "video tags to Annex B, copying them included".to_owned(),
        bytes: video.iter().map(|(_, body)| body.len()).sum(),
        outcomes: race(vec![
            Contender::baseline(MEMCPY, || {
                for (_, body) in black_box(video) {
                    black_box(body.clone());
                }
                true
            }),
            Contender::ours(OURS, move || {
                annex_b(&mut builder, black_box(video)) == pictures
            }),
            Contender::peer("xflv (xiu)", || {
                let mut demuxer = FlvVideoTagDemuxer::new();
                for (timestamp, body) in black_box(video) {
                    let annex_b = demuxer.demux(*timestamp, BytesMut::from(&body[..]));
                    if black_box(annex_b).is_err() {
                        return false;
                    }
                }
                true
            }),
        ]),
    }
}

fn annex_b(builder: &mut AccessUnitBuilder, video: &[(u32, Vec<u8>)]) -> usize {
    const HEADROOM: usize = 256;
    let mut pictures = 0;
    for (timestamp, body) in video {
        let mut buffer = Vec::with_capacity(HEADROOM + body.len());
        buffer.resize(HEADROOM, 0);
        buffer.extend_from_slice(body);
        let _h264 = builder.push(*timestamp, Payload::new(buffer, HEADROOM));
        pictures += take_pictures(builder);
    }
    pictures
}

fn take_pictures(builder: &mut AccessUnitBuilder) -> usize {
    let mut pictures = 0;
    while let Some(event) = builder.poll_event() {
        if let VideoEvent::AccessUnit(unit) = event {
            black_box(unit.data);
            pictures += 1;
        }
    }
    pictures
}
