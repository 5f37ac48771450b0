//! A camera's frames and the sessions that read them: a key frame a second, each session up to date.

use std::hint::black_box;

use bytes::Bytes;
use milestone_driver::Ticks;
use milestone_driver::measuring::{Reader, Ring};

use crate::Case;

const FRAMES: i64 = 3000;
const KEY_FRAME_INTERVAL: i64 = 30;
const FRAME: &[u8] = &[0; 16 * 1024];

pub(super) fn cases() -> Vec<Case> {
    vec![case("ring/1-reader", 1), case("ring/4-readers", 4)]
}

fn case(name: &'static str, readers: usize) -> Case {
    let ring = Ring::default();
    let mut readers: Vec<Reader> = (0..readers).map(|_| ring.reader()).collect();
    let reads = readers.len() * FRAMES as usize;
    let data = Bytes::from(FRAME.to_vec());
    let mut time = Ticks(0);
    Case::new(name, "frame and reader", reads, move || {
        let mut read = 0;
        for frame in 0..FRAMES {
            time = time.plus(Ticks::PER_SECOND / KEY_FRAME_INTERVAL);
            ring.push(data.clone(), time, frame % KEY_FRAME_INTERVAL == 0);
            read += readers
                .iter_mut()
                .filter_map(|reader| black_box(reader.read()))
                .count();
        }
        read
    })
}
