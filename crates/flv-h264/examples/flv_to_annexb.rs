//! Takes the H.264 out of an FLV file, as a byte stream that every player reads:
//!
//! ```text
//! cargo run -p flv-h264 --example flv_to_annexb -- recording.flv recording.h264
//! ```

use std::env;
use std::error::Error;
use std::fs::File;
use std::io::{self, BufWriter, Write};
use std::process::ExitCode;

use flv_h264::{
    AccessUnitBuilder, ParameterSets, VideoEvent,
    flv::{FlvFileReader, FlvItem, FlvReader, FlvTagType, OnMetaData},
};

/// Free room in front of each picture, where the parameter sets go.
const HEADROOM: usize = 256;

fn main() -> ExitCode {
    let arguments: Vec<String> = env::args().skip(1).collect();
    let [from, to] = arguments.as_slice() else {
        eprintln!("usage: flv_to_annexb FROM.flv TO.h264");
        return ExitCode::from(2);
    };
    match convert(from, to) {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("{from}: {error}");
            ExitCode::FAILURE
        }
    }
}

fn convert(from: &str, to: &str) -> Result<(), Box<dyn Error>> {
    let reader = FlvReader::new().with_headroom(HEADROOM);
    let mut out = BufWriter::new(File::create(to)?);
    let mut builder = AccessUnitBuilder::new();
    for item in FlvFileReader::with_reader(File::open(from)?, reader) {
        let FlvItem::Tag(tag) = item? else { continue };
        let timestamp = tag.header.timestamp_ms;
        match tag.header.tag_type {
            FlvTagType::SCRIPT_DATA => {
                if let Some(declared) = OnMetaData::parse(&tag.body) {
                    println!("declared: {declared:?}");
                }
            }
            FlvTagType::VIDEO => {
                builder.push(timestamp, tag.body)?;
                write_pictures(&mut builder, timestamp, &mut out)?;
            }
            _ => {}
        }
    }
    builder.finish();
    write_pictures(&mut builder, 0, &mut out)?;
    out.flush()?;
    println!("{:#?}", builder.counters());
    Ok(())
}

fn write_pictures(
    builder: &mut AccessUnitBuilder,
    timestamp: u32,
    out: &mut impl Write,
) -> io::Result<()> {
    while let Some(event) = builder.poll_event() {
        match event {
            VideoEvent::AccessUnit(unit) => {
                if let Some(sets) = &unit.new_parameter_sets {
                    print_parameter_sets(timestamp, sets);
                }
                out.write_all(&unit.data)?;
            }
            VideoEvent::ParameterSets(sets) => print_parameter_sets(timestamp, &sets),
            VideoEvent::Habit(habit) => println!("{timestamp} ms: {habit:?}"),
            _ => {}
        }
    }
    Ok(())
}

fn print_parameter_sets(timestamp: u32, sets: &ParameterSets) {
    match &sets.info {
        Some(info) => println!(
            "{timestamp} ms: {} level {}, {}x{}",
            info.profile, info.level, info.width, info.height
        ),
        None => println!("{timestamp} ms: parameter sets that cannot be read"),
    }
}
